package ui_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/posternauth/postern/ui"
)

// TestOutcomes is every answer that the API may give, on the form where people
// meet it.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	const wrongEmail = `{"status":"FIELD_ERROR","formFields":[{"id":"email","error":"Email is invalid"}]}`
	forms := map[string]struct {
		target string
		form   url.Values
	}{
		"in":     {"/auth", credentials()},
		"up":     {"/auth?show=signup", credentials()},
		"forgot": {"/auth/reset-password", url.Values{"email": {"ada@example.com"}}},
		"reset":  {"/auth/reset-password", url.Values{"token": {"abc"}, "password": {"canary-pässword 1"}}},
		"verify": {"/auth/verify-email", url.Values{"token": {"abc"}}},
		"code":   {"/auth/verify-email", url.Values{"code": {"1234 5678"}}},
		"send":   {"/auth/verify-email", url.Values{"action": {"send"}}},
		"out":    {"/auth", url.Values{"action": {"signout"}}},
	}
	for i, c := range []struct {
		form string
		code int
		body string
		want int
		page []string
	}{
		{"in", 200, `{"status":"WRONG_CREDENTIALS_ERROR"}`, 422, []string{"<title>Error: Sign in", "The email address or the password is not right.", `value="ada@example.com"`, `aria-describedby="problem" aria-invalid="true"`, `role="alert"`}},
		{"in", 200, wrongEmail, 422, []string{`id="email-error">Email is invalid`, `<a href="#email">Email is invalid</a>`, `aria-describedby="email-error" aria-invalid="true" autofocus`}},
		{"in", 200, `{"status":"SIGN_IN_NOT_ALLOWED","reason":"Not here. (ERR_CODE_008)"}`, 422, []string{"Not here. (ERR_CODE_008)"}},
		{"in", 200, `{"status":"SIGN_IN_NOT_ALLOWED"}`, 422, []string{"contact support"}},
		{"in", 200, `{"status":"GENERAL_ERROR","message":"Closed on Sundays"}`, 422, []string{"Closed on Sundays"}},
		{"in", 200, `{"status":"NEW_STATUS"}`, 500, []string{"Something went wrong"}},
		{"in", 200, `not json`, 500, []string{"Something went wrong"}},
		{"in", 400, `{"message":"Are you sending too many formFields?"}`, 400, []string{"This was not accepted"}},
		{"in", 404, `not found`, 500, []string{"Something went wrong"}},
		{"in", 429, `{"message":"slow down"}`, 429, []string{"Please try again in 3 minutes."}},
		{"in", 500, `{"message":"secret internals"}`, 500, []string{"Something went wrong"}},
		{"in", 503, `{"message":"secret internals"}`, 503, []string{"Please try again in a moment.", `value="ada@example.com"`}},
		{"up", 200, `{"status":"FIELD_ERROR","formFields":[{"id":"password","error":"Too short"},{"id":"email","error":"Taken"},{"id":"age","error":"Too young"}]}`, 422, []string{
			"Please check:", `<a href="#password">Too short</a>`, `<a href="#email">Taken</a>`, "<li>Too young</li>", `aria-describedby="password-error password-hint" aria-invalid="true" autofocus`,
		}},
		{"up", 200, `{"status":"SIGN_UP_NOT_ALLOWED","reason":"No. (ERR_CODE_007)"}`, 422, []string{"ERR_CODE_007"}},
		{"up", 429, ``, 429, []string{"Please try again in 3 minutes."}},
		{"up", 503, ``, 503, []string{"in a moment"}},
		{"forgot", 200, wrongEmail, 422, []string{`id="email-error">Email is invalid`}},
		{"forgot", 200, `{"status":"PASSWORD_RESET_NOT_ALLOWED","reason":"Risky. (ERR_CODE_001)"}`, 422, []string{"ERR_CODE_001"}},
		{"forgot", 503, ``, 503, []string{"in a moment"}},
		{"reset", 200, `{"status":"RESET_PASSWORD_INVALID_TOKEN_ERROR"}`, 422, []string{"This link is no longer good", `href="/auth/reset-password"`}},
		{"reset", 200, `{"status":"FIELD_ERROR","formFields":[{"id":"password","error":"Too short"}]}`, 422, []string{"Too short", `name="token" value="abc"`}},
		{"reset", 503, ``, 503, []string{"in a moment", `name="token" value="abc"`}},
		{"verify", 200, `{"status":"EMAIL_VERIFICATION_INVALID_TOKEN_ERROR"}`, 422, []string{"This link is no longer good", `href="/auth/verify-email"`}},
		{"verify", 503, ``, 503, []string{"in a moment", `name="token" value="abc"`}},
		{"code", 200, `{"status":"EMAIL_VERIFICATION_INVALID_TOKEN_ERROR"}`, 422, []string{`id="code-error">This code is not right`, `aria-invalid="true" autofocus`}},
		{"code", 429, ``, 429, []string{"Please try again in 3 minutes."}},
		{"send", 503, ``, 503, []string{"in a moment"}},
		{"out", 503, ``, 503, []string{"in a moment", "You are signed in"}},
	} {
		t.Run(fmt.Sprint(i, c.form, c.code, c.body), func(t *testing.T) {
			t.Parallel()
			var change []func(*ui.Config)
			if c.form == "code" || c.form == "send" || c.form == "out" {
				change = append(change, signedIn(false))
			}
			api := says(c.code, c.body, "Retry-After", "140", "Set-Cookie", "seen=1")
			w := post(newUI(t, api, change...), forms[c.form].target, forms[c.form].form)
			expect(t, w, c.want, c.page...)
			checkStrict(t, w)
			if strings.Contains(w.Body.String(), "canary") || strings.Contains(w.Body.String(), "internals") {
				t.Errorf("the page shows a secret:\n%s", w.Body)
			}
			if w.Header().Get("Set-Cookie") != "seen=1" {
				t.Error("the API's cookie is lost")
			}
			if waits := w.Header().Get("Retry-After") == "140"; waits != (c.want == 429 || c.want == 503) {
				t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
			}
		})
	}
}

