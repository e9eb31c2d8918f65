package session_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/claim"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/internal/testdb"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/session"
)

func raw(s string) json.RawMessage { return json.RawMessage(s) }

// level is a claim whose value the test sets.
func level(value *int) *claim.Claim[int] {
	return &claim.Claim[int]{Key: "level", Fetch: func(context.Context, claim.Subject) (int, bool, error) { return *value, *value > 0, nil }}
}

// TestPayload holds how a payload is made and changed, and that only the core
// writes what is its own.
func TestPayload(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		ctx := t.Context()
		a := authtest.New(t, authtest.Config{Database: uri})
		s, err := a.Sessions.CreateTokens(ctx, session.NewSession{
			RecipeUserID: "user", Payload: claim.Payload{"a": raw(`1`), "b": raw(`{"c":[2]}`), "sub": raw(`"mallory"`)},
			Data: core.Object{"secret": raw(`"x"`)},
		})
		if err != nil {
			t.Fatal(err)
		}
		if s.UserID() != "user" || string(s.Payload()["iss"]) != `"`+a.URL+`/auth"` {
			t.Errorf("payload %s", s.PayloadJSON())
		}
		before := s.AccessToken()
		if err := s.Merge(ctx, claim.Payload{"a": raw(`null`), "d": raw(`12345678901234567890`), "exp": raw(`1`)}); err != nil {
			t.Fatal(err)
		}
		got := s.Payload().WithoutProtected()
		for _, k := range []string{"iss", "st-ev", "st-role", "st-perm"} {
			delete(got, k)
		}
		if diff := cmp.Diff(got, claim.Payload{"b": raw(`{"c":[2]}`), "d": raw(`12345678901234567890`)}); diff != "" || s.AccessToken() == before {
			t.Errorf("after a merge: %s", diff)
		}

		found, err := a.Sessions.MergeHandle(ctx, s.Handle(), claim.Payload{"e": raw(`true`), "b": raw(`null`)})
		if err != nil || !found {
			t.Fatal(found, err)
		}
		if _, has := s.Payload()["e"]; has {
			t.Error("a change by the handle is seen at once")
		}
		checked, err := a.Sessions.VerifyToken(ctx, s.AccessToken(), "", session.Options{CheckDatabase: true})
		if err != nil || string(checked.Payload()["e"]) != "true" || !checked.Tokens().Renewed {
			t.Errorf("by the database: %v, %v", checked, err)
		}
		next, err := a.Sessions.RefreshTokens(ctx, s.Tokens().Refresh, "")
		if err != nil || string(next.Payload()["e"]) != "true" || next.Payload()["b"] != nil {
			t.Fatalf("after a refresh: %v, %v", next, err)
		}

		data, err := next.Data(ctx)
		if err != nil || string(data.UserDataInDatabase["secret"]) != `"x"` || data.UserID != "user" {
			t.Errorf("data %+v, %v", data, err)
		}
		if err := next.UpdateData(ctx, core.Object{"n": raw(`2`)}); err != nil {
			t.Fatal(err)
		}
		if data, _, err := a.Sessions.Details(ctx, s.Handle()); err != nil || cmp.Diff(data.UserDataInDatabase, core.Object{"n": raw(`2`)}) != "" {
			t.Errorf("data %+v, %v", data, err)
		}
	})
}

// TestPayloadOfExpiredToken holds that a merge into a session whose token just
// expired is kept for the refresh.
func TestPayloadOfExpiredToken(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{})
	s, err := a.Sessions.CreateTokens(t.Context(), session.NewSession{RecipeUserID: "user", Payload: claim.Payload{"old": raw(`1`)}})
	if err != nil {
		t.Fatal(err)
	}
	a.Clock.Advance(2 * time.Hour)
	if err := s.Merge(t.Context(), claim.Payload{"new": raw(`2`), "old": raw(`null`)}); err != nil {
		t.Fatal(err)
	}
	if p := s.Payload(); string(p["new"]) != "2" || p["old"] != nil || p["sub"] == nil {
		t.Errorf("payload %v", p)
	}
	next, err := a.Sessions.RefreshTokens(t.Context(), s.Tokens().Refresh, "")
	if err != nil || string(next.Payload()["new"]) != "2" || next.Payload()["old"] != nil {
		t.Errorf("after the refresh: %v, %v", next, err)
	}
}

