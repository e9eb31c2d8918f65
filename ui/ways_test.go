package ui_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/posternauth/postern/ui"
)

const (
	allWays  = `{"status":"OK","emailPassword":{"enabled":true},"thirdParty":{"providers":[{"id":"google","name":"Google"},{"id":"corp-1","name":"Corp <1>"}]},"firstFactors":["emailpassword","thirdparty","otp-email","link-phone"]}`
	noWay    = `{"status":"OK","emailPassword":{"enabled":false},"thirdParty":{"providers":[]},"firstFactors":[]}`
	authURL  = `{"status":"OK","urlWithQueryParams":"https://provider.test/auth?client_id=1","pkceCodeVerifier":"started"}`
	codeSent = `{"status":"OK","deviceId":"d","preAuthSessionId":"p","flowType":"USER_INPUT_CODE_AND_MAGIC_LINK"}`
)

func withWays(facts map[string]string) *fdi {
	all := map[string]string{"/loginmethods": allWays, "/authorisationurl": authURL}
	for end, fact := range facts {
		all[end] = fact
	}
	return &fdi{facts: all}
}

// TestWays shows the ways in that the tenant has, and no other.
func TestWays(t *testing.T) {
	t.Parallel()
	w := get(newUI(t, withWays(nil)), "/auth?tenantId=acme&redirectToPath=/notes")
	expect(t, w, 200, "Continue with Google", "Continue with Corp &lt;1&gt;", `href="/auth/provider/corp-1?redirectToPath=%2Fnotes&amp;tenantId=acme"`, "Sign in with a code instead", `name="password"`)
	checkStrict(t, w)
	w = get(newUI(t, withWays(map[string]string{"/loginmethods": noWay})), "/auth")
	expect(t, w, 200, "<h1>Sign in</h1>")
	for _, part := range []string{"<input", "Continue with", "code instead"} {
		if strings.Contains(w.Body.String(), part) {
			t.Errorf("a tenant without ways in shows %q", part)
		}
	}
	only := strings.NewReplacer(`"enabled":true`, `"enabled":false`, `"emailpassword",`, ``).Replace(allWays)
	expect(t, get(newUI(t, withWays(map[string]string{"/loginmethods": only})), "/auth?show=signup"), 200, `name="contact"`, "Continue with Google")
}

// begun goes off to a provider, and returns the state and the cookie.
func begun(t *testing.T, pages http.Handler, query string) (state, cookie string) {
	t.Helper()
	w := get(pages, "/auth/provider/google"+query)
	to, err := url.Parse(w.Header().Get("Location"))
	if w.Code != http.StatusSeeOther || err != nil || to.Host != "provider.test" || to.Query().Get("client_id") != "1" {
		t.Fatalf("status %d, Location %s", w.Code, to)
	}
	for _, c := range w.Result().Cookies() {
		if strings.HasPrefix(c.Name, "postern-provider-") {
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/auth" || c.MaxAge != 600 {
				t.Errorf("the cookie is %v", c)
			}
			return to.Query().Get("state"), c.Name + "=" + c.Value
		}
	}
	t.Fatal("there is no cookie")
	return "", ""
}

// TestCallback comes back from a provider. Looking at the page calls nothing;
// the form that it holds does.
func TestCallback(t *testing.T) {
	t.Parallel()
	api := withWays(nil)
	pages := newUI(t, api)
	state, cookie := begun(t, pages, "?tenantId=acme&redirectToPath=/notes")
	w := get(pages, "/auth/callback/google?code=c1&state="+state, "Cookie", cookie)
	expect(t, w, 200, `name="q.code" value="c1"`, `name="q.state" value="`+state+`"`, `name="provider" value="google"`)
	checkStrict(t, w)
	if len(api.calls) != 0 {
		t.Fatalf("looking at the page calls %v", api.paths())
	}
	form := url.Values{"provider": {"google"}, "q.code": {"c1"}, "q.state": {state}}
	w = post(pages, "/auth/callback", form, "Cookie", cookie)
	expectRedirect(t, w, "/notes")
	checkCall(t, api.calls[0], "/auth/acme/signinup", "thirdparty", map[string]any{
		"thirdPartyId": "google", "shouldTryLinkingWithSessionUser": false,
		"redirectURIInfo": map[string]any{
			"redirectURIOnProviderDashboard": "http://example.com/auth/callback/google",
			"redirectURIQueryParams":         map[string]any{"code": "c1", "state": state},
			"pkceCodeVerifier":               "started",
		},
	})
	if forgets := w.Header().Values("Set-Cookie"); !strings.Contains(fmt.Sprint(forgets), "postern-provider-"+state+"=; Path=/auth; Max-Age=0") {
		t.Errorf("the sign-in can be finished twice: %v", forgets)
	}
}