func TestSignUpAndIn(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]struct{ path, to string }{
		"/auth":             {"POST /auth/signin", "/app"},
		"/auth?show=signup": {"POST /auth/signup", "/app"},
		"/auth?redirectToPath=%2Fnotes%3Fid%3D1&tenantId=acme":          {"POST /auth/acme/signin", "/notes?id=1"},
		"/auth?redirectToPath=%2F%2Fevil.example&tenantId=..%2F..":      {"POST /auth/signin", "/app"},
		"/auth?redirectToPath=/a&redirectToPath=//evil&tenantId=public": {"POST /auth/signin", "/app"},
	} {
		api := new(fdi)
		expectRedirect(t, post(newUI(t, api), target, credentials()), want.to)
		if got := api.paths(); len(got) != 1 || got[0] != want.path {
			t.Errorf("%s: called %v", target, got)
		}
	}
}

// TestDestinationIsKept follows the destination and the tenant over all pages.
func TestDestinationIsKept(t *testing.T) {
	t.Parallel()
	const query = "?redirectToPath=%2Fnotes&tenantId=acme"
	pages := newUI(t, new(fdi))
	for _, target := range []string{"/auth" + query, "/auth" + query + "&show=signup", "/auth/reset-password" + query, "/auth/reset-password" + query + "&token=abc", "/auth/verify-email" + query + "&token=abc"} {
		expect(t, get(pages, target), 200, `name="tenantId" value="acme"`, `name="redirectToPath" value="/notes"`)
	}
	expect(t, get(pages, "/auth"+query), 200, `href="/auth/reset-password?redirectToPath=%2Fnotes&amp;tenantId=acme"`, `href="/auth?redirectToPath=%2Fnotes&amp;show=signup&amp;tenantId=acme"`)
	form := credentials()
	form.Set("redirectToPath", "/notes")
	expectRedirect(t, post(pages, "/auth", form), "/notes")
}

