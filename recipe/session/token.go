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

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/jsonscan"
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
	child                                  bool   // minted by a refresh that the core has yet to see used
	refreshHash                            string // of the refresh token that was given out with it
	issued, expires                        int64  // Unix seconds
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

// tokenVersion reads the header's version. Cores write it into the access tokens
// of sessions and into nothing else that the same keys sign, and no payload can
// set it: it is what tells a session from a token that an application had made
// with the claims of one.
func tokenVersion(h jose.Header) (int, error) {
	s, _ := h.ExtraHeaders["version"].(string)
	version, err := strconv.Atoi(s)
	if err != nil || version < 3 {
		return 0, errNotOurs
	}
	return version, nil
}

// readClaims reads what only a core writes in the payload. Names are taken
// exactly and none twice: a user's claim "Sub" is not "sub".
func (t *accessToken) readClaims() error {
	members, err := jsonscan.Members(t.raw)
	if err != nil {
		return errNotOurs
	}
	c := claims{members: members}
	t.userID, t.recipeUserID = c.text(core.ClaimSubject), c.text(core.ClaimRecipeUserID)
	t.tenantID, t.handle = c.text(core.ClaimTenantID), c.text(core.ClaimSessionHandle)
	t.antiCSRF, t.child = c.text(core.ClaimAntiCSRF), c.text(core.ClaimParentHash) != ""
	t.expires = c.seconds(core.ClaimExpiresAt)
	t.issued, t.refreshHash = c.seconds(core.ClaimIssuedAt), c.text(core.ClaimRefreshHash)
	purpose := c.find(core.ClaimSessionTokenType)
	if c.wrong || t.userID == "" || t.handle == "" || t.refreshHash == "" || t.expires == 0 || t.issued == 0 ||
		t.recipeUserID == "" && t.version >= 5 || purpose != nil && string(purpose) != "0" {
		return errNotOurs
	}
	t.recipeUserID, t.tenantID = cmp.Or(t.recipeUserID, t.userID), cmp.Or(t.tenantID, core.Public)
	return nil
}

// claims are the members of a payload. What is missing, or null, is empty.
type claims struct {
	members jsonscan.Object
	wrong   bool // one was of another type
}

func (c *claims) find(name string) []byte {
	value := c.members.Find(name)
	if string(value) == "null" {
		return nil
	}
	return value
}

func (c *claims) text(name string) string {
	value := c.find(name)
	text, ok := jsonscan.Text(value)
	c.wrong = c.wrong || value != nil && !ok
	return text
}

func (c *claims) seconds(name string) int64 {
	value := c.find(name)
	seconds, err := strconv.ParseInt(string(value), 10, 64)
	c.wrong = c.wrong || value != nil && err != nil
	return seconds
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
