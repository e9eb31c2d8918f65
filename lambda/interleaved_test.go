package lambda_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/internal/lambdalocal"
	"github.com/posternauth/postern/lambda"
	"github.com/posternauth/postern/recipe/session"
)

// careless answers who it is, with headers that it shares between requests,
// and gives everybody a cookie.
func careless(a *authtest.App) http.Handler {
	shared := http.Header{"X-Shared": {"1"}, "X-Who": make([]string, 0, 8)}
	return a.Sessions.VerifySession(session.Options{Optional: true}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := "nobody"
		if s := session.FromContext(r.Context()); s != nil {
			who = s.UserID()
			if r.URL.Path == "/renew" {
				if err := s.Merge(r.Context(), nil); err != nil { // a new access token
					panic(err)
				}
			}
		}
		maps.Copy(w.Header(), shared)
		w.Header()["X-Who"] = []string{who}
		http.SetCookie(w, &http.Cookie{Name: "who", Value: who})
		fmt.Fprint(w, who)
	}))
}

// TestInterleaved has two people and somebody who is not signed in use one warm
// instance, in turns and at the same time: no answer holds anything of another.
func TestInterleaved(t *testing.T) {
	t.Parallel()
	const requests, workers = 10_000, 4
	a := authtest.New(t, authtest.Config{Handler: careless})
	instance := lambda.Handler(a.Middleware(careless(a)))
	gateways := []*lambdalocal.Gateway{
		{Shape: lambdalocal.REST, Stage: "dev", Function: instance}, {Shape: lambdalocal.HTTP, Stage: "dev", Function: instance},
	}
	people := []*person{newPerson(t, a, "ada@example.com"), newPerson(t, a, "bob@example.com"), {id: "nobody"}}
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for i := range requests / workers {
				path := "/dev/"
				if i%64 < 6 {
					path = "/dev/renew"
				}
				people[(w+i)%len(people)].visit(t, gateways[i%len(gateways)], path)
			}
		})
	}
	wait.Wait()
}

// person is somebody with a session in cookies.
type person struct{ id, access string }

func newPerson(t *testing.T, a *authtest.App, email string) *person {
	t.Helper()
	b := a.Browser()
	b.Mode = "header"
	id := b.SignUp(email, password)
	return &person{id, b.Access}
}

// visit asks who it is, and looks at everything that comes back.
func (p *person) visit(t *testing.T, g *lambdalocal.Gateway, path string) {
	r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
	if p.access != "" {
		r.Header.Set("Cookie", "sAccessToken="+p.access)
	}
	rec := httptest.NewRecorder()
	g.ServeHTTP(rec, r)
	h := rec.Header()
	if rec.Code != http.StatusOK || rec.Body.String() != p.id || strings.Join(h["X-Who"], "|") != p.id {
		t.Errorf("%s got %d %s %v", p.id, rec.Code, rec.Body, h["X-Who"])
	}
	for _, c := range rec.Result().Cookies() {
		if of := ownerOf(c.Value); of != p.id {
			t.Errorf("%s got a cookie %s of %s", p.id, c.Name, of)
		}
	}
	renewed := p.access != "" && path == "/dev/renew"
	if n := len(h["Set-Cookie"]); (n == 2) != renewed {
		t.Errorf("%s got %d cookies at %s", p.id, n, path)
	}
	if front := h.Get("Front-Token"); (front != "") != renewed || front != "" && ownerOf(front) != p.id {
		t.Errorf("%s got a front token of %s", p.id, ownerOf(front))
	}
}

// ownerOf reads whose a token is.
func ownerOf(value string) string {
	payload := value
	if parts := strings.Split(value, "."); len(parts) == 3 {
		payload = parts[1]
	}
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(payload), "="))
	var claims struct{ Sub, UID string }
	if err != nil || json.Unmarshal(raw, &claims) != nil {
		return value
	}
	return claims.Sub + claims.UID
}
