package session_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/internal/testdb"
	"github.com/posternauth/postern/recipe/session"
)

// The tables of these tests are the golden results of the protocol (FDI,
// appendix D): who is given what, and what is taken from whom.

// world is an app whose API and website are on the same site, by https, and a
// session in it.
type world struct {
	*authtest.App
	t       *testing.T
	handler http.Handler
	access  string
	refresh string
}

func newWorld(t *testing.T, uri string, website string, cfg session.Config) *world {
	t.Helper()
	a := authtest.New(t, authtest.Config{Database: uri, Session: cfg, App: func(c *postern.Config) {
		c.App.APIDomain, c.App.WebsiteDomain = "https://api.example.com", website
	}})
	w := &world{App: a, t: t, handler: a.Middleware(a.Demo())}
	w.renew()
	return w
}

// renew starts a session.
func (w *world) renew() {
	s, err := w.Sessions.CreateTokens(w.t.Context(), session.NewSession{RecipeUserID: "user"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.access, w.refresh = string(s.Tokens().Access), string(s.Tokens().Refresh)
}

func (w *world) do(method, path string, headers http.Header) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, path, http.NoBody)
	req.Header = headers
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, req)
	return rec
}

// effect says what an answer does to the tokens of a client: "set C", "clear
// H", in the order cookies, headers.
func effect(rec *httptest.ResponseRecorder) string {
	var out []string
	set := map[string]bool{}
	for _, c := range rec.Result().Cookies() {
		if c.Name == "sAccessToken" || c.Name == "sRefreshToken" {
			set["C"] = c.Value != ""
		}
	}
	if values := rec.Result().Header.Values("st-access-token"); len(values) > 0 {
		set["H"] = values[0] != ""
	}
	for _, method := range []string{"C", "H"} {
		if has, ok := set[method]; ok && has {
			out = append(out, "set "+method)
		} else if ok {
			out = append(out, "clear "+method)
		}
	}
	front := rec.Header().Get("front-token")
	if len(out) > 0 && (front == "" || strings.Contains(strings.Join(out, ","), "set") == (front == "remove")) {
		out = append(out, "but front-token "+front)
	}
	return strings.Join(out, ", ")
}