func TestClaims(t *testing.T) {
	t.Parallel()
	ctx, value := t.Context(), 0
	c := level(&value)
	a := authtest.New(t, authtest.Config{Handler: func(a *authtest.App) http.Handler {
		return a.Sessions.Require(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "in") }, claim.Equals(c, 2))
	}})
	b := a.Browser()
	b.SignUp("ada@example.com", "correct horse 1")
	b.Get("/").Want(403).Has(`{"message":"invalid claim","claimValidationErrors":[{"id":"level","reason":{"message":"value does not exist","expectedValue":2}}]}`)
	value = 1
	b.Get("/").Want(403).Has(`{"message":"wrong value","expectedValue":2,"actualValue":1}`)
	if got := fmt.Sprint(b.Payload()["level"].(map[string]any)["v"]); got != "1" {
		t.Errorf("the client was told %s", got)
	}
	value = 2
	b.Get("/").Want(403) // the value that is there stays

	handles, err := a.Sessions.HandlesOf(ctx, fmt.Sprint(b.Payload()["sub"]))
	if err != nil || len(handles) != 1 {
		t.Fatal(handles, err)
	}
	bad, found, err := a.Sessions.DemandHandle(ctx, handles[0], claim.Equals(c, 2))
	if err != nil || !found || len(bad) != 1 {
		t.Errorf("by handle: %v, %v, %v", bad, found, err)
	}
	if found, err := a.Sessions.FetchClaimHandle(ctx, handles[0], c); err != nil || !found {
		t.Fatal(found, err)
	}
	b.RefreshSession().Want(200)
	b.Get("/").Want(200)
	for _, handle := range []string{"nobody", "nobody_t1"} {
		if _, found, err := a.Sessions.DemandHandle(ctx, handle); found || err != nil {
			t.Errorf("an unknown session: %v, %v", found, err)
		}
		if found, err := a.Sessions.MergeHandle(ctx, handle, nil); found || err != nil {
			t.Errorf("an unknown session: %v, %v", found, err)
		}
	}
}

func TestClaimsOfASession(t *testing.T) {
	t.Parallel()
	ctx, value := t.Context(), 7
	c := level(&value)
	a := authtest.New(t, authtest.Config{})
	s, err := a.Sessions.CreateTokens(ctx, session.NewSession{RecipeUserID: "user"})
	if err != nil {
		t.Fatal(err)
	}
	want := func(step string, v int, has bool) {
		t.Helper()
		if got, ok := session.ClaimValue(s, c); got != v || ok != has {
			t.Errorf("%s: %d, %v", step, got, ok)
		}
	}
	want("at first", 0, false)
	if err := s.FetchClaim(ctx, c); err != nil {
		t.Fatal(err)
	}
	want("fetched", 7, true)
	if err := session.SetClaim(ctx, s, c, 9); err != nil {
		t.Fatal(err)
	}
	want("set", 9, true)
	if err := s.RemoveClaim(ctx, c); err != nil {
		t.Fatal(err)
	}
	want("removed", 0, false)
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		ctx := t.Context()
		a := authtest.New(t, authtest.Config{Database: uri})
		b, c := a.Browser(), a.Browser()
		id := b.SignUp("ada@example.com", "correct horse 1")
		c.SignIn("ada@example.com", "correct horse 1")
		handles, err := a.Sessions.RevokeUser(ctx, id)
		if err != nil || len(handles) != 2 {
			t.Fatal(handles, err)
		}
		b.Get("/me").Want(200) // until the access token expires
		for _, browser := range []*authtest.Browser{b, c} {
			browser.RefreshSession().Want(401)
			if browser.SignedIn() {
				t.Error("tokens of a session that is gone are kept")
			}
		}
		if found, err := a.Sessions.RevokeHandle(ctx, handles[0]); found || err != nil {
			t.Errorf("revoked twice: %v, %v", found, err)
		}
	})
}