// TestCallbackOfAnother refuses what this browser has not begun.
func TestCallbackOfAnother(t *testing.T) {
	t.Parallel()
	api := withWays(nil)
	pages := newUI(t, api)
	state, cookie := begun(t, pages, "")
	other, _ := begun(t, pages, "")
	for name, c := range map[string]struct{ provider, state, cookie string }{
		"no cookie":               {"google", state, ""},
		"the state of another":    {"google", other, cookie},
		"no state":                {"google", "", cookie},
		"another provider":        {"corp-1", state, cookie},
		"a cookie of another one": {"google", other, strings.Replace(cookie, state, other, 1)},
		"junk in the cookie":      {"google", state, "postern-provider-" + state + "=%%%"},
	} {
		form := url.Values{"provider": {c.provider}, "q.code": {"c1"}, "q.state": {c.state}}
		expect(t, post(pages, "/auth/callback", form, "Cookie", c.cookie), http.StatusUnprocessableEntity, "cannot be finished")
		if len(api.calls) != 0 {
			t.Fatalf("%s: called %v", name, api.paths())
		}
	}
	form := url.Values{"provider": {"google"}, "q.code": {"c1"}, "q.state": {state}}
	expect(t, post(pages, "/auth/callback", form, "Cookie", cookie, "Sec-Fetch-Site", "cross-site"), http.StatusForbidden)
}

// TestAddLogin holds that a login is added only by who chose to on the page:
// whoever is led to the provider from elsewhere may be somebody else there.
func TestAddLogin(t *testing.T) {
	t.Parallel()
	api := withWays(nil)
	pages := newUI(t, api, signedIn(true), func(c *ui.Config) { c.MayLink = true })
	w := get(pages, "/auth/logins")
	cookie := named(t, w, "postern-link")
	href := regexp.MustCompile(`href="(/auth/provider/google\?link=\w+)"`).FindStringSubmatch(w.Body.String())
	if href == nil {
		t.Fatalf("nothing can be added:\n%s", w.Body)
	}
	for name, headers := range map[string][]string{
		"without the page's cookie": {},
		"from another site":         {"Cookie", cookie, "Sec-Fetch-Site", "cross-site"},
		"from a sibling":            {"Cookie", cookie, "Sec-Fetch-Site", "same-site"},
		"with another's cookie":     {"Cookie", named(t, get(pages, "/auth/logins"), "postern-link")},
	} {
		if w := get(pages, href[1], headers...); w.Header().Get("Location") != "/auth/logins" {
			t.Errorf("%s it leads to %s", name, w.Header().Get("Location"))
		}
	}
	w = get(pages, href[1], "Cookie", cookie, "Sec-Fetch-Site", "same-origin")
	to, err := url.Parse(w.Header().Get("Location"))
	if err != nil || to.Host != "provider.test" {
		t.Fatalf("Location %s, %v", to, err)
	}
	state := to.Query().Get("state")
	form := url.Values{"provider": {"google"}, "q.code": {"c1"}, "q.state": {state}}
	expectRedirect(t, post(pages, "/auth/callback", form, "Cookie", named(t, w, "postern-provider-"+state)), "/auth/logins")
	if api.calls[0].body["shouldTryLinkingWithSessionUser"] != true {
		t.Errorf("called %v", api.calls[0].body)
	}
}

// TestProviderFails shows what a provider or the API has against it.
func TestProviderFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		code       int
		body, want string
	}{
		"cancelled": {200, `{"status":"GENERAL_ERROR","message":"You cancelled."}`, "You cancelled."},
		"refused":   {200, `{"status":"SIGN_IN_UP_NOT_ALLOWED","reason":"Not for you."}`, "Not for you."},
		"no email":  {200, `{"status":"NO_EMAIL_GIVEN_BY_PROVIDER"}`, "did not tell your email address"},
		"away":      {503, `{}`, "Please try again in a moment"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := says(c.code, c.body)
			api.facts = map[string]string{"/loginmethods": allWays, "/authorisationurl": authURL}
			pages := newUI(t, api, func(c *ui.Config) { c.MayLink = true })
			state, cookie := begun(t, pages, "")
			w := post(pages, "/auth/callback", url.Values{"provider": {"google"}, "q.state": {state}}, "Cookie", cookie)
			expect(t, w, max(c.code, 422), c.want, `role="alert"`, "Continue with Google")
			if later := strings.Contains(w.Body.String(), "add this login afterwards"); later != (name == "refused") {
				t.Errorf("offers to add it later: %v", later)
			}
		})
	}
}