// TestRequireVerifiedEmail signs in people who must prove their address first.
func TestRequireVerifiedEmail(t *testing.T) {
	t.Parallel()
	const verify = "/auth/verify-email?redirectToPath=%2Fnotes"
	for name, c := range map[string]struct {
		code     int
		body, to string
	}{
		"mail sent":        {200, `{"status":"OK"}`, verify},
		"too many mails":   {429, ``, verify},
		"no mail now":      {503, ``, verify},
		"already verified": {200, `{"status":"EMAIL_ALREADY_VERIFIED_ERROR"}`, "/notes"},
		"no such API":      {404, ``, "/notes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := &fdi{say: func(w http.ResponseWriter, r *http.Request, _ map[string]any) {
				if r.URL.Path == "/auth/signup" {
					http.SetCookie(w, &http.Cookie{Name: "sAccessToken", Value: "new", Path: "/"})
					http.SetCookie(w, &http.Cookie{Name: "sRefreshToken", Value: "r", Path: "/auth/session/refresh"})
					http.SetCookie(w, &http.Cookie{Name: "gone", MaxAge: -1, Path: "/"})
					fmt.Fprint(w, `{"status":"OK"}`)
					return
				}
				w.WriteHeader(c.code)
				fmt.Fprint(w, c.body)
			}}
			w := post(newUI(t, api, requireVerified), "/auth?show=signup&redirectToPath=/notes", credentials(), "Cookie", "keep=1; gone=1; sAccessToken=old")
			expectRedirect(t, w, c.to)
			if got := api.paths(); len(got) != 2 || got[1] != "POST /auth/user/email/verify/token" {
				t.Fatalf("called %v", got)
			}
			if got := api.calls[1].request.Header.Get("Cookie"); got != "keep=1; sAccessToken=new" {
				t.Errorf("the second call has the cookies %q", got)
			}
		})
	}
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		api    *fdi
		notice string
	}{
		"signed out":     {says(200, `{"status":"OK"}`), "You are signed out."},
		"had ended":      {says(401, `{"message":"unauthorised"}`, "Set-Cookie", "sAccessToken=; Path=/"), "You are signed out."},
		"can be renewed": {says(401, `{"message":"try refresh token"}`), "Your session has ended."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pages := newUI(t, c.api)
			w := post(pages, "/auth", url.Values{"action": {"signout"}})
			expectRedirect(t, w, "/auth")
			checkCall(t, c.api.calls[0], "/auth/signout", "session", map[string]any{})
			expect(t, get(pages, "/auth", "Cookie", notice(t, w)), 200, c.notice, `role="status"`)
		})
	}
}

// notice is the cookie that carries a sentence to the next page.
func notice(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	for _, c := range w.Result().Cookies() {
		if c.Name == "postern-notice" {
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/auth" {
				t.Errorf("the notice cookie is %v", c)
			}
			return c.Name + "=" + c.Value
		}
	}
	t.Error("there is no notice")
	return ""
}

func TestNoticeIsSeenOnce(t *testing.T) {
	t.Parallel()
	pages := newUI(t, new(fdi))
	cookie := pages.NoticeCookie("signed-out", "")
	head := send(pages, httptest.NewRequest(http.MethodHead, "/auth", nil), []string{"Cookie", cookie})
	if head.Header().Get("Set-Cookie") != "" {
		t.Error("HEAD takes the notice away")
	}
	if w := get(pages, "/auth", "Cookie", cookie); !strings.Contains(w.Header().Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("the notice stays: %v", w.Header())
	}
	for _, junk := range []string{"postern-notice=", "postern-notice=signed-out.", "postern-notice=%%", pages.NoticeCookie("unknown", ""), newUI(t, new(fdi), ofAnotherSite).NoticeCookie("signed-out", "")} {
		if w := get(pages, "/auth", "Cookie", junk); strings.Contains(w.Body.String(), `role="status"`) {
			t.Errorf("%s shows a notice", junk)
		}
	}
	expect(t, get(pages, "/auth/reset-password", "Cookie", cookie), 200, "Send the link")
}

