package token

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/go-jose/go-jose/v4"

	"github.com/posternauth/postern/core"
)

const (
	// accessVersion is the version of the claims, which stands in the header.
	accessVersion = "5"
	// maxAccessSize bounds what is parsed.
	maxAccessSize = 16 << 10
)

// Access is the claims of an access token.
type Access struct {
	UserID       string  `json:"sub"`
	RecipeUserID string  `json:"rsub"`
	TenantID     string  `json:"tId"`
	IssuedAt     int64   `json:"iat"` // seconds
	ExpiresAt    int64   `json:"exp"` // seconds
	Handle       string  `json:"sessionHandle"`
	RefreshHash  string  `json:"refreshTokenHash1"`
	ParentHash   *string `json:"parentRefreshTokenHash1"` // of the token that is replaced when this one is used
	AntiCSRF     *string `json:"antiCsrfToken"`

	// Payload is the user's own claims: a JSON object without white space
	// around it and without protected claims.
	Payload json.RawMessage `json:"-"`
}

// AntiCSRFToken returns the anti-CSRF token, or "" when there is none.
func (a *Access) AntiCSRFToken() string {
	if a.AntiCSRF == nil {
		return ""
	}
	return *a.AntiCSRF
}

// SignAccess returns an access token.
func (k *Key) SignAccess(a Access) (string, error) {
	claims, err := json.Marshal(a)
	if err != nil {
		return "", err
	}
	if len(a.Payload) > len("{}") {
		claims[len(claims)-1] = ','
		claims = append(claims, a.Payload[1:]...)
	}
	return k.session.token(claims)
}

// InvalidError says why an access token is none.
type InvalidError struct{ Message string }

func (e *InvalidError) Error() string { return e.Message }

func invalid(format string, args ...any) error { return &InvalidError{fmt.Sprintf(format, args...)} }

// ParseAccess verifies the signature of an access token with the key that find
// returns for its key id, and reads the claims. It does not look at the
// expiry. It fails with an [InvalidError], or with the error of find.
func ParseAccess(text string, find func(kid string) (*Key, error)) (Access, core.Object, error) {
	if len(text) > maxAccessSize {
		return Access{}, nil, invalid("The access token is too long")
	}
	jws, err := jose.ParseSignedCompact(text, algorithms)
	if err != nil {
		return Access{}, nil, invalid("The access token is malformed")
	}
	header := jws.Signatures[0].Protected
	if header.ExtraHeaders["typ"] != "JWT" || header.ExtraHeaders["version"] != accessVersion {
		return Access{}, nil, invalid("The access token has another type or version")
	}
	key, err := find(header.KeyID)
	if err != nil {
		return Access{}, nil, err
	}
	if key == nil {
		return Access{}, nil, invalid("Key not found")
	}
	if header.Algorithm != key.Algorithm {
		return Access{}, nil, invalid("The access token names another algorithm than its key has")
	}
	claims, err := jws.Verify(key.private.Public())
	if err != nil {
		return Access{}, nil, invalid("The signature of the access token is wrong")
	}
	return readClaims(claims)
}

// readClaims separates the claims of the core from those of the user. It reads
// by exact names: decoding into a struct would ignore the case, and a user's
// "SUB" would stand for "sub".
func readClaims(claims []byte) (a Access, payload core.Object, err error) {
	const incomplete = "Access token does not contain all the information. Maybe the structure has changed?"
	if err := json.Unmarshal(claims, &payload); err != nil {
		return a, nil, invalid(incomplete)
	}
	for _, claim := range []struct {
		name string
		dest any
	}{
		{core.ClaimSubject, &a.UserID}, {core.ClaimRecipeUserID, &a.RecipeUserID}, {core.ClaimTenantID, &a.TenantID},
		{core.ClaimIssuedAt, &a.IssuedAt}, {core.ClaimExpiresAt, &a.ExpiresAt}, {core.ClaimSessionHandle, &a.Handle},
		{core.ClaimRefreshHash, &a.RefreshHash}, {core.ClaimParentHash, &a.ParentHash}, {core.ClaimAntiCSRF, &a.AntiCSRF},
	} {
		if err := json.Unmarshal(payload[claim.name], claim.dest); err != nil {
			return a, nil, invalid(incomplete+" %s", claim.name)
		}
	}
	if purpose, given := payload[core.ClaimSessionTokenType]; given && !bytes.Equal(purpose, []byte("0")) {
		return a, nil, invalid("The token is not the access token of a session")
	}
	for _, name := range core.ProtectedClaims() {
		delete(payload, name)
	}
	return a, payload, nil
}
