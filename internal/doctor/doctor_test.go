package doctor_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/internal/doctor"
	"github.com/posternauth/postern/internal/lambdalocal"
	"github.com/posternauth/postern/lambda"
)

// healthy answers as a sign-in at https://api.example.com/dev/auth does, for a
// website at https://example.com.
type healthy struct {
	url, website string
	change       func(h http.Header, path string) // of the headers
	body         string                           // of a refresh; default that of the protocol
	code         int                              // the same
	existsCode   int
	path         string // of the cookies
	secure       string
	cookies      int
	issuer       string
	way          string // the answer that tells the way to a provider; default none
	wayCode      int
}

func (s healthy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Access-Control-Allow-Origin", s.website)
	h.Set("Access-Control-Allow-Credentials", "true")
	path := strings.TrimPrefix(r.URL.Path, "/dev/auth")
	code, body := http.StatusOK, `{"status":"OK","exists":false}`
	switch {
	case r.Method == http.MethodOptions:
		code, body = http.StatusNoContent, ""
		h.Set("Access-Control-Allow-Headers", "Content-Type, rid, fdi-version, anti-csrf, authorization, st-auth-mode")
		path = "preflight"
	case path == "/session/refresh":
		code, body = s.code, s.body
		h.Set("Front-Token", "remove")
		h.Set("Access-Control-Expose-Headers", "front-token")
		for _, name := range []string{"sAccessToken", "sRefreshToken"}[2-s.cookies:] {
			at := "/"
			if name == "sRefreshToken" {
				at = s.path
			}
			h.Add("Set-Cookie", fmt.Sprintf("%s=; Path=%s; HttpOnly; %s", name, at, s.secure))
		}
	case path == "/.well-known/openid-configuration":
		body = fmt.Sprintf(`{"issuer":%q,"jwks_uri":%q}`, s.issuer, s.url+"/jwt/jwks.json")
	case path == "/jwt/jwks.json":
		body = `{"keys":[]}`
	case path == "/signup/email/exists":
		code = s.existsCode
	case path == "/loginmethods" && s.way != "":
		body = `{"status":"OK","thirdParty":{"enabled":true,"providers":[{"id":"google","name":"Google"}]}}`
	case path == "/authorisationurl":
		code, body = s.wayCode, s.way
	}
	if s.change != nil {
		s.change(h, path)
	}
	w.WriteHeader(code)
	fmt.Fprint(w, body)
}