func TestForgotPassword(t *testing.T) {
	t.Parallel()
	api := new(fdi)
	pages := newUI(t, api)
	w := post(pages, "/auth/reset-password?tenantId=acme", url.Values{"email": {"ada@example.com"}})
	expectRedirect(t, w, "/auth/reset-password?tenantId=acme")
	checkCall(t, api.calls[0], "/auth/acme/user/password/reset/token", "emailpassword", map[string]any{
		"formFields": []any{map[string]any{"id": "email", "value": "ada@example.com"}},
	})
	expect(t, get(pages, "/auth/reset-password", "Cookie", notice(t, w)), 200, "Check your mail", "If there is an account for ada@example.com", `name="email" value="ada@example.com"`)
}

func TestResetPassword(t *testing.T) {
	t.Parallel()
	api := new(fdi)
	pages := newUI(t, api)
	w := post(pages, "/auth/reset-password", url.Values{"token": {"a-b_c"}, "tenantId": {"acme"}, "password": {"new secret 1"}})
	expectRedirect(t, w, "/auth?tenantId=acme")
	checkCall(t, api.calls[0], "/auth/acme/user/password/reset", "emailpassword", map[string]any{
		"method": "token", "token": "a-b_c",
		"formFields": []any{map[string]any{"id": "password", "value": "new secret 1"}},
	})
	expect(t, get(pages, "/auth", "Cookie", notice(t, w)), 200, "Your password is changed.")
}

func TestVerifyByToken(t *testing.T) {
	t.Parallel()
	api := new(fdi)
	pages := newUI(t, api)
	w := post(pages, "/auth/verify-email", url.Values{"token": {"abc"}})
	expectRedirect(t, w, "/auth/verify-email")
	checkCall(t, api.calls[0], "/auth/user/email/verify", "emailverification", map[string]any{"method": "token", "token": "abc"})
	expect(t, get(pages, "/auth/verify-email", "Cookie", notice(t, w)), 200, "Email address confirmed", `href="/auth"`)
	expect(t, get(newUI(t, api, signedIn(true)), "/auth/verify-email"), 200, "Email address confirmed", `href="/app"`)
}

func TestVerifyByCode(t *testing.T) {
	t.Parallel()
	api := new(fdi)
	pages := newUI(t, api, signedIn(false))
	expectRedirect(t, post(pages, "/auth/verify-email", url.Values{"code": {" 1234-5678\u00a0"}}), "/auth/verify-email")
	checkCall(t, api.calls[0], "/auth/user/email/verify", "emailverification", map[string]any{"method": "code", "code": "12345678"})

	w := post(pages, "/auth/verify-email", url.Values{"action": {"send"}})
	expectRedirect(t, w, "/auth/verify-email")
	checkCall(t, api.calls[1], "/auth/user/email/verify/token", "emailverification", map[string]any{})
	expect(t, get(pages, "/auth/verify-email", "Cookie", notice(t, w)), 200, "A mail is on its way", "ada@example.com")

	already := newUI(t, says(200, `{"status":"EMAIL_ALREADY_VERIFIED_ERROR"}`), signedIn(false))
	w = post(already, "/auth/verify-email", url.Values{"action": {"send"}})
	expect(t, get(already, "/auth/verify-email", "Cookie", notice(t, w)), 200, "Email address confirmed")
}

