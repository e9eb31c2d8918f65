package session

import (
	"cmp"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	exact "github.com/go-jose/go-jose/v4/json"

	"github.com/posternauth/postern/core"
)

// maxToken is the longest access token that is looked at, in bytes.
const maxToken = 16 << 10

// accessToken is a parsed access token (FDI §3.6). It does not change.
type accessToken struct {
	header
	signed    string // what is signed: header and payload as they were sent
	signature []byte
	raw       []byte             // the payload's JSON
	payload   func() core.Object // the same, decoded once it is asked for

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
	if errBody != nil || errSignature != nil {
		return nil, errNotOurs
	}
	t.payload = sync.OnceValue(func() (o core.Object) {
		_ = json.Unmarshal(t.raw, &o) // it was JSON when the claims were read
		return o
	})
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

// claims are those of the payload that only a core writes. What is empty is
// missing, or null.
type claims struct {
	Subject       string       `json:"sub"`
	RecipeUserID  string       `json:"rsub"`
	TenantID      string       `json:"tId"`
	IssuedAt      int64        `json:"iat"`
	ExpiresAt     int64        `json:"exp"`
	SessionHandle string       `json:"sessionHandle"`
	RefreshHash   string       `json:"refreshTokenHash1"`
	ParentHash    string       `json:"parentRefreshTokenHash1"`
	AntiCSRF      string       `json:"antiCsrfToken"`
	TokenType     exact.Number `json:"stt"`
}

// readClaims reads the payload. The library's own JSON takes the names of
// claims exactly and none twice: a user's claim "Sub" is not "sub".
func (t *accessToken) readClaims() error {
	var c claims
	if exact.Unmarshal(t.raw, &c) != nil || c.TokenType != "" && c.TokenType != "0" ||
		c.Subject == "" || c.SessionHandle == "" || c.RefreshHash == "" || c.ExpiresAt == 0 || c.IssuedAt == 0 ||
		c.RecipeUserID == "" && t.version >= 5 {
		return errNotOurs
	}
	t.userID, t.handle, t.expires = c.Subject, c.SessionHandle, c.ExpiresAt
	t.recipeUserID, t.tenantID = cmp.Or(c.RecipeUserID, c.Subject), cmp.Or(c.TenantID, core.Public)
	t.antiCSRF, t.child = c.AntiCSRF, c.ParentHash != ""
	return nil
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
