package session

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/posternauth/postern/core"
)

// maxToken is the longest access token that is looked at, in bytes.
const maxToken = 16 << 10

// accessToken is a parsed access token (FDI §3.6). It does not change.
type accessToken struct {
	header
	signed    string // what is signed: header and payload as they were sent
	signature []byte
	raw       []byte // the payload's JSON
	payload   core.Object

	userID, recipeUserID, tenantID, handle string
	antiCSRF                               string
	child                                  bool  // minted by a refresh that the core has yet to see used
	expires                                int64 // Unix seconds
}

// header is what the header of a token says.
type header struct {
	kid, algorithm string
	version        int
}

var errNotOurs = errors.New("not an access token of ours")

// algorithms are those that a key of ours may have; each key is pinned to its
// own.
func algorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA}
}

// parse reads a token and does not verify it. headers are those that need not
// be read again.
func parse(token string, headers *headerCache) (*accessToken, error) {
	head, rest, _ := strings.Cut(token, ".")
	body, signature, ok := strings.Cut(rest, ".")
	if !ok || len(token) > maxToken || strings.IndexByte(signature, '.') >= 0 {
		return nil, errNotOurs
	}
	t := &accessToken{signed: token[:len(head)+1+len(body)]}
	if t.header, ok = headers.find(head); !ok {
		if err := t.readHeader(token); err != nil {
			return nil, err
		}
	}
	strict := base64.RawURLEncoding.Strict()
	var errBody, errSignature error
	t.raw, errBody = strict.DecodeString(body)
	t.signature, errSignature = strict.DecodeString(signature)
	if errBody != nil || errSignature != nil || json.Unmarshal(t.raw, &t.payload) != nil {
		return nil, errNotOurs
	}
	return t, t.readClaims()
}

// readHeader has the library read a token whose header was not seen before.
func (t *accessToken) readHeader(token string) error {
	jws, err := jose.ParseSignedCompact(token, algorithms())
	if err != nil || len(jws.Signatures) != 1 {
		return errNotOurs
	}
	h := jws.Signatures[0].Protected
	if typ, _ := h.ExtraHeaders[jose.HeaderType].(string); typ != "JWT" || h.KeyID == "" {
		return errNotOurs
	}
	version, err := tokenVersion(h)
	t.header = header{h.KeyID, h.Algorithm, version}
	return err
}

// tokenVersion reads the header's version; before it was written it was 3.
func tokenVersion(h jose.Header) (int, error) {
	v, has := h.ExtraHeaders["version"]
	if !has {
		return 3, nil
	}
	s, _ := v.(string)
	version, err := strconv.Atoi(s)
	if err != nil || version < 3 {
		return 0, errNotOurs
	}
	return version, nil
}

func (t *accessToken) readClaims() error {
	var ok [4]bool
	t.userID, ok[0] = text(t.payload[core.ClaimSubject])
	t.handle, ok[1] = text(t.payload[core.ClaimSessionHandle])
	_, ok[2] = text(t.payload[core.ClaimRefreshHash])
	t.expires, ok[3] = number(t.payload[core.ClaimExpiresAt])
	_, hasIAT := number(t.payload[core.ClaimIssuedAt])
	if stt, has := t.payload[core.ClaimSessionTokenType]; has && string(stt) != "0" || !hasIAT || ok != [4]bool{true, true, true, true} {
		return errNotOurs
	}
	var hasRecipeUser, hasTenant bool
	if t.recipeUserID, hasRecipeUser = text(t.payload[core.ClaimRecipeUserID]); !hasRecipeUser {
		if t.version >= 5 {
			return errNotOurs
		}
		t.recipeUserID = t.userID
	}
	if t.tenantID, hasTenant = text(t.payload[core.ClaimTenantID]); !hasTenant {
		t.tenantID = core.Public
	}
	t.antiCSRF, _ = text(t.payload[core.ClaimAntiCSRF])
	_, t.child = text(t.payload[core.ClaimParentHash])
	return nil
}

// text reads a JSON string.
func text(raw json.RawMessage) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", false
	}
	if s := string(raw[1 : len(raw)-1]); strings.IndexByte(s, '\\') < 0 {
		return s, true
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err == nil
}

// number reads a JSON integer.
func number(raw json.RawMessage) (int64, bool) {
	n, err := strconv.ParseInt(string(raw), 10, 64)
	return n, err == nil
}

// expired reports whether the token's time is over.
func (t *accessToken) expired(now time.Time) bool { return t.expires <= now.Unix() }

// verify checks the signature by a key, and by the algorithm of that key only.
// For RSA, which nearly all keys are, that is one call; for the others the
// library has what it takes.
func (t *accessToken) verify(key *jose.JSONWebKey) error {
	if t.algorithm != key.Algorithm {
		return errNotOurs
	}
	if public, ok := key.Key.(*rsa.PublicKey); ok && key.Algorithm == string(jose.RS256) {
		sum := sha256.Sum256([]byte(t.signed))
		return rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], t.signature)
	}
	jws, err := jose.ParseSignedCompact(t.signed+"."+base64.RawURLEncoding.EncodeToString(t.signature), algorithms())
	if err == nil {
		_, err = jws.Verify(key)
	}
	return err
}

// frontToken is what the website's scripts may know of the session (FDI
// §3.11).
func (t *accessToken) frontToken() string {
	b, err := json.Marshal(struct {
		UserID  string          `json:"uid"`
		Expires int64           `json:"ate"`
		Payload json.RawMessage `json:"up"`
	}{t.userID, t.expires * 1000, t.raw})
	if err != nil { // the payload was JSON a moment ago
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(b)
}
