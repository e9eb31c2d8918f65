package ui_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/ui"
)

// fdi stands for any server that speaks the FDI: it says what it is told to,
// and remembers what it was told to do.
type fdi struct {
	say func(w http.ResponseWriter, r *http.Request, body map[string]any)
	// The answers to questions, by how the path ends; without one it is 404.
	facts map[string]string

	mu    sync.Mutex
	calls []call
}

type call struct {
	request *http.Request
	body    map[string]any
}

func (f *fdi) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	body := map[string]any{}
	_ = json.Unmarshal(b, &body)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if f.states(w, r) {
		return
	}
	f.mu.Lock()
	f.calls = append(f.calls, call{r, body})
	f.mu.Unlock()
	if f.say == nil {
		fmt.Fprint(w, `{"status":"OK"}`)
		return
	}
	f.say(w, r, body)
}

// states answers a question: what it says changes nothing.
func (f *fdi) states(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet && !strings.HasSuffix(r.URL.Path, "/mfa/info") {
		return false
	}
	for end, fact := range f.facts {
		if strings.HasSuffix(r.URL.Path, end) {
			fmt.Fprint(w, fact)
			return true
		}
	}
	w.WriteHeader(http.StatusNotFound)
	return true
}

// says answers everything in the same way.
func says(code int, body string, headers ...string) *fdi {
	return &fdi{say: func(w http.ResponseWriter, _ *http.Request, _ map[string]any) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Add(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
		fmt.Fprint(w, body)
	}}
}

// paths are the paths that were asked for, in order.
func (f *fdi) paths() (all []string) {
	for _, c := range f.calls {
		all = append(all, c.request.Method+" "+c.request.URL.Path)
	}
	return all
}

func newUI(t *testing.T, api http.Handler, change ...func(*ui.Config)) *ui.UI {
	t.Helper()
	cfg := ui.Config{AppName: "Example", API: api, DefaultRedirect: "/app", Log: slog.New(slog.DiscardHandler), Key: keyed("this site")}
	for _, c := range change {
		c(&cfg)
	}
	pages, err := ui.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// keyed seals cookies by a secret that is the same for all pages of a site.
func keyed(secret string) func(context.Context) ([]byte, error) {
	return func(context.Context) ([]byte, error) { return []byte(secret), nil }
}

func ofAnotherSite(c *ui.Config) { c.Key = keyed("another site") }

// signedIn makes everybody Ada.
func signedIn(verified bool) func(*ui.Config) {
	return func(c *ui.Config) {
		c.SignedIn = func(*http.Request) (ui.Account, bool) {
			return ui.Account{UserID: "u1", Email: "ada@example.com", EmailVerified: verified}, true
		}
	}
}

func requireVerified(c *ui.Config) { c.RequireVerifiedEmail = true }

func get(pages http.Handler, target string, headers ...string) *httptest.ResponseRecorder {
	return send(pages, httptest.NewRequest(http.MethodGet, target, nil), headers)
}

// post sends a form as a browser does.
func post(pages http.Handler, target string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return send(pages, r, headers)
}

func send(pages http.Handler, r *http.Request, headers []string) *httptest.ResponseRecorder {
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	pages.ServeHTTP(w, r)
	return w
}

func credentials() url.Values {
	return url.Values{"email": {"ada@example.com"}, "password": {"canary-pässword 1"}}
}

// expect checks an answer's status, and what must be in its page.
func expect(t *testing.T, w *httptest.ResponseRecorder, code int, parts ...string) {
	t.Helper()
	if w.Code != code {
		t.Errorf("status %d, want %d", w.Code, code)
	}
	for _, part := range parts {
		if !strings.Contains(w.Body.String(), part) {
			t.Errorf("the page lacks %q:\n%s", part, w.Body)
		}
	}
}

func expectRedirect(t *testing.T, w *httptest.ResponseRecorder, to string) {
	t.Helper()
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != to {
		t.Errorf("status %d to %q, want 303 to %q", w.Code, w.Header().Get("Location"), to)
	}
}

// page is what makes a page appear, and its title.
type page struct {
	target string
	change []func(*ui.Config)
	notice [2]string // its kind and detail
	title  string
}

func allPages() map[string]page {
	outbox := func(c *ui.Config) { c.Outbox = new(delivery.Outbox) }
	return map[string]page{
		"sign in":        {target: "/auth", title: "Sign in"},
		"sign up":        {target: "/auth?show=signup", title: "Create your account"},
		"slash":          {target: "/auth/", title: "Sign in"},
		"forgot":         {target: "/auth/reset-password", title: "Reset your password"},
		"sent":           {target: "/auth/reset-password", notice: [2]string{"reset-sent", "ada@example.com"}, title: "Check your mail"},
		"new password":   {target: "/auth/reset-password?token=abc&tenantId=public", title: "Choose a new password"},
		"verify":         {target: "/auth/verify-email?token=abc&tenantId=public", title: "Confirm your email address"},
		"code":           {target: "/auth/verify-email", change: []func(*ui.Config){signedIn(false)}, title: "Confirm your email address"},
		"code, required": {target: "/auth/verify-email", change: []func(*ui.Config){signedIn(false), requireVerified}, title: "Confirm your email address"},
		"verified":       {target: "/auth/verify-email", change: []func(*ui.Config){signedIn(true)}, title: "Email address confirmed"},
		"just verified":  {target: "/auth/verify-email", notice: [2]string{"email-verified"}, title: "Email address confirmed"},
		"account":        {target: "/auth", change: []func(*ui.Config){signedIn(true)}, title: "You are signed in"},
		"outbox":         {target: "/auth/outbox", change: []func(*ui.Config){outbox}, title: "Outbox"},
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	for name, page := range allPages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := new(fdi)
			pages := newUI(t, api, page.change...)
			cookie := pages.NoticeCookie(page.notice[0], page.notice[1])
			w := get(pages, page.target, "Cookie", cookie)
			expect(t, w, http.StatusOK, `<html lang="en">`, "<title>"+page.title+" · Example</title>", "<h1>"+page.title+"</h1>", "<main")
			checkStrict(t, w)
			head := send(pages, httptest.NewRequest(http.MethodHead, page.target, nil), []string{"Cookie", cookie})
			if head.Code >= 400 {
				t.Errorf("HEAD gives %d", head.Code)
			}
			if len(api.calls) != 0 {
				t.Errorf("looking at a page called the API: %v", api.paths())
			}
		})
	}
}

