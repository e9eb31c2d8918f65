package ui

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// sealer keeps everybody but the pages from reading, changing or making what
// they keep in cookies. A cookie is no secret of the site's: siblings of its
// domain can set one, too.
type sealer struct {
	key func(context.Context) ([]byte, error)

	mu   sync.Mutex
	aead cipher.AEAD // once it is made
}

// kept is what is in a cookie.
type kept struct {
	Value   json.RawMessage `json:"v"`
	Expires int64           `json:"e"` // seconds; browsers are only asked to forget
}

// aeadKeySize is that of AES-256.
const aeadKeySize = 32

// box is made by the first who needs it: pages that keep nothing ask for no key.
func (s *sealer) box(ctx context.Context) (cipher.AEAD, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.aead != nil {
		return s.aead, nil
	}
	secret, err := s.key(ctx)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "postern cookies of the pages", aeadKeySize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	s.aead, err = cipher.NewGCMWithRandomNonce(block)
	return s.aead, err
}

// seal makes the text of a cookie that is good for one name and one holder.
func (s *sealer) seal(ctx context.Context, bound string, k kept) (string, error) {
	box, err := s.box(ctx)
	if err != nil {
		return "", err
	}
	plain, err := json.Marshal(k)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(box.Seal(nil, nil, plain, []byte(bound))), nil
}

var errNotKept = errors.New("ui: the cookie is none of ours, is another browser's, or is too old")

// open reads what seal has made, with the same bound.
func (s *sealer) open(ctx context.Context, bound, text string, now time.Time) (k kept, err error) {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return k, errNotKept
	}
	box, err := s.box(ctx)
	if err != nil {
		return k, err
	}
	plain, err := box.Open(nil, nil, sealed, []byte(bound))
	if err != nil || json.Unmarshal(plain, &k) != nil || k.Expires <= now.Unix() {
		return k, errNotKept
	}
	return k, nil
}

// randomKey is one that this process alone has.
func randomKey() func(context.Context) ([]byte, error) {
	key := make([]byte, aeadKeySize)
	_, _ = rand.Read(key) // it never fails
	return func(context.Context) ([]byte, error) { return key, nil }
}

// keyOf is a key that all processes of an app have and nobody keeps: a
// signature of the core, with its static key, over a text that nothing else
// signs. That of RS256 is always the same, and nobody else can make it. As a
// token it ended in 1970.
func keyOf(app *postern.App) func(context.Context) ([]byte, error) {
	return func(ctx context.Context) ([]byte, error) {
		out, err := app.Core.JWT.Create(ctx, core.CreateJWT{
			Payload: core.Object{
				"purpose": json.RawMessage(`"postern pages: the key of their cookies"`),
				"iss":     json.RawMessage(`"postern"`), core.ClaimIssuedAt: json.RawMessage(`0`), core.ClaimExpiresAt: json.RawMessage(`1`),
			},
			Algorithm: "RS256", JWKSDomain: "postern", Validity: 1, UseStaticSigningKey: op.Some(true),
		})
		return []byte(out.JWT), err
	}
}
