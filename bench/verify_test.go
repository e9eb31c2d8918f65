package bench_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/recipe/session"
)

// newApp starts an app by the real clock, whose limits nobody reaches.
func newApp(b *testing.B, cfg authtest.Config, change func(*engine.Config)) *authtest.App {
	b.Helper()
	cfg.App = func(c *postern.Config) {
		c.Now, c.RateLimits.Scale = time.Now, 10_000
	}
	cfg.Engine = func(c *engine.Config) {
		c.Now = time.Now
		change(c)
	}
	return authtest.New(b, cfg)
}

// BenchmarkVerify verifies the session of somebody who is signed in, beside the
// bare RSA verification of the same access token.
//
//   - repeat: a token that was seen before;
//   - first: a token that was never seen;
//   - require: a request behind Require, whose token was seen before.
func BenchmarkVerify(b *testing.B) {
	b.Run("repeat", func(b *testing.B) { verifyToken(b, 0) })
	b.Run("first", func(b *testing.B) { verifyToken(b, -1) })
	b.Run("require", func(b *testing.B) {
		a := newApp(b, authtest.Config{}, func(*engine.Config) {})
		token := signedIn(b, a)
		h := a.Sessions.Require(func(http.ResponseWriter, *http.Request) {})
		r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/me", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		beside(b, times(func() {
			w := httptest.NewRecorder()
			if h.ServeHTTP(w, r); w.Code != http.StatusOK {
				b.Fatal(w.Code)
			}
		}), bareVerification(b, a, token)).cost(b)
	})
}

// verifyToken verifies one token over and over, with a cache of this size; a
// negative one makes every time the first.
func verifyToken(b *testing.B, cache int) {
	a := newApp(b, authtest.Config{Session: session.Config{CacheSize: cache}}, func(*engine.Config) {})
	token := signedIn(b, a)
	ctx := b.Context()
	beside(b, times(func() {
		if _, err := a.Sessions.VerifyToken(ctx, token, "", session.Options{}); err != nil {
			b.Fatal(err)
		}
	}), bareVerification(b, a, token)).cost(b)
}

// signedIn returns the access token of a user that signed up.
func signedIn(b *testing.B, a *authtest.App) string {
	b.Helper()
	browser := a.Browser()
	browser.Mode = "header"
	browser.SignUp("ada@example.com", "correct horse 1")
	return browser.Access
}

// bareVerification is crypto/rsa on the bytes of a token, and nothing else.
func bareVerification(b *testing.B, a *authtest.App, token string) func(n int) {
	b.Helper()
	keys, err := a.Core.JWT.Keys(b.Context(), struct{}{})
	if err != nil {
		b.Fatal(err)
	}
	key, ok := keys.Keys[0].Key.(*rsa.PublicKey)
	if !ok {
		b.Fatalf("the key is a %T", keys.Keys[0].Key)
	}
	dot := strings.LastIndexByte(token, '.')
	signed := []byte(token[:dot])
	signature, err := base64.RawURLEncoding.DecodeString(token[dot+1:])
	if err != nil {
		b.Fatal(err)
	}
	return times(func() {
		sum := sha256.Sum256(signed)
		if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature); err != nil {
			b.Fatal(err)
		}
	})
}