// TestMistakes makes every mistake once: it is named, and no other is.
func TestMistakes(t *testing.T) {
	t.Parallel()
	del := func(name, at string) func(*healthy) {
		return func(s *healthy) {
			s.change = func(h http.Header, path string) {
				if at == "" || at == path {
					h.Del(name)
				}
			}
		}
	}
	set := func(name, value, at string) func(*healthy) {
		return func(s *healthy) {
			s.change = func(h http.Header, path string) {
				if at == "" || at == path {
					h.Set(name, value)
				}
			}
		}
	}
	says := func(code int, body string) func(*healthy) {
		return func(s *healthy) {
			s.code, s.body, s.change = code, body, func(h http.Header, _ string) { h.Del("Front-Token"); h.Del("Set-Cookie") }
		}
	}
	leads := func(code int, way string) func(*healthy) {
		return func(s *healthy) { s.wayCode, s.way = code, way }
	}
	for name, tt := range map[string]struct {
		change  func(*healthy)
		website string
		want    []string
	}{
		"nothing":                      {},
		"the built-in pages":           {website: "-"},
		"a stage that is not there":    {says(403, `{"message":"Forbidden"}`), "", []string{"stage"}},
		"a REST route":                 {says(403, `{"message":"Missing Authentication Token"}`), "", []string{"stage"}},
		"an HTTP route":                {says(404, `{"message":"Not Found"}`), "", []string{"route"}},
		"an authorizer":                {says(401, `{"message":"Unauthorized"}`), "", []string{"authorizer"}},
		"a timeout":                    {says(504, `{"message":"Endpoint request timed out"}`), "", []string{"timeout"}},
		"a function that fails":        {says(502, `{"message":"Internal server error"}`), "", []string{"function"}},
		"the same behind an HTTP API":  {says(500, `{"message":"Internal Server Error"}`), "", []string{"function"}},
		"an envelope":                  {says(200, `{"statusCode":401,"body":""}`), "", []string{"streaming"}},
		"base64":                       {says(200, base64.StdEncoding.EncodeToString([]byte(`{"message":"unauthorised"}`))), "", []string{"binary"}},
		"a redirect":                   {func(s *healthy) { s.code = 308; set("Location", "https://elsewhere.example", "/session/refresh")(s) }, "", []string{"redirect"}},
		"no database":                  {func(s *healthy) { s.existsCode = 503 }, "", []string{"database"}},
		"somebody else":                {says(200, `{"hello":"world"}`), "", []string{"base-path"}},
		"a clock":                      {set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat), "/session/refresh"), "", []string{"clock"}},
		"one cookie":                   {func(s *healthy) { s.cookies = 1 }, "", []string{"cookies-lost"}},
		"the stage not in the cookie":  {func(s *healthy) { s.path = "/auth/session/refresh" }, "", []string{"cookie-path"}},
		"another domain in the cookie": {func(s *healthy) { s.secure = "Secure; SameSite=None; Domain=other.example" }, "", []string{"cookie-domain"}},
		"a cookie that is not secure":  {func(s *healthy) { s.secure = "SameSite=None" }, "", []string{"cookie-insecure"}},
		"another origin":               {set("Access-Control-Allow-Origin", "https://other.example", ""), "", []string{"cors-origin"}},
		"every origin":                 {set("Access-Control-Allow-Origin", "*", ""), "", []string{"cors-origin"}},
		"no origin":                    {del("Access-Control-Allow-Origin", ""), "", []string{"cors-origin"}},
		"no credentials":               {del("Access-Control-Allow-Credentials", ""), "", []string{"cors-credentials"}},
		"headers that are not allowed": {set("Access-Control-Allow-Headers", "content-type", "preflight"), "", []string{"cors-headers"}},
		"errors that are not marked":   {del("Access-Control-Allow-Origin", "/session/refresh"), "", []string{"cors-errors"}},
		"headers that are not exposed": {del("Access-Control-Expose-Headers", "/session/refresh"), "", []string{"cors-expose"}},
		"the issuer without the stage": {func(s *healthy) { s.issuer = strings.Replace(s.url, "/dev", "", 1) }, "", []string{"issuer"}},
		"another domain":               {func(s *healthy) { s.issuer = "https://api.example.org/dev/auth" }, "", []string{"api-domain"}},
		"keys that are not there":      {func(s *healthy) { s.url = "https://127.0.0.1:1"; s.issuer = "" }, "", []string{"keys"}},
		"the website is another site":  {func(s *healthy) { s.secure = "Secure; SameSite=Lax"; s.website = "https://example.com" }, "https://example.com", []string{"same-site"}},
		"cookies of a third party":     {func(s *healthy) { s.website = "https://example.com" }, "https://example.com", []string{"third-party"}},
		"two names for one machine":    {func(s *healthy) { s.website = "http://localhost:3000" }, "http://localhost:3000", []string{"local-names"}},
		"a provider":                   {leads(200, `{"status":"OK","urlWithQueryParams":"https://provider.test/?client_id=1"}`), "", nil},
		"no client id":                 {leads(200, `{"status":"OK","urlWithQueryParams":"https://provider.test/?client_id="}`), "", []string{"provider"}},
		"a provider that fails":        {leads(500, `{"message":"Internal Error"}`), "", []string{"provider"}},
		"a provider that is away":      {leads(503, `{"message":"Google does not answer"}`), "", []string{"provider-unreachable"}},
		"a redirect URI":               {leads(400, `{"message":"redirectURIOnProviderDashboard is not an address of the website"}`), "", []string{"redirect-uri"}},
		"a preflight that is forbidden": {func(s *healthy) {
			s.change = func(h http.Header, path string) {
				if path == "preflight" {
					h.Set("X-Code", "403")
				}
			}
		}, "", []string{"preflight"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s healthy
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				rec := httptest.NewRecorder()
				s.ServeHTTP(rec, r)
				for name, values := range rec.Header() {
					w.Header()[name] = values
				}
				if rec.Header().Get("X-Code") != "" {
					rec.Code = http.StatusForbidden
				}
				w.WriteHeader(rec.Code)
				_, _ = w.Write(rec.Body.Bytes())
			}))
			server.StartTLS()
			defer server.Close()
			s = healthy{
				url: server.URL + "/dev/auth", website: "https://127.0.0.1:3000", code: 401, body: `{"message":"unauthorised"}`, existsCode: 200,
				path: "/dev/auth/session/refresh", secure: "Secure; SameSite=None", cookies: 2, issuer: server.URL + "/dev/auth",
			}
			cfg := doctor.Config{URL: s.url + "/", Website: s.website, Client: server.Client()}
			if tt.change != nil {
				tt.change(&s)
			}
			if tt.website != "" {
				cfg.Website = strings.Trim(tt.website, "-")
			}
			report, err := doctor.Check(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range report.Findings {
				if f.What == "" || f.Fix == "" || strings.Contains(f.Fix, "{url}") {
					t.Errorf("%+v", f)
				}
			}
			if !slices.Equal(names(report), tt.want) {
				t.Errorf("found %+v, want %v", report, tt.want)
			}
		})
	}
}

