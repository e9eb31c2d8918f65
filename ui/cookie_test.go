package ui_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/authtest/idp"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/accountlinking"
	"github.com/posternauth/postern/recipe/thirdparty"
	"github.com/posternauth/postern/ui"
)

// byHeader has X-User say whose session a request has.
func byHeader(c *ui.Config) {
	c.MayLink = true
	c.SignedIn = func(r *http.Request) (ui.Account, bool) {
		user := r.Header.Get("X-User")
		return ui.Account{UserID: user, Session: "session of " + user}, user != ""
	}
}

// TestCookiesAreBound finishes with the cookie of another session, of a browser
// in which nobody was signed in, of another site, and an old one.
func TestCookiesAreBound(t *testing.T) {
	t.Parallel()
	now := time.Now()
	clock := func(c *ui.Config) { c.Now = func() time.Time { return now } }
	for name, row := range map[string]struct {
		began, ends string
		later       time.Duration
		elsewhere   bool
		ok          bool
	}{
		"the same session":               {began: "ada", ends: "ada", ok: true},
		"nobody, and still nobody":       {ok: true},
		"another session":                {began: "mallory", ends: "ada"},
		"nobody, and then a session":     {ends: "ada"},
		"a session, and then nobody":     {began: "ada"},
		"the same session, too late":     {began: "ada", ends: "ada", later: 10*time.Minute + time.Second},
		"the same session, another site": {began: "ada", ends: "ada", elsewhere: true},
	} {
		t.Run(name, func(t *testing.T) {
			api := withWays(map[string]string{"/signinup/code": codeSent})
			pages, other := newUI(t, api, byHeader, clock), newUI(t, api, byHeader, clock, ofAnotherSite)
			began := now
			if row.elsewhere {
				pages, other = other, pages
			}
			w := get(pages, "/auth/provider/google", "X-User", row.began)
			to, err := url.Parse(w.Header().Get("Location"))
			if err != nil {
				t.Fatal(err)
			}
			state := to.Query().Get("state")
			cookie := named(t, w, "postern-provider-"+state)
			if row.elsewhere {
				pages = other
			}
			now = now.Add(row.later)
			form := url.Values{"provider": {"google"}, "q.code": {"c1"}, "q.state": {state}}
			w = post(pages, "/auth/callback", form, "Cookie", cookie, "X-User", row.ends)
			if called := len(api.calls) == 1; called != row.ok {
				t.Errorf("the API was called: %v (%d)", called, w.Code)
			}
			now = began
		})
	}
}

// TestCookiesAreSealed changes each character of a cookie.
func TestCookiesAreSealed(t *testing.T) {
	t.Parallel()
	api := withWays(nil)
	api.say = func(w http.ResponseWriter, _ *http.Request, _ map[string]any) { fmt.Fprint(w, codeSent) }
	pages := newUI(t, api, byHeader)
	w := post(pages, "/auth?show=code", url.Values{"contact": {"ada@example.com"}})
	name, text, _ := strings.Cut(named(t, w, "postern-code"), "=")
	if strings.Contains(text, base64.RawURLEncoding.EncodeToString([]byte("ada@example.com"))[:12]) {
		t.Error("the cookie can be read")
	}
	expect(t, get(pages, "/auth/code", "Cookie", name+"="+text), 200, "ada@example.com")
	for i := range text {
		other := byte('A')
		if text[i] == other {
			other = 'B'
		}
		changed := text[:i] + string(other) + text[i+1:]
		expectRedirect(t, get(pages, "/auth/code", "Cookie", name+"="+changed), "/auth?show=code")
	}
}

// TestHostCookies holds that over https no sibling of the domain can set what the
// pages read.
func TestHostCookies(t *testing.T) {
	t.Parallel()
	pages := newUI(t, new(fdi), func(c *ui.Config) { c.Origin = "https://example.com" })
	w := post(pages, "/auth", url.Values{"action": {"signout"}})
	cookie := w.Result().Cookies()[0]
	if cookie.Name != "__Host-postern-notice" || !cookie.Secure || cookie.Path != "/" || cookie.Domain != "" {
		t.Errorf("the cookie is %v", cookie)
	}
	expect(t, get(pages, "/auth", "Cookie", cookie.Name+"="+cookie.Value), 200, "You are signed out.")
	planted := strings.TrimPrefix(cookie.Name, "__Host-") + "=" + cookie.Value
	if w := get(pages, "/auth", "Cookie", planted); strings.Contains(w.Body.String(), "You are signed out.") {
		t.Error("a cookie is read that a sibling can set")
	}
}