var inline = regexp.MustCompile(`(?i)\sstyle=|<style|\son[a-z]+=|javascript:|<script(?: [^>]*)?>[^<]|https?://[^\s"]*(?:cdn|font)`)

// checkStrict checks what every page promises.
func checkStrict(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if found := inline.FindString(w.Body.String()); found != "" {
		t.Errorf("inline or foreign: %q", found)
	}
	csp := w.Header().Get("Content-Security-Policy")
	for _, part := range []string{
		"default-src 'none'", "style-src 'self'", "script-src 'self'", "img-src 'self' data:",
		"connect-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'",
	} {
		if !strings.Contains(csp, part) {
			t.Errorf("the policy lacks %s: %s", part, csp)
		}
	}
	if strings.Contains(csp, "unsafe") {
		t.Errorf("the policy is not strict: %s", csp)
	}
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Frame-Options": "DENY",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestTransportSecurity(t *testing.T) {
	t.Parallel()
	https := newUI(t, new(fdi), func(c *ui.Config) { c.Origin = "https://example.com" })
	if get(https, "/auth").Header().Get("Strict-Transport-Security") == "" {
		t.Error("https has no Strict-Transport-Security")
	}
	plain := get(newUI(t, new(fdi)), "/auth", "X-Forwarded-Proto", "https")
	if got := plain.Header().Get("Strict-Transport-Security"); got != "" {
		t.Errorf("http has Strict-Transport-Security %q, on a header's word", got)
	}
}

// TestCall checks that the API sees the request that a browser's SDK would
// send from the same visitor.
func TestCall(t *testing.T) {
	t.Parallel()
	api := says(200, `{"status":"OK"}`, "Set-Cookie", "sAccessToken=a; Path=/; HttpOnly", "Set-Cookie", "sRefreshToken=r; Path=/auth/session/refresh", "Front-Token", "ft")
	w := post(newUI(t, api), "/auth", credentials(),
		"Cookie", "old=1", "X-Forwarded-For", "203.0.113.9", "Accept-Encoding", "gzip", "Authorization", "Basic eDp5", "User-Agent", "test")
	expectRedirect(t, w, "/app")
	if got := w.Header().Values("Set-Cookie"); len(got) != 2 || got[0] != "sAccessToken=a; Path=/; HttpOnly" || w.Header().Get("Front-Token") != "ft" {
		t.Errorf("the session is not passed on: %v", w.Header())
	}
	checkCall(t, api.calls[0], "/auth/signin", "emailpassword", map[string]any{"formFields": []any{
		map[string]any{"id": "email", "value": "ada@example.com"},
		map[string]any{"id": "password", "value": "canary-pässword 1"},
	}})
	r := api.calls[0].request
	if r.RemoteAddr != "192.0.2.1:1234" || r.Header.Get("Cookie") != "old=1" || r.Header.Get("X-Forwarded-For") != "203.0.113.9" || r.UserAgent() != "test" {
		t.Errorf("the visitor is lost: %s %v", r.RemoteAddr, r.Header)
	}
	if r.Header.Get("Accept-Encoding")+r.Header.Get("Authorization") != "" {
		t.Errorf("headers that are not meant for the API: %v", r.Header)
	}
}

