package ui_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/authtest/idp"
	"github.com/posternauth/postern/internal/testdb"
	"github.com/posternauth/postern/recipe/accountlinking"
	"github.com/posternauth/postern/recipe/mfa"
	"github.com/posternauth/postern/recipe/passwordless"
	"github.com/posternauth/postern/recipe/thirdparty"
	"github.com/posternauth/postern/recipe/totp"
	"github.com/posternauth/postern/ui"
)

// wholeApp has every page and every way in, over an SQLite file.
func wholeApp(t *testing.T, file string) (*authtest.App, *idp.Server) {
	t.Helper()
	s := idp.New()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.URL = server.URL
	a := authtest.New(t, authtest.Config{
		Database: file,
		Linking:  accountlinking.Config{ShouldLink: linkAll},
		App:      func(c *postern.Config) { c.RateLimits.Disabled = true }, // what is counted is written
		Recipes: func(a *authtest.App) []postern.Recipe {
			s.Now = a.Clock.Now
			return []postern.Recipe{
				thirdparty.New(thirdparty.Config{Providers: []thirdparty.Provider{s.Config(idp.Google)}, PrivateNetworks: []string{"127.0.0.0/8"}}),
				passwordless.New(passwordless.Config{ContactMethod: passwordless.Email, FlowType: passwordless.CodeAndLink, Email: a.Mail}),
				mfa.New(mfa.Config{}), totp.New(totp.Config{}),
			}
		},
		Handler: func(a *authtest.App) http.Handler {
			pages, err := ui.For(a.App, ui.Config{Outbox: a.Mail})
			if err != nil {
				t.Fatal(err)
			}
			return pages.Middleware(a.Demo())
		},
	})
	return a, s
}