// TestCodeStaysHere keeps what belongs to a code in the browser that asked.
func TestCodeStaysHere(t *testing.T) {
	t.Parallel()
	api := withWays(nil)
	api.say = func(w http.ResponseWriter, r *http.Request, _ map[string]any) {
		if strings.HasSuffix(r.URL.Path, "/consume") {
			fmt.Fprint(w, `{"status":"INCORRECT_USER_INPUT_CODE_ERROR"}`)
			return
		}
		fmt.Fprint(w, codeSent)
	}
	pages := newUI(t, api)
	w := post(pages, "/auth?show=code&redirectToPath=/notes&tenantId=acme", url.Values{"contact": {" +1 (202) 555-0143 "}})
	expectRedirect(t, w, "/auth/code?redirectToPath=%2Fnotes&tenantId=acme")
	checkCall(t, api.calls[0], "/auth/acme/signinup/code", "passwordless", map[string]any{"phoneNumber": "+12025550143", "shouldTryLinkingWithSessionUser": false})
	cookie := named(t, w, "postern-code")
	expect(t, get(pages, "/auth/code", "Cookie", cookie), 200, "&#43;12025550143", `data-length="6"`)
	expect(t, post(pages, "/auth/code", url.Values{"code": {"123 456"}}, "Cookie", cookie), 422, "This code is not right", `href="#code"`)
	checkCall(t, api.calls[1], "/auth/acme/signinup/code/consume", "passwordless", map[string]any{
		"deviceId": "d", "preAuthSessionId": "p", "userInputCode": "123456", "shouldTryLinkingWithSessionUser": false,
	})
	expectRedirect(t, get(pages, "/auth/code"), "/auth?show=code")
	expectRedirect(t, post(pages, "/auth/code", url.Values{"code": {"123456"}}), "/auth?show=code")
	if len(api.calls) != 2 {
		t.Errorf("a browser without the code called %v", api.paths()[2:])
	}
}

// TestSessionEnded leads back to the page on which the session was found to
// have ended.
func TestSessionEnded(t *testing.T) {
	t.Parallel()
	api := withWays(nil)
	api.say = func(w http.ResponseWriter, _ *http.Request, _ map[string]any) {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"message":"unauthorised"}`)
	}
	pages := newUI(t, api)
	expectRedirect(t, post(pages, "/auth/logins", url.Values{"password": {"correct horse 1"}}), "/auth?redirectToPath=%2Fauth%2Flogins")
	expectRedirect(t, post(pages, "/auth/mfa/totp", url.Values{"totp": {"123456"}}), "/auth?redirectToPath=%2Fauth%2Fmfa%2Ftotp")
	expectRedirect(t, get(pages, "/auth/logins"), "/auth?redirectToPath=%2Fauth%2Flogins")
}

func named(t *testing.T, w *httptest.ResponseRecorder, name string) string {
	t.Helper()
	for _, c := range w.Result().Cookies() {
		if c.Name == name {
			return c.Name + "=" + c.Value
		}
	}
	t.Fatalf("there is no cookie %s", name)
	return ""
}

// TestFactors leads to the factor that comes next, and nowhere else.
func TestFactors(t *testing.T) {
	t.Parallel()
	info := func(next, have, may []string) map[string]string {
		b, err := json.Marshal(map[string]any{"status": "OK", "factors": map[string]any{"next": next, "alreadySetup": have, "allowedToSetup": may}})
		if err != nil {
			t.Fatal(err)
		}
		return map[string]string{"/mfa/info": string(b)}
	}
	totp, none := []string{"totp"}, []string{}
	must := newUI(t, withWays(info(totp, totp, none)), signedIn(true))
	expectRedirect(t, post(must, "/auth?redirectToPath=/notes", credentials()), "/auth/mfa?redirectToPath=%2Fnotes")
	expectRedirect(t, get(must, "/auth"), "/auth/mfa")
	expectRedirect(t, get(must, "/auth/logins"), "/auth/mfa?redirectToPath=%2Fauth%2Flogins")
	expectRedirect(t, get(must, "/auth/mfa?redirectToPath=/notes"), "/auth/mfa/totp?redirectToPath=%2Fnotes")
	expect(t, get(must, "/auth/mfa/totp"), 200, "<h1>Enter the code</h1>", "I do not have my phone")

	choice := newUI(t, withWays(info([]string{"totp", "otp-email"}, []string{"totp", "otp-email"}, none)), signedIn(true))
	expect(t, get(choice, "/auth/mfa"), 200, "/auth/mfa/totp", "/auth/mfa/otp-email")
	expect(t, get(choice, "/auth/mfa/totp"), 200, "Another way")

	stuck := newUI(t, withWays(info([]string{"unheard-of"}, none, none)), signedIn(true))
	expect(t, get(stuck, "/auth/mfa"), 200, "contact support", "Sign out")

	done := newUI(t, withWays(info(none, totp, none)), signedIn(true))
	expectRedirect(t, get(done, "/auth/mfa?redirectToPath=/notes"), "/notes")
	expect(t, get(done, "/auth/logins"), 200, "Remove the authenticator app")

	for _, path := range []string{"/auth/mfa", "/auth/mfa/totp"} {
		expectRedirect(t, get(newUI(t, withWays(nil)), path), "/auth")
	}
}