// TestSDKAsks signs in somebody whose app has a browser SDK that remembers an
// earlier session.
func TestSDKAsks(t *testing.T) {
	t.Parallel()
	api := says(200, `{"status":"OK"}`, "Front-Token", "ft")
	w := post(newUI(t, api), "/auth", credentials(), "Cookie", "sFrontToken=old; other=1; st-last-access-token-update=1")
	var forgotten []string
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 && c.Path == "/" {
			forgotten = append(forgotten, c.Name)
		}
	}
	if diff := cmp.Diff([]string{"sFrontToken", "st-last-access-token-update"}, forgotten); diff != "" {
		t.Error(diff)
	}
}

func checkCall(t *testing.T, c call, path, recipe string, body map[string]any) {
	t.Helper()
	r := c.request
	if r.Method != http.MethodPost || r.URL.Path != path || r.URL.RawQuery != "" || r.RequestURI != path {
		t.Errorf("called %s %s (%s)", r.Method, r.URL, r.RequestURI)
	}
	for name, want := range map[string]string{
		"Rid": recipe, "Fdi-Version": "3.1", "St-Auth-Mode": "cookie", "Content-Type": "application/json; charset=utf-8",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if diff := cmp.Diff(body, c.body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

func TestServes(t *testing.T) {
	t.Parallel()
	pages := newUI(t, new(fdi))
	for request, want := range map[string]bool{
		"GET /auth": true, "HEAD /auth": true, "POST /auth": true, "GET /auth/": true, "GET /auth?show=signup": true,
		"GET /auth/reset-password": true, "POST /auth/verify-email": true,
		"PUT /auth": false, "DELETE /auth": false, "OPTIONS /auth": false,
		"GET /": false, "GET /authx": false, "GET /auth/outbox": false, "GET /Auth": false, "GET /auth//": false,
		"POST /auth/signin": false, "POST /auth/signup": false, "POST /auth/signout": false, "POST /auth/session/refresh": false,
		"GET /auth/signup/email/exists": false, "GET /auth/user/email/verify": false, "GET /auth/loginmethods": false,
		"GET /auth/jwt/jwks.json": false, "GET /auth/.well-known/openid-configuration": false,
		"GET /auth/assets/style.css": false, "POST " + assetPath(t, pages, "style"): false, "GET " + assetPath(t, pages, "style"): true,
	} {
		method, target, _ := strings.Cut(request, " ")
		r := httptest.NewRequest(method, target, nil)
		if got := pages.Serves(r); got != want {
			t.Errorf("%s: %v, want %v", request, got, want)
		}
		if w := send(pages, r, nil); !want && w.Code != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", request, w.Code)
		}
	}
}

func TestBasePaths(t *testing.T) {
	t.Parallel()
	api := new(fdi)
	pages := newUI(t, api, func(c *ui.Config) { c.WebsiteBasePath, c.APIBasePath = "/", "/api/auth/" })
	expect(t, get(pages, "/"), 200, `action="/"`, `href="/reset-password"`, `data-refresh="/api/auth/session/refresh"`)
	expectRedirect(t, post(pages, "/", credentials()), "/app")
	if got := api.paths(); got[0] != "POST /api/auth/signin" {
		t.Errorf("called %v", got)
	}
}

func TestConfigMistakes(t *testing.T) {
	t.Parallel()
	_, err := ui.New(ui.Config{
		WebsiteBasePath: "http://%", DefaultRedirect: "//evil.example", Origin: "example.com", Lang: "en us",
		Theme: ui.Theme{Logo: "https://elsewhere.example/x.png", Accent: "red;}", AccentDark: "#12", Background: "#gggggg", BackgroundDark: "url(x)"},
		Texts: map[string]string{"signin.titel": "x"},
	})
	for _, field := range []string{
		"AppName", "API", "WebsiteBasePath", "DefaultRedirect", "Origin", "Lang", "Texts",
		"Theme.Logo", "Theme.Accent", "Theme.AccentDark", "Theme.Background", "Theme.BackgroundDark",
	} {
		if err == nil || !strings.Contains(err.Error(), "ui: Config."+field+":") {
			t.Errorf("the error does not name %s: %v", field, err)
		}
	}
}
