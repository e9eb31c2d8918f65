package ui_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/posternauth/postern/ui"
)

// TestCrossOrigin sends forms from elsewhere: nothing is done.
func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"/auth", "/auth?show=signup", "/auth?action=signout", "/auth/reset-password", "/auth/verify-email"} {
		for name, headers := range map[string][]string{
			"cross-site":   {"Sec-Fetch-Site", "cross-site"},
			"same site":    {"Sec-Fetch-Site", "same-site"},
			"other origin": {"Sec-Fetch-Site", "", "Origin", "https://evil.example"},
			"null origin":  {"Sec-Fetch-Site", "", "Origin", "null"},
			"lookalike":    {"Sec-Fetch-Site", "", "Origin", "https://example.com.evil.example"},
		} {
			api := new(fdi)
			form := credentials()
			form.Set("token", "abc")
			w := post(newUI(t, api), target, form, headers...)
			expect(t, w, http.StatusForbidden, "sent from another site")
			checkStrict(t, w)
			if len(api.calls) != 0 || w.Header().Get("Set-Cookie") != "" {
				t.Errorf("%s %s: called %v, cookie %q", target, name, api.paths(), w.Header().Get("Set-Cookie"))
			}
		}
	}
}

func TestOwnOrigin(t *testing.T) {
	t.Parallel()
	pages := newUI(t, new(fdi), func(c *ui.Config) { c.Origin = "https://www.example.org" })
	for _, headers := range [][]string{
		{"Sec-Fetch-Site", "same-origin"},
		{"Sec-Fetch-Site", "none"},
		{"Sec-Fetch-Site", "", "Origin", "http://example.com"},      // the Host of the request
		{"Sec-Fetch-Site", "", "Origin", "https://www.example.org"}, // a proxy changed the Host
	} {
		expectRedirect(t, post(pages, "/auth", credentials(), headers...), "/app")
	}
}

// TestOldBrowsersSayTheirOrigin: without Sec-Fetch-Site the Origin decides, and
// the strictest referrer policy would hide it.
func TestOldBrowsersSayTheirOrigin(t *testing.T) {
	t.Parallel()
	pages := newUI(t, new(fdi))
	const meta = `<meta name="referrer" content="strict-origin">`
	expect(t, get(pages, "/auth"), 200, meta)
	if strings.Contains(get(pages, "/auth", "Sec-Fetch-Site", "none").Body.String(), meta) {
		t.Error("new browsers are told to say more than needed")
	}
}

func TestStrangeForms(t *testing.T) {
	t.Parallel()
	api := new(fdi)
	pages := newUI(t, api)
	for kind, body := range map[string]string{
		"text/plain":                        "email=a&password=b",
		"multipart/form-data; boundary=x":   "--x--",
		"application/json":                  `{"email":"a"}`,
		"":                                  "email=a",
		"application/x-www-form-urlencoded": "email=a&password=%ff%fe",
		"application/x-www-form-urlencoded;charset=utf-8":  "email=" + strings.Repeat("a", 70_000),
		"application/x-www-form-urlencoded; charset=UTF-8": "email=%zz",
	} {
		r := httptest.NewRequest(http.MethodPost, "/auth", strings.NewReader(body))
		expect(t, send(pages, r, []string{"Content-Type", kind}), http.StatusBadRequest, "did not arrive in one piece")
	}
	if len(api.calls) != 0 {
		t.Errorf("called %v", api.paths())
	}
}

// TestHostileValues puts markup wherever a page shows what it was given.
func TestHostileValues(t *testing.T) {
	t.Parallel()
	const evil = `'"><svg/onload=alert(1)></title></script><script>alert(1)</script>{{7777*7777}}`
	escaped := url.QueryEscape(evil)
	pages := func(api http.Handler) *ui.UI {
		return newUI(t, api, func(c *ui.Config) {
			c.AppName = evil
			c.SignedIn = func(r *http.Request) (ui.Account, bool) {
				return ui.Account{UserID: evil, Email: evil}, r.Header.Get("X-User") != ""
			}
		})
	}
	form := url.Values{"email": {evil}, "password": {evil}, "token": {evil}, "redirectToPath": {evil}, "tenantId": {evil}, "code": {evil}}
	fails := `{"status":"FIELD_ERROR","formFields":[{"id":"email","error":"` + strings.ReplaceAll(evil, `"`, `\"`) + `"},{"id":"<b>","error":"<b>"}]}`
	sent := pages(new(fdi))
	for name, w := range map[string]*httptest.ResponseRecorder{
		"sign in": get(pages(new(fdi)), "/auth?redirectToPath=/"+escaped+"&tenantId="+escaped+"&show="+escaped, "Cookie", "sAccessToken=x"),
		"reset":   get(pages(new(fdi)), "/auth/reset-password?token="+escaped),
		"verify":  get(pages(new(fdi)), "/auth/verify-email?token="+escaped),
		"account": get(pages(new(fdi)), "/auth?redirectToPath="+escaped, "X-User", "1"),
		"code":    get(pages(new(fdi)), "/auth/verify-email", "X-User", "1"),
		"fields":  post(pages(says(200, fails)), "/auth?show=signup", form),
		"message": post(pages(says(200, `{"status":"GENERAL_ERROR","message":"<script>alert(1)</script>"}`)), "/auth", form),
		"reason":  post(pages(says(200, `{"status":"X_NOT_ALLOWED","reason":"<script>alert(1)</script>"}`)), "/auth/reset-password", form),
		"sent":    get(sent, "/auth/reset-password", "Cookie", sent.NoticeCookie("reset-sent", evil)),
	} {
		body := w.Body.String()
		for _, bad := range []string{"<svg/onload", "<script>alert", "<b>", "javascript:", `="'"`, "60481729"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s: %q went through:\n%s", name, bad, body)
			}
		}
		checkStrict(t, w)
	}
}

// TestRedirectsStayHere asks the pages, with the same list as SafeRedirect.
func TestRedirectsStayHere(t *testing.T) {
	t.Parallel()
	pages := newUI(t, new(fdi))
	account := newUI(t, new(fdi), signedIn(true))
	for _, target := range hostile() {
		query := "?" + url.Values{"redirectToPath": {target}}.Encode()
		expectRedirect(t, post(pages, "/auth"+query, credentials()), "/app")
		form := credentials()
		form.Set("redirectToPath", target)
		expectRedirect(t, post(pages, "/auth", form), "/app")
		expect(t, get(account, "/auth"+query), 200, `<a class="button" href="/app">`)
	}
}
