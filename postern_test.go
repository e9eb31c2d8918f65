package postern_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/recipe/session"
)

func newApp(t *testing.T, info postern.AppInfo, more ...func(*postern.Config)) (*postern.App, error) {
	t.Helper()
	cfg := postern.Config{App: info, Core: new(core.Core), Recipes: []postern.Recipe{session.New(session.Config{})}}
	for _, change := range more {
		change(&cfg)
	}
	return postern.New(cfg)
}

// TestGatewayPath is the table of FDI §1.2: what a gateway adds is in what the
// outside sees, and not in the requests.
func TestGatewayPath(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		gateway, base, effective, request string
		match                             bool
	}{
		{"", "", "/auth", "/auth/signout", true},
		{"/dev", "", "/dev/auth", "/auth/signout", true},
		{"/dev", "/", "/dev", "/signout", true},
		{"/gateway", "/hello", "/gateway/hello", "/hello/signout", true},
		{"hello", "/auth", "/hello/auth", "/auth/signout", true},
		{"/dev", "", "/dev/auth", "/dev/auth/signout", false},
		{"", "", "/auth", "/authx/signout", false},
		{"", "", "/auth", "/auth/Signout", false},
		{"", "", "/auth", "/auth//signout", false},
		{"", "", "/auth", "/auth/signout/", true},
		{"", "", "/auth", "/auth/public/signout", true},
		{"", "", "/auth", "/auth/a_b/signout", false},
		{"", "/", "", "/signout", true},
	} {
		app, err := newApp(t, postern.AppInfo{Name: "x", APIDomain: "api.example.com", WebsiteDomain: "example.com", APIGatewayPath: tt.gateway, APIBasePath: tt.base})
		if err != nil {
			t.Fatal(err)
		}
		if app.Site.APIBasePath != tt.effective || app.Site.API() != "https://api.example.com"+tt.effective {
			t.Errorf("%+v: the base path is %q", tt, app.Site.APIBasePath)
		}
		passed := false
		h := app.Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed = true }))
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", tt.request, http.NoBody))
		if passed == tt.match {
			t.Errorf("%+v: passed on %v", tt, passed)
		}
	}
}

// TestMistakesAreNamed holds that all mistakes are reported at once.
func TestMistakesAreNamed(t *testing.T) {
	t.Parallel()
	_, err := postern.New(postern.Config{
		App:            postern.AppInfo{APIDomain: "nowhere", APIBasePath: "http://%zz"},
		TrustedProxies: []string{"everyone"},
		RateLimits:     postern.RateLimits{Scale: -1},
		Recipes:        []postern.Recipe{session.New(session.Config{}), nil, session.New(session.Config{})},
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"App.Name: is missing", `App.APIDomain: "nowhere" is not a domain`, "App.WebsiteDomain: is missing", "App.APIBasePath",
		`TrustedProxies[0]: "everyone"`, "Core: is missing", "RateLimits.Scale: -1", "Recipes[1]: is nil", `Recipes[2]: there is a recipe "session" already`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in:\n%v", want, err)
		}
	}
}

func TestCORS(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{App: func(c *postern.Config) { c.App.WebsiteDomain = "https://example.com" }})
	do := func(method, path, origin, ask string) *http.Response {
		req, _ := http.NewRequestWithContext(t.Context(), method, a.URL+path, http.NoBody)
		req.Header.Set("Origin", origin)
		if ask != "" {
			req.Header.Set("Access-Control-Request-Method", ask)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res
	}
	for _, path := range []string{"/auth/signin", "/me", "/nowhere"} {
		res := do("OPTIONS", path, "https://example.com", "POST")
		want := map[string]string{
			"Access-Control-Allow-Origin": "https://example.com", "Access-Control-Allow-Credentials": "true",
			"Access-Control-Allow-Headers": "Content-Type, rid, fdi-version, anti-csrf, authorization, st-auth-mode",
			"Access-Control-Allow-Methods": "OPTIONS, POST, GET, PUT, DELETE",
		}
		for name, value := range want {
			if res.Header.Get(name) != value {
				t.Errorf("preflight of %s: %s is %q, want %q", path, name, res.Header.Get(name), value)
			}
		}
		if res.StatusCode != http.StatusNoContent {
			t.Errorf("preflight of %s answers %d", path, res.StatusCode)
		}
		if res := do("GET", path, "https://example.com", ""); res.Header.Get("Access-Control-Allow-Origin") != "https://example.com" || res.Header.Get("Vary") != "Origin" {
			t.Errorf("GET %s (%d) is not marked", path, res.StatusCode)
		}
		for _, origin := range []string{"https://evil.example", "null", "http://example.com", "https://example.com.evil.example"} {
			if got := do("OPTIONS", path, origin, "POST").Header.Get("Access-Control-Allow-Origin"); got != "" {
				t.Errorf("%s is allowed as %q", origin, got)
			}
		}
	}
}

// TestClientAddress holds that forwarded addresses count only from proxies
// that are configured, from the right.
func TestClientAddress(t *testing.T) {
	t.Parallel()
	app, err := newApp(t, postern.AppInfo{Name: "x", APIDomain: "localhost", WebsiteDomain: "localhost"},
		func(c *postern.Config) { c.TrustedProxies = []string{"10.0.0.0/8", "::1"} })
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		remote    string
		forwarded []string
		want      string
	}{
		{"203.0.113.7:1", nil, "203.0.113.7"},
		{"203.0.113.7:1", []string{"198.51.100.1"}, "203.0.113.7"},
		{"10.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1:1", []string{"1.1.1.1, 198.51.100.1, 10.2.3.4"}, "198.51.100.1"},
		{"10.0.0.1:1", []string{"1.1.1.1", "198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1:1", []string{"junk"}, "10.0.0.1"},
		{"10.0.0.1:1", nil, "10.0.0.1"},
		{"[::1]:1", []string{"2001:db8::1"}, "2001:db8::1"},
		{"[::ffff:203.0.113.7]:1", nil, "203.0.113.7"},
	} {
		r := httptest.NewRequest("GET", "/", http.NoBody)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = tt.remote, tt.forwarded
		if got := app.ClientAddress(r).String(); got != tt.want {
			t.Errorf("%+v: got %s", tt, got)
		}
	}
}
