package session_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/recipe/session"
)

// TestSiblingOrigins: a page of another origin cannot use the cookies of a
// session by what any page can send, although it is of the same site. Whatever
// browsers ask for before, and clients that are no browsers, are served.
func TestSiblingOrigins(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", "https://example.com", session.Config{TrustedOrigins: []string{"https://admin.example.com"}})
	form := func(origin, site string) http.Header {
		h := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
		if origin != "" {
			h.Set("Origin", origin)
		}
		if site != "" {
			h.Set("Sec-Fetch-Site", site)
		}
		return h
	}
	with := func(h http.Header, name, value string) http.Header { h.Set(name, value); return h }
	const sibling = "https://forum.example.com"
	for name, tt := range map[string]struct {
		method  string
		headers http.Header
		served  bool
	}{
		"a form of a sibling":               {"POST", form(sibling, "same-site"), false},
		"of a browser that says little":     {"POST", form(sibling, ""), false},
		"of a browser that hides it":        {"POST", form("", "same-site"), false},
		"of nowhere":                        {"POST", form("null", ""), false},
		"of another port":                   {"POST", form("https://example.com:8443", "same-site"), false},
		"by http":                           {"POST", form("http://example.com", "cross-site"), false},
		"of another site":                   {"POST", form("https://evil.example", "cross-site"), false},
		"plain text":                        {"POST", with(form(sibling, "same-site"), "Content-Type", "text/plain; application/json"), false},
		"nothing in it":                     {"DELETE", with(form(sibling, "same-site"), "Content-Type", ""), false},
		"a WebSocket of a sibling":          {"GET", with(form(sibling, "same-site"), "Upgrade", "websocket"), false},
		"and with a header":                 {"GET", with(with(form(sibling, ""), "Upgrade", "websocket"), "Content-Type", "application/json"), false},
		"a WebSocket of the website":        {"GET", with(form("https://example.com", "same-site"), "Upgrade", "websocket"), true},
		"a form of the website":             {"POST", form("https://example.com", "same-site"), true},
		"a form of the website, spelt so":   {"POST", form("HTTPS://Example.com", "same-site"), true},
		"a form of the API":                 {"POST", form("https://api.example.com", "same-origin"), true},
		"a form of the API without referer": {"POST", form("null", "same-origin"), true},
		"a form of a trusted origin":        {"POST", form("https://admin.example.com", "same-site"), true},
		"JSON, which browsers ask for":      {"POST", with(form(sibling, "same-site"), "Content-Type", "application/json"), true},
		"the frontend SDK":                  {"POST", with(form(sibling, "same-site"), "rid", "anti-csrf"), true},
		"no browser":                        {"POST", form("", ""), true},
		"a link":                            {"GET", form("", "cross-site"), true},
		"a picture":                         {"GET", form(sibling, "same-site"), true},
	} {
		for path, refused := range map[string]string{"/me": "403", "/maybe": "nobody"} {
			headers := tt.headers.Clone()
			headers.Set("Cookie", "sAccessToken="+w.access)
			rec := w.do(tt.method, path, headers)
			if served := rec.Code == 200 && rec.Body.String() == "user"; served != tt.served {
				t.Errorf("%s: %s %s answers %d %s", name, tt.method, path, rec.Code, rec.Body)
			}
			if !tt.served && refused == "403" && (rec.Code != 403 || !strings.Contains(rec.Body.String(), "another website")) {
				t.Errorf("%s: %s answers %d %s", name, path, rec.Code, rec.Body)
			}
			headers.Del("Cookie")
			headers.Set("Authorization", "Bearer "+w.access)
			if rec := w.do(tt.method, path, headers); rec.Code != 200 || rec.Body.String() != "user" {
				t.Errorf("%s, by a header that no page can send: %d", name, rec.Code)
			}
		}
	}
}

// TestOrigins is who says which origins are good.
func TestOrigins(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{App: func(c *postern.Config) {
		c.App.APIDomain, c.App.WebsiteDomain = "https://api.example.com", ""
		c.App.Origin = func(*http.Request) string { return "https://shop.example.com" }
	}})
	s, err := a.Sessions.CreateTokens(t.Context(), session.NewSession{RecipeUserID: "user"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = postern.New(postern.Config{Core: a.Core, App: postern.AppInfo{Name: "x", APIDomain: "https://a.com", WebsiteDomain: "https://a.com"}, Recipes: []postern.Recipe{
		session.New(session.Config{TrustedOrigins: []string{"admin.a.com"}}),
	}})
	if err == nil || !strings.Contains(err.Error(), `TrustedOrigins[0]: "admin.a.com" is no origin`) {
		t.Errorf("err = %v", err)
	}
	for _, tt := range []struct {
		origin string
		opts   session.Options
		want   error
	}{
		{"https://shop.example.com", session.Options{}, nil},
		{"https://example.com", session.Options{}, session.ForeignOrigin},
		{"https://example.com", session.Options{AnyOrigin: true}, nil},
		{"", session.Options{}, nil},
	} {
		req := httptest.NewRequest("POST", "https://api.example.com/x", http.NoBody)
		req.Header.Set("Cookie", "sAccessToken="+s.AccessToken())
		req.Header.Set("Origin", tt.origin)
		_, err := a.Sessions.Verify(httptest.NewRecorder(), req, tt.opts)
		if tt.want == nil && err != nil || tt.want != nil && !strings.Contains(err.Error(), tt.want.Error()) {
			t.Errorf("%q, %v: %v", tt.origin, tt.opts.AnyOrigin, err)
		}
	}
}