// rows are all there are, by their table.
func rows(t *testing.T, file string) map[string][]string {
	t.Helper()
	db, err := sql.Open("sqlite", strings.TrimPrefix(file, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all := map[string][]string{}
	for _, name := range query(t, db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'") {
		all[name] = query(t, db, "SELECT * FROM "+name+" ORDER BY 1, 2")
	}
	return all
}

// query returns the rows as texts.
func query(t *testing.T, db *sql.DB, statement string) (all []string) {
	t.Helper()
	found, err := db.QueryContext(t.Context(), statement)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for found.Next() {
		values, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			to[i] = &values[i]
		}
		if err := found.Scan(to...); err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprint(values...)
		if len(columns) == 1 {
			text = fmt.Sprint(values[0])
		}
		all = append(all, text)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestLookingChangesNothing opens every page, with everything that a mail or a
// provider puts into an address, as nobody and as somebody: no row is another
// one, and what was mailed is still good.
func TestLookingChangesNothing(t *testing.T) {
	t.Parallel()
	file := testdb.SQLite(t)
	a, s := wholeApp(t, file)
	ada := newVisitor(t, a)
	ada.post("/auth?show=signup", url.Values{"email": {"ada@example.com"}, "password": {"correct horse 1"}}, "/")
	ada.post("/auth/verify-email", url.Values{"action": {"send"}}, "/auth/verify-email")
	confirm := mailed(t, a, "ada@example.com", `/auth/verify-email\?(\S+)`)
	nobody := newVisitor(t, a)
	nobody.post("/auth/reset-password", url.Values{"email": {"ada@example.com"}}, "/auth/reset-password")
	reset := mailed(t, a, "ada@example.com", `/auth/reset-password\?(\S+)`)
	nobody.post("/auth?show=code", url.Values{"contact": {"bob@example.com"}}, "/auth/code")
	link := strings.ReplaceAll(mailed(t, a, "bob@example.com", `/auth/verify\?(\S+)`), "#", "&linkCode=")
	state, _, back := nobody.begins("/auth/provider/google") // which makes the key that signs
	account := idp.Ada()
	sent, err := s.Consent(back, &account)
	if err != nil {
		t.Fatal(err)
	}
	pages := []string{
		"/auth", "/auth?show=signup", "/auth?show=code", "/auth?action=signout", "/auth/reset-password", "/auth/reset-password?" + reset,
		"/auth/verify-email", "/auth/verify-email?" + confirm, "/auth/verify-email?action=send", "/auth/code", "/auth/code?action=again",
		"/auth/verify?" + link, "/auth/callback", "/auth/callback?q.state=" + state, "/auth/callback/google?" + sent.Encode() + "&state=" + state,
		"/auth/provider/google", "/auth/mfa", "/auth/mfa/totp", "/auth/mfa/totp?action=remove", "/auth/mfa/otp-email", "/auth/mfa/otp-phone",
		"/auth/logins", "/auth/outbox", "/auth/outbox/mail?id=1",
	}
	before := rows(t, file)
	for who, v := range map[string]*visitor{"nobody": nobody, "somebody": ada} {
		for _, page := range pages {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				v.look(method, page)
			}
			if diff := cmp.Diff(before, rows(t, file)); diff != "" {
				t.Errorf("%s looks at %s (-before +after):\n%s", who, page, diff)
				before = rows(t, file)
			}
		}
	}
	values, err := url.ParseQuery(link)
	if err != nil {
		t.Fatal(err)
	}
	newVisitor(t, a).post("/auth/verify", values, "/")
	values, err = url.ParseQuery(confirm)
	if err != nil {
		t.Fatal(err)
	}
	ada.post("/auth/verify-email", values, "/auth/verify-email")
}

// look asks for a page, whatever it answers.
func (v *visitor) look(method, page string) {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.app.URL+page, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	res, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode >= 500 {
		v.t.Errorf("%s %s: %d", method, page, res.StatusCode)
	}
}

// mailed is what stands in the last mail to somebody.
func mailed(t *testing.T, a *authtest.App, to, pattern string) string {
	t.Helper()
	mail, _ := a.Mail.Last(to)
	m := regexp.MustCompile(pattern).FindStringSubmatch(mail.Text)
	if m == nil {
		t.Fatalf("the mail has no %s: %s", pattern, mail.Text)
	}
	return m[1]
}

// TestConfirmPage says whose account is confirmed, to who is not signed in to it.
func TestConfirmPage(t *testing.T) {
	t.Parallel()
	a, s := wholeApp(t, testdb.SQLite(t))
	ada := newVisitor(t, a)
	ada.post("/auth?show=signup", url.Values{"email": {"ada@example.com"}, "password": {"correct horse 1"}}, "/")
	ada.post("/auth/verify-email", url.Values{"action": {"send"}}, "/auth/verify-email")
	confirm := mailed(t, a, "ada@example.com", `/auth/verify-email\?(\S+)`)
	if page := ada.get("/auth/verify-email?"+confirm, http.StatusOK); strings.Contains(page, "made on") {
		t.Errorf("who is signed in reads:\n%s", page)
	}
	stranger := newVisitor(t, a)
	made := a.Clock.Now().UTC().Format("2 January 2006")
	page := stranger.get("/auth/verify-email?"+confirm, http.StatusOK)
	for _, part := range []string{"an account made on " + made, "it becomes yours", "its password will be replaced", "sign in and keep my password"} {
		if !strings.Contains(page, part) {
			t.Errorf("a stranger does not read %q:\n%s", part, page)
		}
	}
	values, err := url.ParseQuery(confirm)
	if err != nil {
		t.Fatal(err)
	}
	stranger.post("/auth/verify-email", values, "/auth/verify-email")
	if page := stranger.get("/auth/verify-email", http.StatusOK); !strings.Contains(page, "Choose a new password") {
		t.Errorf("a stranger is not told what happened:\n%s", page)
	}

	// An account at a provider is confirmed only by who is signed in to it.
	bob := newVisitor(t, a)
	state, _, back := bob.begins("/auth/provider/google")
	account := idp.Bob()
	sent, err := s.Consent(back, &account)
	if err != nil {
		t.Fatal(err)
	}
	bob.post("/auth/callback", url.Values{"provider": {"google"}, "q.state": {state}, "q.code": {sent.Get("code")}}, "/")
	bob.post("/auth/verify-email", url.Values{"action": {"send"}}, "/auth/verify-email")
	confirm = mailed(t, a, account.Email, `/auth/verify-email\?(\S+)`)
	page = newVisitor(t, a).get("/auth/verify-email?"+confirm, http.StatusOK)
	if !strings.Contains(page, "Sign in first") || strings.Contains(page, "<form") {
		t.Errorf("a stranger may confirm an account at a provider:\n%s", page)
	}
}