func TestCreate(t *testing.T) {
	t.Parallel()
	const nothing, cookie, header = "nothing", "cookie", "header"
	for _, tt := range []struct{ mode, carries, want string }{
		{"", nothing, "set H"},
		{"junk", header, "set H"},
		{"", cookie, "clear C, set H"},
		{"cookie", nothing, "set C"},
		{"COOKIE", cookie, "set C"},
		{"cookie", header, "set C, clear H"},
		{"header", nothing, "set H"},
		{"header", header, "set H"},
		{"header", cookie, "clear C, set H"},
	} {
		t.Run(fmt.Sprintf("mode %q carries %s", tt.mode, tt.carries), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "", "https://example.com", session.Config{})
			h := http.Header{"St-Auth-Mode": {tt.mode}}
			switch tt.carries {
			case cookie:
				h.Set("Cookie", "sAccessToken="+w.access)
			case header:
				h.Set("Authorization", "Bearer "+w.access)
			}
			req := httptest.NewRequest("POST", "/", http.NoBody)
			req.Header = h
			rec := httptest.NewRecorder()
			if _, err := w.Sessions.Create(rec, req, session.NewSession{RecipeUserID: "user"}); err != nil {
				t.Fatal(err)
			}
			if got := effect(rec); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestCookieAttributes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", "https://example.com", session.Config{})
	req := httptest.NewRequest("POST", "/", http.NoBody)
	req.Header.Set("st-auth-mode", "cookie")
	rec := httptest.NewRecorder()
	if _, err := w.Sessions.Create(rec, req, session.NewSession{RecipeUserID: "user"}); err != nil {
		t.Fatal(err)
	}
	cookies := rec.Result().Cookies()
	if len(cookies) != 2 {
		t.Fatalf("%d cookies, want 2", len(cookies))
	}
	access, refresh := cookies[0], cookies[1]
	for _, c := range cookies {
		if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Domain != "" || c.MaxAge != 0 {
			t.Errorf("attributes of %s: %s", c.Name, c)
		}
	}
	if access.Path != "/" || refresh.Path != "/auth/session/refresh" {
		t.Errorf("paths %q and %q", access.Path, refresh.Path)
	}
	year := w.Clock.Now().Add(365 * 24 * time.Hour)
	if d := access.Expires.Sub(year); d < -time.Second || d > time.Second {
		t.Errorf("the access cookie expires %v, want %v", access.Expires, year)
	}
	if life := refresh.Expires.Sub(w.Clock.Now()).Round(time.Hour); life != 100*24*time.Hour {
		t.Errorf("the refresh cookie lives %v", life)
	}
	if got := rec.Header().Get("Access-Control-Expose-Headers"); got != "front-token" {
		t.Errorf("exposed: %s", got)
	}
}

// verifyCases is the table of what requests carry; the answers are for GET
// with a session required, and with an optional one.
func TestVerify(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		w := newWorld(t, uri, "https://example.com", session.Config{})
		other, err := w.Sessions.CreateTokens(t.Context(), session.NewSession{RecipeUserID: "other"})
		if err != nil {
			t.Fatal(err)
		}
		const ok, none, refresh = "200", "401 unauthorised", "401 try refresh token"
		for name, tt := range map[string]struct {
			headers            http.Header
			required, optional string
		}{
			"nothing":                   {http.Header{}, none, "200 nobody"},
			"unparsable cookie":         {http.Header{"Cookie": {"sAccessToken=junk"}}, none, "200 nobody"},
			"lower case bearer":         {http.Header{"Authorization": {"bearer " + w.access}}, none, "200 nobody"},
			"cookie":                    {http.Header{"Cookie": {"a=b; sAccessToken=" + w.access}}, ok, ok},
			"header":                    {http.Header{"Authorization": {"Bearer " + w.access}}, ok, ok},
			"both":                      {http.Header{"Authorization": {"Bearer " + w.access}, "Cookie": {"sAccessToken=" + w.access}}, ok, ok},
			"junk header, valid cookie": {http.Header{"Authorization": {"Bearer junk"}, "Cookie": {"sAccessToken=" + w.access}}, ok, ok},
			"legacy cookie":             {http.Header{"Cookie": {"sIdRefreshToken=x; sAccessToken=" + w.access}}, ok, ok},
			"legacy cookie, header":     {http.Header{"Cookie": {"sIdRefreshToken=x"}, "Authorization": {"Bearer " + w.access}}, ok, ok},
			"only legacy cookie":        {http.Header{"Cookie": {"sIdRefreshToken=x"}}, refresh, "200 nobody"},
			"legacy cookie and junk":    {http.Header{"Cookie": {"sIdRefreshToken=x; sAccessToken=junk"}}, refresh, "200 nobody"},
			"the cookie twice":          {http.Header{"Cookie": {"sAccessToken=" + w.access + "; sAccessToken=" + w.access}}, ok, ok},
			"a stale cookie beside it":  {http.Header{"Cookie": {"sAccessToken=junk; sAccessToken=" + w.access}}, ok, ok},
			"cookies of two sessions":   {http.Header{"Cookie": {"sAccessToken=" + other.AccessToken() + "; sAccessToken=" + w.access}}, refresh, refresh},
			"wrong signature":           {http.Header{"Authorization": {"Bearer " + w.access[:len(w.access)-8] + "AAAAAAAA"}}, refresh, refresh},
			"cut short":                 {http.Header{"Authorization": {"Bearer " + w.access[:len(w.access)-1]}}, none, "200 nobody"},
			"a megabyte of dots":        {http.Header{"Authorization": {"Bearer " + strings.Repeat(".", 1<<20)}}, none, "200 nobody"},
			"the refresh token":         {http.Header{"Authorization": {"Bearer " + w.refresh}}, none, "200 nobody"},
		} {
			for path, want := range map[string]string{"/me": tt.required, "/maybe": tt.optional} {
				rec := w.do("GET", path, tt.headers.Clone())
				if want == ok {
					want = "200 user"
				}
				if got := fmt.Sprint(rec.Code, " ", strings.NewReplacer(`{"message":"`, "", `"}`, "").Replace(rec.Body.String())); got != want {
					t.Errorf("%s: GET %s answers %s, want %s", name, path, got, want)
				}
				if e := effect(rec); e != "" {
					t.Errorf("%s: GET %s does %s", name, path, e)
				}
			}
		}
		w.Clock.Advance(time.Hour + time.Second)
		for _, path := range []string{"/me", "/maybe"} {
			if rec := w.do("GET", path, http.Header{"Cookie": {"sAccessToken=" + w.access}}); rec.Code != 401 || !strings.Contains(rec.Body.String(), "try refresh token") {
				t.Errorf("expired: GET %s answers %d %s", path, rec.Code, rec.Body)
			}
		}
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"} {
			if rec := w.do(method, "/me", http.Header{}); rec.Code != 401 {
				t.Errorf("%s without a session answers %d %s", method, rec.Code, rec.Body)
			}
		}
	})
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		headers func(w *world) http.Header
		code    int
		want    string
	}{
		"cookie": {func(w *world) http.Header { return http.Header{"Cookie": {"sRefreshToken=" + w.refresh}} }, 200, "set C"},
		"header": {func(w *world) http.Header { return http.Header{"Authorization": {"Bearer " + w.refresh}} }, 200, "set H"},
		"both": {func(w *world) http.Header {
			return http.Header{"Authorization": {"Bearer " + w.refresh}, "Cookie": {"sRefreshToken=" + w.refresh}}
		}, 200, "clear C, set H"},
		"cookie and an empty header": {func(w *world) http.Header {
			return http.Header{"Authorization": {"Bearer "}, "Cookie": {"sRefreshToken=" + w.refresh}}
		}, 200, "set C"},
		"junk":               {func(*world) http.Header { return http.Header{"Cookie": {"sRefreshToken=junk"}} }, 401, "clear C, clear H"},
		"only access cookie": {func(w *world) http.Header { return http.Header{"Cookie": {"sAccessToken=" + w.access}} }, 401, "clear C, clear H"},
		"only legacy cookie": {func(*world) http.Header { return http.Header{"Cookie": {"sIdRefreshToken=x"}} }, 401, "clear C, clear H"},
		"nothing":            {func(*world) http.Header { return http.Header{} }, 401, "clear C, clear H"},
		"good and bad cookie": {func(w *world) http.Header {
			return http.Header{"Cookie": {"sRefreshToken=junk; sRefreshToken=" + w.refresh}}
		}, 200, "set C"},
		"bad and good cookie": {func(w *world) http.Header {
			return http.Header{"Cookie": {"sRefreshToken=" + w.refresh + `; sRefreshToken="x`}}
		}, 200, "set C"},
		"an 8 kB cookie": {func(*world) http.Header {
			return http.Header{"Cookie": {"sRefreshToken=" + strings.Repeat("x", 8<<10)}}
		}, 401, "clear C, clear H"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "", "https://example.com", session.Config{})
			rec := w.do("POST", "/auth/session/refresh", tt.headers(w))
			if got := effect(rec); rec.Code != tt.code || got != tt.want {
				t.Errorf("got %d and %s, want %d and %s: %s", rec.Code, got, tt.code, tt.want, rec.Body)
			}
			if rec.Code == 200 && rec.Body.String() != "{}" {
				t.Errorf("body %s", rec.Body)
			}
		})
	}
}