func linkAll(context.Context, accountlinking.Question) (accountlinking.Answer, error) {
	return accountlinking.Answer{Link: true}, nil
}

// linkingApp is an app with its pages, and a provider.
func linkingApp(t *testing.T) (*authtest.App, *idp.Server) {
	t.Helper()
	s := idp.New()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.URL = server.URL
	a := authtest.New(t, authtest.Config{
		Linking: accountlinking.Config{ShouldLink: linkAll},
		App:     func(c *postern.Config) { c.RateLimits.Disabled = true },
		Recipes: func(a *authtest.App) []postern.Recipe {
			s.Now = a.Clock.Now
			return []postern.Recipe{thirdparty.New(thirdparty.Config{
				Providers:       []thirdparty.Provider{s.Config(idp.Google)},
				PrivateNetworks: []string{"127.0.0.0/8"},
			})}
		},
		Handler: func(a *authtest.App) http.Handler {
			pages, err := ui.For(a.App, ui.Config{})
			if err != nil {
				t.Fatal(err)
			}
			return pages.Middleware(a.Demo())
		},
	})
	return a, s
}

// TestPlantedCookies has a sibling of the domain plant the cookie of a sign-in
// that somebody else has begun, and the victim come to the page where it ends.
func TestPlantedCookies(t *testing.T) {
	t.Parallel()
	a, s := linkingApp(t)
	victim := newVisitor(t, a)
	victim.post("/auth?show=signup", url.Values{"email": {"victim@example.com"}, "password": {"correct horse 1"}}, "/")
	mallory := idp.Account{ID: "666", Email: "mallory@example.com", Verified: true}
	for name, plant := range map[string]func(m *visitor) (state, cookie, back string){
		"begun by nobody": func(m *visitor) (string, string, string) { return m.begins("/auth/provider/google") },
		"begun in the intruder's session, to be added": func(m *visitor) (string, string, string) {
			m.post("/auth?show=signup", url.Values{"email": {"mallory@example.com"}, "password": {"correct horse 1"}}, "/")
			m.proveAddress("mallory@example.com")
			page := m.get("/auth/logins", http.StatusOK)
			href := regexp.MustCompile(`href="(/auth/provider/google\?link=\w+)"`).FindStringSubmatch(page)
			if href == nil {
				t.Fatalf("nothing can be added:\n%s", page)
			}
			return m.begins(href[1])
		},
		"made by the intruder": func(m *visitor) (string, string, string) {
			_, _, back := m.begins("/auth/provider/google")
			raw, _ := json.Marshal(map[string]any{"p": "google", "s": "PLANTED", "v": "x", "r": a.URL + "/auth/callback/google", "l": true})
			return "PLANTED", "postern-provider-PLANTED=" + base64.RawURLEncoding.EncodeToString(raw), back
		},
	} {
		state, cookie, back := plant(newVisitor(t, a))
		sent, err := s.Consent(back, &mallory)
		if err != nil {
			t.Fatal(err)
		}
		victim.plant(cookie)
		form := url.Values{"provider": {"google"}, "q.state": {state}, "q.code": {sent.Get("code")}}
		victim.do(http.MethodPost, "/auth/callback", form, http.StatusUnprocessableEntity)
		out, err := a.Core.User.ByAccountInfo(t.Context(), core.UsersByAccountInfo{Email: "victim@example.com"})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Users) != 1 || len(out.Users[0].LoginMethods) != 1 {
			t.Errorf("%s: the victim is %+v", name, out.Users)
		}
	}
	if page := victim.get("/auth", http.StatusOK); !strings.Contains(page, "victim@example.com") {
		t.Error("the victim is signed in as somebody else")
	}
}

