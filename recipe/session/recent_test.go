package session_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/recipe/session"
)

// TestRequireRecent: what the application marks wants a sign-in of a moment ago;
// neither a refresh nor another claim makes one of an old one.
func TestRequireRecent(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{Handler: func(a *authtest.App) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("/", a.Demo())
		mux.Handle("DELETE /me", a.Sessions.Require(func(http.ResponseWriter, *http.Request) {}, session.RequireRecent(10*time.Minute)))
		mux.Handle("POST /badge", a.Sessions.Require(func(w http.ResponseWriter, r *http.Request) {
			_ = session.FromContext(r.Context()).Proved(r.Context())
		}))
		return mux
	}})
	b := a.Browser()
	b.SignUp("ada@example.com", "correct horse 1")
	a.Clock.Advance(10 * time.Minute)
	b.Do("DELETE", "/me", nil).Want(200)
	a.Clock.Advance(time.Second)
	const refusal = `"claimValidationErrors":[{"id":"auth_time","reason":{"message":"The sign-in is not recent enough","ageInSeconds":601,"maxAgeInSeconds":600}}]`
	b.Do("DELETE", "/me", nil).Want(403).Has(refusal)
	b.RefreshSession().Want(200)
	b.Do("DELETE", "/me", nil).Want(403).Has(refusal)
	b.Get("/auth/user/email/verify").OK()
	b.Do("DELETE", "/me", nil).Want(403).Has(refusal)
	b.Get("/me").Want(200)
	b.Post("/badge", nil).Want(200)
	b.Do("DELETE", "/me", nil).Want(200)
	a.Clock.Advance(time.Hour)
	b.RefreshSession().Want(200)
	b.SignIn("ada@example.com", "correct horse 1")
	b.Do("DELETE", "/me", nil).Want(200)

	s, err := a.Sessions.CreateTokens(t.Context(), session.NewSession{RecipeUserID: "user"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Demand(t.Context(), session.RequireRecent(time.Hour)); err == nil {
		t.Error("a session that nobody signed in for is recent")
	}
}
