package ui_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/ui"
)

// behindStage starts an app whose gateway cuts the stage off, with its pages
// on the same domain. Whatever is asked for outside of the stage is 404.
func behindStage(t *testing.T, stage string, change func(*postern.Config)) *authtest.App {
	t.Helper()
	return authtest.New(t, authtest.Config{
		App: change,
		Via: func(h http.Handler) http.Handler { return http.StripPrefix(stage, h) },
		Handler: func(a *authtest.App) http.Handler {
			pages, err := ui.For(a.App, ui.Config{})
			if err != nil {
				t.Fatal(err)
			}
			return pages.Middleware(a.Demo())
		},
	})
}

// TestStage is a person's story behind the stage of a gateway: requests arrive
// without it, and what the browser is given has it.
func TestStage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ pages, at, home string }{
		{"/dev/auth", "/dev/auth", "/dev/auth"},
		{"/dev", "/dev/", "/dev/"},
		{"/dev/login/here", "/dev/login/here", "/dev/login/here"},
	} {
		t.Run(tt.pages, func(t *testing.T) {
			t.Parallel()
			a := behindStage(t, "/dev", func(c *postern.Config) {
				c.App.APIGatewayPath, c.App.WebsiteBasePath = "/dev", tt.pages
			})
			v := newVisitor(t, a)
			page := v.get(tt.at, http.StatusOK)
			for _, address := range regexp.MustCompile(`(?:href|src|action|data-refresh)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
				if !strings.HasPrefix(address[1], "/dev/") {
					t.Errorf("the page leads out of the stage: %s", address[0])
				}
			}
			if !strings.Contains(page, `data-refresh="/dev/auth/session/refresh"`) {
				t.Errorf("the script does not know where to refresh:\n%s", page)
			}
			for _, name := range []string{"style", "script", "icon"} {
				asset := regexp.MustCompile(`"(/dev[^"]*/assets/` + name + `-[^"]*)"`).FindStringSubmatch(page)
				if asset == nil {
					t.Fatalf("the page has no %s:\n%s", name, page)
				}
				v.get(asset[1], http.StatusOK)
			}

			v.post(tt.home+"?show=signup", credentials(), "/dev/")
			v.wantCookie("sRefreshToken", "/dev/auth/session/refresh")
			if got := v.get(tt.at, http.StatusOK); !strings.Contains(got, "You are signed in") {
				t.Errorf("nobody is signed in:\n%s", got)
			}
			v.post(tt.home, url.Values{"action": {"signout"}}, tt.home)
			v.wantCookie("postern-notice", tt.home)
			if got := v.get(tt.at, http.StatusOK); !strings.Contains(got, "You are signed out.") {
				t.Errorf("the notice did not come:\n%s", got)
			}
			v.post(tt.home+"?redirectToPath=%2Fdev%2Fnotes", credentials(), "/dev/notes")
			v.post(strings.TrimSuffix(tt.home, "/")+"/reset-password", url.Values{"email": {"ada@example.com"}}, strings.TrimSuffix(tt.home, "/")+"/reset-password")
			mail, _ := a.Mail.Last("ada@example.com")
			if want := a.URL + tt.pages + "/reset-password?token="; !strings.Contains(mail.Text, want) {
				t.Errorf("the mail does not lead to %s: %s", want, mail.Text)
			}
		})
	}
}

// TestNoStageOfTheWebsite holds that pages are behind the gateway only if the
// website is this very API domain and its path begins with the gateway's.
func TestNoStageOfTheWebsite(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*postern.Config){
		"another domain": func(c *postern.Config) {
			c.App.APIGatewayPath, c.App.WebsiteDomain, c.App.WebsiteBasePath = "/dev", "https://example.com", "/dev/auth"
		},
		"another path":   func(c *postern.Config) { c.App.APIGatewayPath, c.App.WebsiteBasePath = "/dev", "/development/auth" },
		"beside the API": func(c *postern.Config) { c.App.APIGatewayPath, c.App.WebsiteBasePath = "/dev", "/auth" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := behindStage(t, "", change)
			page := newVisitor(t, a).get(a.Site.WebsiteBasePath, http.StatusOK)
			if !strings.Contains(page, `action="`+a.Site.WebsiteBasePath+`"`) {
				t.Errorf("the form does not lead to %s:\n%s", a.Site.WebsiteBasePath, page)
			}
		})
	}
}

// visitor is a browser that fills in forms.
type visitor struct {
	t      *testing.T
	app    *authtest.App
	client *http.Client
	set    map[string]string // the path of each cookie that was set
}

func newVisitor(t *testing.T, a *authtest.App) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, a, &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, map[string]string{}}
}

// get returns the text of a page.
func (v *visitor) get(path string, want int) string {
	v.t.Helper()
	text, _ := v.do(http.MethodGet, path, nil, want)
	return text
}

// post sends a form, and wants to be led to a path.
func (v *visitor) post(path string, form url.Values, to string) {
	v.t.Helper()
	if _, location := v.do(http.MethodPost, path, form, http.StatusSeeOther); location != to {
		v.t.Errorf("POST %s leads to %q, want %q", path, location, to)
	}
}

func (v *visitor) do(method, path string, form url.Values, want int) (text, location string) {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.app.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	var b strings.Builder
	_ = res.Write(&b)
	if res.StatusCode != want {
		v.t.Fatalf("%s %s: %d, want %d:\n%s", method, path, res.StatusCode, want, &b)
	}
	for _, c := range res.Cookies() {
		v.set[c.Name] = c.Path
	}
	return b.String(), res.Header.Get("Location")
}

func (v *visitor) wantCookie(name, path string) {
	v.t.Helper()
	if got := v.set[name]; got != path {
		v.t.Errorf("the path of the cookie %s is %q, want %q", name, got, path)
	}
}