func names(report doctor.Report) (all []string) {
	for _, f := range report.Findings {
		all = append(all, f.Name)
	}
	return all
}

// TestNoAnswer is about addresses where nobody is.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{"http://127.0.0.1:1/auth": "unreachable", "https://no-such-host.invalid/auth": "name"} {
		report, err := doctor.Check(t.Context(), doctor.Config{URL: url})
		if err != nil || !slices.Equal(names(report), []string{want}) {
			t.Errorf("%s: %+v, %v", url, report, err)
		}
	}
	for _, url := range []string{"", "api.example.com/auth", "ftp://x/y"} {
		if _, err := doctor.Check(t.Context(), doctor.Config{URL: url}); err == nil {
			t.Errorf("%q is taken for an address", url)
		}
	}
}

// TestHealthy finds nothing wrong with a real app behind every gateway, and
// the mistake that is made most often.
func TestHealthy(t *testing.T) {
	t.Parallel()
	for _, shape := range lambdalocal.Shapes() {
		if shape == lambdalocal.ALB {
			continue // it loses cookies: see docs/lambda.md
		}
		g := &lambdalocal.Gateway{Shape: shape, Stage: "dev"}
		a := authtest.New(t, authtest.Config{
			App: func(c *postern.Config) { c.App.APIGatewayPath = g.Path() },
			Via: func(h http.Handler) http.Handler {
				g.Function = lambda.Handler(h)
				return g
			},
		})
		report, err := doctor.Check(t.Context(), doctor.Config{URL: a.URL + g.Path() + "/auth", Now: time.Now})
		if err != nil || len(report.Findings) > 0 {
			t.Errorf("%s: %+v, %v", shape, report, err)
		}
	}
	g := &lambdalocal.Gateway{Shape: lambdalocal.REST, Stage: "dev"}
	a := authtest.New(t, authtest.Config{Via: func(h http.Handler) http.Handler {
		g.Function = lambda.Handler(h)
		return g
	}})
	report, err := doctor.Check(t.Context(), doctor.Config{URL: a.URL + "/dev/auth"})
	if err != nil || !slices.Equal(names(report), []string{"cookie-path", "issuer", "keys"}) {
		t.Errorf("without APIGatewayPath: %+v, %v", report, err)
	}
}

// TestNotHTTPS is about a backend that is reached over the network in the
// open.
func TestNotHTTPS(t *testing.T) {
	t.Parallel()
	s := healthy{
		url: "http://api.example.com/dev/auth", website: "https://example.com", code: 401, existsCode: 200, body: `{"message":"unauthorised"}`,
		path: "/dev/auth/session/refresh", secure: "SameSite=None", cookies: 2, issuer: "http://api.example.com/dev/auth",
	}
	client := &http.Client{Transport: inProcess{s}}
	report, err := doctor.Check(t.Context(), doctor.Config{URL: s.url, Website: s.website, Client: client})
	if err != nil || !slices.Equal(names(report), []string{"not-https"}) {
		t.Errorf("%+v, %v", report, err)
	}
}

// inProcess answers every request by a handler.
type inProcess struct{ http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	p.ServeHTTP(rec, r)
	return rec.Result(), nil
}