// TestVerifyNeedsSession sends people to sign in, and back here afterwards.
func TestVerifyNeedsSession(t *testing.T) {
	t.Parallel()
	const signIn = "/auth?redirectToPath=%2Fauth%2Fverify-email%3FredirectToPath%3D%252Fnotes"
	api := new(fdi)
	expectRedirect(t, get(newUI(t, api), "/auth/verify-email?redirectToPath=/notes"), signIn)
	w := post(newUI(t, api), "/auth/verify-email?redirectToPath=/notes", url.Values{"code": {"12345678"}})
	expectRedirect(t, w, signIn)
	if len(api.calls) != 0 {
		t.Errorf("called %v", api.paths())
	}
	ended := newUI(t, says(401, `{"message":"try refresh token"}`), signedIn(false))
	for _, form := range []url.Values{{"code": {"12345678"}}, {"action": {"send"}}} {
		w := post(ended, "/auth/verify-email?redirectToPath=/notes", form)
		expectRedirect(t, w, signIn)
		expect(t, get(newUI(t, api), "/auth", "Cookie", notice(t, w)), 200, "Your session has ended.")
	}
	expectRedirect(t, post(newUI(t, new(fdi)), signIn, credentials()), "/auth/verify-email?redirectToPath=%2Fnotes")
}

// TestKeepAlive checks what the script is told about the session.
func TestKeepAlive(t *testing.T) {
	t.Parallel()
	noon := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	pages := newUI(t, new(fdi), func(c *ui.Config) {
		c.Now = func() time.Time { return noon }
		c.SignedIn = func(r *http.Request) (ui.Account, bool) {
			return ui.Account{UserID: "u1", Expires: noon.Add(90 * time.Second)}, r.Header.Get("X-User") != ""
		}
	})
	expect(t, get(pages, "/auth", "X-User", "u1", "Cookie", "sAccessToken=x"), 200, `data-expires-in="90000"`, `data-refresh="/auth/session/refresh"`, "u1")
	expect(t, get(pages, "/auth?redirectToPath=/notes", "Cookie", "sAccessToken=x"), 200, `data-stale="/notes"`, "Sign in")
	expect(t, get(pages, "/auth", "Cookie", "__Host-sAccessToken=x"), 200, `data-stale="/auth"`)
	for _, cookie := range []string{"", "sAccessToken=", "other=1"} {
		if w := get(pages, "/auth", "Cookie", cookie); strings.Contains(w.Body.String(), "data-stale") {
			t.Errorf("%q counts as a session", cookie)
		}
	}
}

func TestAccount(t *testing.T) {
	t.Parallel()
	expect(t, get(newUI(t, new(fdi), signedIn(false)), "/auth?redirectToPath=/notes"), 200, "ada@example.com", "Not confirmed yet", `href="/notes"`, `href="/auth/verify-email?redirectToPath=%2Fnotes"`, `name="action" value="signout"`)
	w := get(newUI(t, new(fdi), signedIn(true), func(c *ui.Config) { c.DefaultRedirect = "/auth" }), "/auth")
	if strings.Contains(w.Body.String(), ">Continue<") {
		t.Error("there is a button that leads to where we are")
	}
}

func TestOneFieldTwice(t *testing.T) {
	t.Parallel()
	api := new(fdi)
	form := credentials()
	form["token"] = []string{"a", "b"}
	post(newUI(t, api), "/auth/reset-password", form)
	if diff := cmp.Diff([]string{"POST /auth/user/password/reset/token"}, api.paths()); diff != "" {
		t.Errorf("two tokens were taken for one: %s", diff)
	}
}

// TestProveAgain: a change that wants a recent sign-in leads to one, although
// somebody is signed in, and back.
func TestProveAgain(t *testing.T) {
	t.Parallel()
	pages := newUI(t, says(403, `{"message":"invalid claim","claimValidationErrors":[{"id":"auth_time","reason":{"message":"The sign-in is not recent enough"}}]}`), signedIn(true))
	w := post(pages, "/auth/mfa/totp", url.Values{"action": {"begin"}})
	to := w.Header().Get("Location")
	expectRedirect(t, w, "/auth?redirectToPath=%2Fauth%2Fmfa%2Ftotp&show=again")
	var cookies []string
	for _, c := range w.Result().Cookies() {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	expect(t, get(pages, to, "Cookie", strings.Join(cookies, "; ")), 200, "Please sign in once more first.", `name="password"`, `value="/auth/mfa/totp"`)
}