func TestTheft(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		w := newWorld(t, uri, "https://example.com", session.Config{})
		old := http.Header{"Cookie": {"sRefreshToken=" + w.refresh}}
		first := w.do("POST", "/auth/session/refresh", old.Clone())
		w.Clock.Advance(20 * time.Second)
		retry := w.do("POST", "/auth/session/refresh", old.Clone())
		successor := cookieValue(first, "sRefreshToken")
		if retry.Code != 200 || cookieValue(retry, "sRefreshToken") != successor {
			t.Fatalf("a retry gets %d and another token", retry.Code)
		}
		w.Clock.Advance(11 * time.Second)
		theft := w.do("POST", "/auth/session/refresh", old.Clone())
		if theft.Code != 401 || !strings.Contains(theft.Body.String(), "token theft detected") || effect(theft) != "clear C, clear H" {
			t.Errorf("a replay gets %d %s, %s", theft.Code, theft.Body, effect(theft))
		}
		next := w.do("POST", "/auth/session/refresh", http.Header{"Cookie": {"sRefreshToken=" + successor}})
		if next.Code != 401 {
			t.Errorf("after the theft the successor gets %d", next.Code)
		}
	})
}

func cookieValue(rec *httptest.ResponseRecorder, name string) string {
	for _, c := range rec.Result().Cookies() {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		headers func(w *world) http.Header
		code    int
		want    string
	}{
		"nothing": {func(*world) http.Header { return http.Header{} }, 401, ""},
		"cookie": {func(w *world) http.Header {
			return http.Header{"Cookie": {"sAccessToken=" + w.access}, "Rid": {"session"}}
		}, 200, "clear C"},
		"header": {func(w *world) http.Header { return http.Header{"Authorization": {"Bearer " + w.access}} }, 200, "clear H"},
		"both": {func(w *world) http.Header {
			return http.Header{"Authorization": {"Bearer " + w.access}, "Cookie": {"sAccessToken=" + w.access}}
		}, 200, "clear C, clear H"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "", "https://example.com", session.Config{})
			rec := w.do("POST", "/auth/signout", tt.headers(w))
			if got := effect(rec); rec.Code != tt.code || got != tt.want {
				t.Errorf("got %d and %q, want %d and %q: %s", rec.Code, got, tt.code, tt.want, rec.Body)
			}
			again := w.do("POST", "/auth/session/refresh", http.Header{"Cookie": {"sRefreshToken=" + w.refresh}})
			if wantAgain := map[int]int{200: 401, 401: 200}[tt.code]; again.Code != wantAgain {
				t.Errorf("a refresh afterwards answers %d, want %d", again.Code, wantAgain)
			}
		})
	}
}