// begins goes off to a provider.
func (v *visitor) begins(page string) (state, cookie, back string) {
	v.t.Helper()
	_, to := v.do(http.MethodGet, page, nil, http.StatusSeeOther)
	u, err := url.Parse(to)
	if err != nil || u.Query().Get("state") == "" {
		v.t.Fatalf("%s leads to %s", page, to)
	}
	state = u.Query().Get("state")
	for _, c := range v.cookies() {
		if c.Name == "postern-provider-"+state {
			return state, c.Name + "=" + c.Value, to
		}
	}
	v.t.Fatal("there is no cookie")
	return "", "", ""
}

func (v *visitor) cookies() []*http.Cookie {
	u, err := url.Parse(v.app.URL + "/auth/callback")
	if err != nil {
		v.t.Fatal(err)
	}
	return v.client.Jar.Cookies(u)
}

// plant sets a cookie from outside.
func (v *visitor) plant(cookie string) {
	name, value, _ := strings.Cut(cookie, "=")
	u, err := url.Parse(v.app.URL)
	if err != nil {
		v.t.Fatal(err)
	}
	v.client.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// proveAddress proves that of who is signed in, by the code in the mail.
func (v *visitor) proveAddress(email string) {
	v.t.Helper()
	v.post("/auth/verify-email", url.Values{"action": {"send"}}, "/auth/verify-email")
	mail, _ := v.app.Mail.Last(email)
	code := regexp.MustCompile(`\d{4} \d{4}`).FindString(mail.Text)
	v.post("/auth/verify-email", url.Values{"code": {code}}, "/auth/verify-email")
}

// TestCookiesMakeRoom begins in many tabs: cookies stay few, and small enough for
// every server.
func TestCookiesMakeRoom(t *testing.T) {
	t.Parallel()
	a, _ := linkingApp(t)
	v := newVisitor(t, a)
	v.plant("postern-provider-OLD=junk")
	var states []string
	for range 20 {
		a.Clock.Advance(time.Second)
		state, _, _ := v.begins("/auth/provider/google?redirectToPath=/" + strings.Repeat("n", 2000))
		states = append(states, state)
	}
	size, have := 0, map[string]bool{}
	for _, c := range v.cookies() {
		if state, ok := strings.CutPrefix(c.Name, "postern-provider-"); ok && state != "OLD" { // which only its planter can take away
			size, have[state] = size+len(c.Name)+len(c.Value), true
		}
	}
	last := states[len(states)-3:]
	if len(have) != 3 || !have[last[0]] || !have[last[1]] || !have[last[2]] || size > 4500 {
		t.Errorf("there are %d cookies of %d bytes: %v, begun: %v", len(have), size, have, last)
	}
}

// TestAddLoginAtHome adds a login in the tenant of the session, whatever tenant
// the address of the page says.
func TestAddLoginAtHome(t *testing.T) {
	t.Parallel()
	a, s := linkingApp(t)
	_, err := a.Core.Tenant.CreateOrUpdate(t.Context(), core.TenantSettings{TenantID: "acme", FirstFactors: op.Some([]string{"emailpassword", "thirdparty"})})
	if err == nil {
		_, err = a.Core.Tenant.SetProvider(t.Context(), core.SetProvider{TenantID: "acme", Config: core.Object{"thirdPartyId": []byte(`"google"`)}})
	}
	if err != nil {
		t.Fatal(err)
	}
	v := newVisitor(t, a)
	v.post("/auth?show=signup&tenantId=acme", url.Values{"email": {"ada@example.com"}, "password": {"correct horse 1"}}, "/")
	v.proveAddress("ada@example.com")
	page := v.get("/auth/logins", http.StatusOK)
	href := regexp.MustCompile(`href="(/auth/provider/google\?link=[^"]+)"`).FindStringSubmatch(page)
	if href == nil {
		t.Fatalf("nothing can be added:\n%s", page)
	}
	state, _, back := v.begins(strings.ReplaceAll(href[1], "&amp;", "&"))
	account := idp.Ada()
	sent, err := s.Consent(back, &account)
	if err != nil {
		t.Fatal(err)
	}
	v.post("/auth/callback", url.Values{"provider": {"google"}, "q.state": {state}, "q.code": {sent.Get("code")}}, "/auth/logins?tenantId=acme")
}
