package token

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/google/uuid"
)

const (
	refreshVersion  = 1
	flagAntiCSRF    = 1
	refreshHeadSize = 1 + 1 + 16 + 4 + 32
	refreshMACSize  = 16
	maxTenantSize   = 256
)

// ErrRefreshToken is text that this app never gave out as a refresh token.
var ErrRefreshToken = errors.New("the refresh token is not one of this app")

// Refresh is what stands in a refresh token.
type Refresh struct {
	Session    uuid.UUID // the handle without the tenant
	Tenant     string    // empty for the tenant public
	Generation uint32    // how many came before it in its session
	AntiCSRF   bool      // it was given out together with an anti-CSRF token

	secret [32]byte
}

// RefreshKey is the secret of an app that makes its refresh tokens.
type RefreshKey []byte

// New returns the first refresh token of a session.
func (k RefreshKey) New(session uuid.UUID, tenant string, antiCSRF bool) Refresh {
	r := Refresh{Session: session, Tenant: tenant, AntiCSRF: antiCSRF}
	rand.Read(r.secret[:])
	return r
}

// Successor returns the token that replaces r. It is derived and not drawn, so
// that all who present the same token at once are given the same successor,
// although the database holds only a hash of it.
func (k RefreshKey) Successor(r Refresh) Refresh {
	copy(r.secret[:], k.derive("successor", r))
	r.Generation++
	return r
}

// AntiCSRFToken returns the anti-CSRF token that goes with r, or "" when none
// does.
func (k RefreshKey) AntiCSRFToken(r Refresh) string {
	if !r.AntiCSRF {
		return ""
	}
	id := uuid.UUID(k.derive("anti-csrf", r)[:16])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return id.String()
}

func (k RefreshKey) derive(purpose string, r Refresh) []byte {
	mac := hmac.New(sha256.New, k)
	mac.Write([]byte(purpose))
	mac.Write(r.Session[:])
	mac.Write(binary.BigEndian.AppendUint32(nil, r.Generation))
	mac.Write(r.secret[:])
	return mac.Sum(nil)
}

// Encode returns the text of a token.
func (k RefreshKey) Encode(r Refresh) string {
	b := make([]byte, 0, refreshHeadSize+len(r.Tenant)+refreshMACSize)
	flags := byte(0)
	if r.AntiCSRF {
		flags = flagAntiCSRF
	}
	b = append(b, refreshVersion, flags)
	b = append(b, r.Session[:]...)
	b = binary.BigEndian.AppendUint32(b, r.Generation)
	b = append(b, r.secret[:]...)
	b = append(b, r.Tenant...)
	return base64url.EncodeToString(append(b, k.mac(b)...))
}

// Parse reads a token. It fails with [ErrRefreshToken] on anything that Encode
// did not return, before any database is asked.
func (k RefreshKey) Parse(text string) (Refresh, error) {
	if len(text) > base64url.EncodedLen(refreshHeadSize+maxTenantSize+refreshMACSize) {
		return Refresh{}, ErrRefreshToken
	}
	b, err := base64url.DecodeString(text)
	// The decoder tolerates line breaks; hashes do not.
	if err != nil || strings.ContainsAny(text, "\r\n") || len(b) < refreshHeadSize+refreshMACSize {
		return Refresh{}, ErrRefreshToken
	}
	body, sum := b[:len(b)-refreshMACSize], b[len(b)-refreshMACSize:]
	if !hmac.Equal(sum, k.mac(body)) || body[0] != refreshVersion {
		return Refresh{}, ErrRefreshToken
	}
	return Refresh{
		AntiCSRF:   body[1]&flagAntiCSRF != 0,
		Session:    uuid.UUID(body[2:18]),
		Generation: binary.BigEndian.Uint32(body[18:22]),
		secret:     [32]byte(body[22:refreshHeadSize]),
		Tenant:     string(body[refreshHeadSize:]),
	}, nil
}

func (k RefreshKey) mac(body []byte) []byte {
	mac := hmac.New(sha256.New, k)
	mac.Write([]byte("refresh token"))
	mac.Write(body)
	return mac.Sum(nil)[:refreshMACSize]
}

// Hash returns the hex SHA-256 of a text: of a token for the database or for
// the sibling token. A refresh token is stored hashed twice, because the
// access token beside it carries the first hash.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