// TestAntiCSRF is the table of FDI §3.5.
func TestAntiCSRF(t *testing.T) {
	t.Parallel()
	const same, cross = "https://example.com", "https://example.org"
	for name, tt := range map[string]struct {
		website, mode, method string
		headers               http.Header
		want                  int
	}{
		"same site, nothing":      {same, "", "POST", http.Header{}, 200},
		"cross site, GET":         {cross, "", "GET", http.Header{}, 200},
		"cross site, no rid":      {cross, "", "POST", http.Header{}, 401},
		"cross site, rid":         {cross, "", "POST", http.Header{"Rid": {"anti-csrf"}}, 200},
		"token, GET":              {same, session.AntiCSRFToken, "GET", http.Header{}, 200},
		"token, missing":          {same, session.AntiCSRFToken, "POST", http.Header{}, 401},
		"token, wrong":            {same, session.AntiCSRFToken, "POST", http.Header{"Anti-Csrf": {"x"}}, 401},
		"token, right":            {same, session.AntiCSRFToken, "POST", http.Header{"Anti-Csrf": {"right"}}, 200},
		"switched off, no header": {cross, session.AntiCSRFNone, "POST", http.Header{}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "", tt.website, session.Config{AntiCSRF: tt.mode})
			s, err := w.Sessions.CreateTokens(t.Context(), session.NewSession{RecipeUserID: "user"})
			if err != nil {
				t.Fatal(err)
			}
			if tt.headers.Get("Anti-Csrf") == "right" {
				tt.headers.Set("Anti-Csrf", s.Tokens().AntiCSRF)
			}
			tt.headers.Set("Cookie", "sAccessToken="+s.AccessToken())
			if rec := w.do(tt.method, "/me", tt.headers); rec.Code != tt.want {
				t.Errorf("by cookie: %d, want %d: %s", rec.Code, tt.want, rec.Body)
			}
			if rec := w.do(tt.method, "/me", http.Header{"Authorization": {"Bearer " + s.AccessToken()}}); rec.Code != 200 {
				t.Errorf("by header, which other sites cannot send: %d", rec.Code)
			}
		})
	}
}

// TestSameSite is the table of FDI §3.4.
func TestSameSite(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		api, website string
		sameSite     http.SameSite
		secure, ok   bool
	}{
		{"https://api.a.com", "https://a.com", http.SameSiteLaxMode, true, true},
		{"https://api.a.com", "https://b.com", http.SameSiteNoneMode, true, true},
		{"http://localhost:3001", "http://localhost:3000", http.SameSiteLaxMode, false, true},
		{"http://localhost:3001", "http://127.0.0.1:3000", http.SameSiteLaxMode, false, true},
		{"https://api.a.com", "http://localhost:3000", http.SameSiteNoneMode, true, true},
		{"http://api.a.com", "https://a.com", http.SameSiteNoneMode, false, false},
		{"https://x.github.io", "https://y.github.io", http.SameSiteNoneMode, true, true},
	} {
		t.Run(tt.api+" "+tt.website, func(t *testing.T) {
			t.Parallel()
			a := authtest.New(t, authtest.Config{App: func(c *postern.Config) { c.App.APIDomain, c.App.WebsiteDomain = tt.api, tt.website }})
			req := httptest.NewRequest("POST", "/", http.NoBody)
			req.Header.Set("st-auth-mode", "cookie")
			rec := httptest.NewRecorder()
			_, err := a.Sessions.Create(rec, req, session.NewSession{RecipeUserID: "user"})
			if !tt.ok {
				if err == nil || !strings.Contains(err.Error(), "please use https on your apiDomain") {
					t.Errorf("err = %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range rec.Result().Cookies() {
				if c.SameSite != tt.sameSite || c.Secure != tt.secure {
					t.Errorf("cookie %s", c)
				}
			}
		})
	}
}