// TestCheckDatabase holds that a revoked session is seen at once by who asks.
func TestCheckDatabase(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{Handler: func(a *authtest.App) http.Handler {
		return a.Sessions.VerifySession(session.Options{CheckDatabase: true}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	}})
	b := a.Browser()
	id := b.SignUp("ada@example.com", "correct horse 1")
	b.Get("/").Want(200)
	if _, err := a.Sessions.RevokeUser(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	b.Get("/").Want(401)
	if b.SignedIn() {
		t.Error("the client keeps its tokens")
	}
}

// TestDatabaseDown holds that a dead database is a 503 and never a 401, and
// that sessions verify without it.
func TestDatabaseDown(t *testing.T) {
	t.Parallel()
	var down atomic.Bool
	a := authtest.New(t, authtest.Config{App: func(c *postern.Config) {
		for _, f := range op.Fields(c.Core, "cdi") {
			f.Wrap(func(ctx context.Context, _ op.Field, _ any, next func(context.Context) (any, error)) (any, error) {
				if down.Load() {
					return nil, &core.Unavailable{Err: errors.New("connection refused")}
				}
				return next(ctx)
			})
		}
	}})
	b := a.Browser()
	b.SignUp("ada@example.com", "correct horse 1")
	b.Get("/me").Want(200) // now the public keys are here
	down.Store(true)
	a.Clock.Advance(30 * time.Minute)
	b.Get("/me").Want(200)
	for _, path := range []string{"/auth/session/refresh", "/auth/signout", "/auth/user/email/verify/token"} {
		if got := b.Post(path, nil).Want(503).Header.Get("Retry-After"); got != "1" {
			t.Errorf("%s: Retry-After %q", path, got)
		}
	}
	b.Post("/auth/signin", authtest.Fields("email", "ada@example.com", "password", "correct horse 1")).Want(503)
	if !b.SignedIn() {
		t.Error("the client lost its tokens")
	}
	down.Store(false)
	b.RefreshSession().Want(200)
	b.Get("/me").Want(200)
}

// TestStaticKeys holds that a session signed by the other class of keys is
// refreshed into the right one.
func TestStaticKeys(t *testing.T) {
	t.Parallel()
	static := authtest.New(t, authtest.Config{Session: session.Config{UseStaticSigningKey: true}})
	b := static.Browser()
	b.SignUp("ada@example.com", "correct horse 1")
	b.Get("/me").Want(200)
	s, err := static.Core.Session.Create(t.Context(), core.CreateSession{TenantID: "public", UserID: "u", UserDataInJWT: core.Object{}, UserDataInDatabase: core.Object{}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := static.Sessions.VerifyToken(t.Context(), string(s.AccessToken.Token), "", session.Options{}); !errors.Is(err, session.TryRefresh) {
		t.Errorf("a token by a dynamic key: %v", err)
	}
	next, err := static.Sessions.RefreshTokens(t.Context(), s.RefreshToken.Token, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := static.Sessions.VerifyToken(t.Context(), next.AccessToken(), "", session.Options{}); err != nil {
		t.Errorf("after the refresh: %v", err)
	}
}

// TestAlgorithms runs a session with each algorithm that the core signs with.
func TestAlgorithms(t *testing.T) {
	t.Parallel()
	for _, alg := range []string{"RS256", "ES256", "EdDSA"} {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			a := authtest.New(t, authtest.Config{Engine: func(c *engine.Config) { c.SigningAlgorithm = alg }})
			b := a.Browser()
			b.SignUp("ada@example.com", "correct horse 1")
			b.Get("/me").Want(200)
			b.RefreshSession().Want(200)
			b.Get("/me").Want(200)
			b.Get("/auth/jwt/jwks.json").Want(200).Has(`"alg":"` + alg + `"`)
		})
	}
}

// TestRotation holds that sessions live through changes of the signing key,
// and that a token outlives its key by no means.
func TestRotation(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		a := authtest.New(t, authtest.Config{Database: uri})
		b := a.Browser()
		b.SignUp("ada@example.com", "correct horse 1")
		for range 20 { // days
			a.Clock.Advance(24 * time.Hour)
			b.Get("/me").Want(401)
			b.RefreshSession().Want(200)
			b.Get("/me").Want(200)
		}
	})
}

func TestOlderCookieDomain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", "https://example.com", session.Config{CookieDomain: ".example.com", OlderCookieDomain: op.Some("")})
	twice := http.Header{"Cookie": {"sRefreshToken=" + w.refresh + "; sRefreshToken=old"}}
	rec := w.do("POST", "/auth/session/refresh", twice)
	cookies := rec.Result().Cookies()
	if rec.Code != 200 || len(cookies) != 1 || cookies[0].Value != "" || cookies[0].Domain != "" || rec.Header().Get("front-token") != "" {
		t.Errorf("got %d, %v", rec.Code, cookies)
	}
	rec = w.do("POST", "/auth/session/refresh", http.Header{"Cookie": {"sRefreshToken=" + w.refresh}})
	if effect(rec) != "set C" || rec.Result().Cookies()[0].Domain != "example.com" {
		t.Errorf("the next refresh: %s %v", effect(rec), rec.Result().Cookies())
	}
}

func TestHostCookies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", "https://example.com", session.Config{AccessCookie: "__Host-access", RefreshCookie: "__Host-refresh"})
	rec := w.do("POST", "/auth/session/refresh", http.Header{"Cookie": {"__Host-refresh=" + w.refresh}})
	cookies := rec.Result().Cookies()
	if rec.Code != 200 || len(cookies) != 2 {
		t.Fatalf("got %d, %v", rec.Code, cookies)
	}
	for _, c := range cookies {
		if c.Path != "/" || c.Domain != "" || !c.Secure {
			t.Errorf("a browser refuses %s", c)
		}
	}
}

// TestOnError holds that an application can answer itself.
func TestOnError(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{Session: session.Config{OnError: func(w http.ResponseWriter, r *http.Request, e *session.Error) {
		http.Redirect(w, r, "/auth", http.StatusSeeOther)
	}}})
	a.Browser().Get("/me").Want(http.StatusSeeOther)
}

// TestSecondSignIn holds that nothing of a session planted before is left.
func TestSecondSignIn(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{})
	b := a.Browser()
	first := b.SignUp("mallory@example.com", "correct horse 1")
	second := b.SignUp("ada@example.com", "correct horse 1")
	if got := b.Get("/me").Want(200).Text; got != second || got == first {
		t.Errorf("signed in as %s", got)
	}
}
