package session_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posternauth/postern/claim"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/testdb"
	"github.com/posternauth/postern/recipe/session"
)

// refreshed replaces the world's tokens a minute later, when those from before
// are spent for good.
func (w *world) refreshed() {
	w.t.Helper()
	s, err := w.Sessions.RefreshTokens(w.t.Context(), core.Secret(w.refresh), "")
	if err != nil {
		w.t.Fatal(err)
	}
	w.access, w.refresh = string(s.Tokens().Access), string(s.Tokens().Refresh)
	w.Clock.Advance(time.Minute)
}

// cookieLine is cookies of one name, in this order.
func cookieLine(name string, values ...string) string {
	var pairs []string
	for _, v := range values {
		pairs = append(pairs, name+"="+v)
	}
	return strings.Join(pairs, "; ")
}

// orders are a list as it is, backwards, and with each value twice.
func orders(list []string) [][]string {
	back := slices.Clone(list)
	slices.Reverse(back)
	return [][]string{list, back, append(slices.Clone(list), back...)}
}

// TestDuplicateCookies: of several cookies of one session the newest decides,
// in any order, on every route that looks at a session; the others are no
// theft.
func TestDuplicateCookies(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		for i := range orders(nil) {
			for n, route := range []string{
				"GET /me", "POST /me", "HEAD /me", "GET /maybe", "POST /auth/session/refresh", "POST /auth/signout",
				"POST /auth/user/email/verify/token", "GET /auth/user/email/verify",
			} {
				t.Run(fmt.Sprint(route, " ", i), func(t *testing.T) {
					w := newWorld(t, uri, "https://example.com", session.Config{})
					w.signedUp(fmt.Sprintf("ada%d%d@example.com", i, n))
					access, refresh := []string{w.access}, []string{w.refresh}
					for range 3 {
						w.refreshed()
						access, refresh = append(access, w.access), append(refresh, w.refresh)
					}
					cookies := cookieLine("sAccessToken", orders(access)[i]...)
					method, path, _ := strings.Cut(route, " ")
					if path == "/auth/session/refresh" {
						cookies = cookieLine("sRefreshToken", orders(refresh)[i]...)
					}
					if rec := w.do(method, path, http.Header{"Cookie": {cookies}, "Rid": {"session"}}); rec.Code != http.StatusOK {
						t.Errorf("answers %d %s", rec.Code, rec.Body)
					}
					if path == "/auth/signout" {
						return
					}
					if _, err := w.Sessions.RefreshTokens(t.Context(), core.Secret(w.refresh), ""); err != nil {
						t.Errorf("the session afterwards: %v", err)
					}
				})
			}
		}
	})
}

// signedUp makes the world's session one of a user that is there.
func (w *world) signedUp(email string) {
	w.t.Helper()
	out, err := w.Core.EmailPassword.SignUp(w.t.Context(), core.SignUp{TenantID: "public", Email: email, Password: "correct horse 1"})
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := w.Sessions.CreateTokens(w.t.Context(), session.NewSession{RecipeUserID: out.User.ID})
	if err != nil {
		w.t.Fatal(err)
	}
	w.access, w.refresh = string(s.Tokens().Access), string(s.Tokens().Refresh)
}

// TestTheftNeedsNoGoodToken: a spent token alone, or beside junk, is theft as
// ever.
func TestTheftNeedsNoGoodToken(t *testing.T) {
	t.Parallel()
	for name, more := range map[string][]string{"alone": nil, "beside junk": {"junk", "AQAA"}} {
		for _, order := range orders([]string{"old", "older"}) {
			w := newWorld(t, "", "https://example.com", session.Config{})
			older := w.refresh
			w.refreshed()
			old := w.refresh
			w.refreshed()
			values := slices.Clone(more)
			for _, o := range order {
				values = append(values, map[string]string{"old": old, "older": older}[o])
			}
			rec := w.do("POST", "/auth/session/refresh", http.Header{"Cookie": {cookieLine("sRefreshToken", values...)}})
			if rec.Code != 401 || !strings.Contains(rec.Body.String(), "token theft detected") {
				t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
			}
		}
	}
}

// TestNewestClaims: what was taken from a session does not come back by an
// older access token that is still in the browser.
func TestNewestClaims(t *testing.T) {
	t.Parallel()
	var level any
	w := newWorld(t, "", "https://example.com", session.Config{})
	handler := w.Middleware(w.Sessions.Require(func(_ http.ResponseWriter, r *http.Request) {
		level = string(session.FromContext(r.Context()).Payload()["level"])
	}))
	s, err := w.Sessions.VerifyToken(t.Context(), w.access, "", session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var tokens []string
	for i := range 3 {
		w.Clock.Advance(2 * time.Second)
		if err := s.Merge(t.Context(), claim.Payload{"level": []byte(fmt.Sprint(i))}); err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, s.AccessToken())
	}
	w.handler = handler
	for _, order := range orders(tokens) {
		if rec := w.do("GET", "/", http.Header{"Cookie": {cookieLine("sAccessToken", order...)}}); rec.Code != 200 || level != "2" {
			t.Errorf("answers %d at level %v", rec.Code, level)
		}
	}
}

// TestTwoSessions: the refresh token that belongs to the access token beside it
// goes first, and a spent one of another session harms nothing.
func TestTwoSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", "https://example.com", session.Config{})
	stale := w.refresh
	w.refreshed()
	other := w.refresh
	w.renew()
	for _, order := range orders([]string{stale, w.refresh}) {
		cookies := "sAccessToken=" + w.access + "; " + cookieLine("sRefreshToken", order...)
		if rec := w.do("POST", "/auth/session/refresh", http.Header{"Cookie": {cookies}}); rec.Code != 200 {
			t.Errorf("answers %d %s", rec.Code, rec.Body)
		}
	}
	if _, err := w.Sessions.RefreshTokens(t.Context(), core.Secret(other), ""); err != nil {
		t.Errorf("the other session: %v", err)
	}
}

// TestOtherCoresTokens: tokens that nobody can read are tried by what the
// access token says.
func TestOtherCoresTokens(t *testing.T) {
	t.Parallel()
	var tried []string
	w := newWorld(t, "", "https://example.com", session.Config{Functions: func(f session.Functions) session.Functions {
		refresh := f.Refresh
		f.Refresh = func(ctx context.Context, in core.RefreshSession) (core.SessionTokens, error) {
			tried = append(tried, string(in.RefreshToken))
			return refresh(ctx, in)
		}
		return f
	}})
	_ = w.do("POST", "/auth/session/refresh", http.Header{"Cookie": {"sRefreshToken=a.b.c; sRefreshToken=" + w.refresh + "; sAccessToken=" + w.access}})
	if len(tried) != 1 || tried[0] != w.refresh {
		t.Errorf("tried %q", tried)
	}
}
