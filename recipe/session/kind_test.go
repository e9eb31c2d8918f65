package session_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/testdb"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/session"
)

// TestTokensOfAnotherKind: what the keys of sessions sign for an application is
// no session, whatever its claims, in a header or in a cookie.
func TestTokensOfAnotherKind(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		for _, static := range []bool{false, true} {
			w := newWorld(t, uri, "https://example.com", session.Config{UseStaticSigningKey: static})
			s, err := w.Sessions.VerifyToken(t.Context(), w.access, "", session.Options{})
			if err != nil {
				t.Fatal(err)
			}
			jws, err := jose.ParseSignedCompact(w.access, []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA})
			if err != nil {
				t.Fatal(err)
			}
			for name, more := range map[string]core.Object{
				"as it is":         {},
				"with a version":   {"version": json.RawMessage(`"5"`)},
				"with a type of 0": {"stt": json.RawMessage(`0`)},
			} {
				payload := s.Payload()
				for k, v := range more {
					payload[k] = v
				}
				made, err := w.Core.JWT.Create(t.Context(), core.CreateJWT{
					Payload: payload, Validity: 3600, Algorithm: jws.Signatures[0].Protected.Algorithm, JWKSDomain: "https://api.example.com/auth", UseStaticSigningKey: op.Some(static),
				})
				if err != nil {
					t.Fatal(err)
				}
				for how, h := range map[string]http.Header{
					"header": {"Authorization": {"Bearer " + string(made.JWT)}}, "cookie": {"Cookie": {"sAccessToken=" + string(made.JWT)}},
				} {
					if rec := w.do("GET", "/me", h); rec.Code != http.StatusUnauthorized {
						t.Errorf("static %v, %s, %s: %d %s", static, name, how, rec.Code, rec.Body)
					}
				}
				if _, err := w.Sessions.VerifyToken(t.Context(), string(made.JWT), "", session.Options{CheckDatabase: true}); err == nil {
					t.Errorf("static %v, %s: VerifyToken takes it", static, name)
				}
			}
		}
	})
}

// TestStaleCookieOfAWebView: an app that holds its tokens itself signs in, although
// the system adds the cookie of a session from its web view that has expired.
func TestStaleCookieOfAWebView(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"1.19", "2.0", "3.0", "3.1"} {
		a := authtest.New(t, authtest.Config{})
		b := a.Browser()
		b.SignUp("ada@example.com", "correct horse 1")
		a.Clock.Advance(3 * time.Hour)
		b.Mode = "header"
		b.Headers.Set("fdi-version", version)
		b.Post("/auth/signin", authtest.Fields("email", "ada@example.com", "password", "correct horse 1")).OK()
	}
}
