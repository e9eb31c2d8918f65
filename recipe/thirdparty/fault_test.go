package thirdparty_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/posternauth/postern/authtest/idp"
	"github.com/posternauth/postern/internal/outbound"
	"github.com/posternauth/postern/recipe/thirdparty"
)

// TestProviderFaults has providers be down, slow and talkative, at each step:
// the answer is a clear 503 within five seconds, and there is no user and no
// session.
func TestProviderFaults(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"down": idp.Down, "HTML": idp.HTML, "huge": idp.Huge, "slow": idp.Slow, "hangs up": idp.HangUp,
	} {
		for _, at := range []string{"/token", "/userinfo", "/emails", "/.well-known/openid-configuration", "/jwks"} {
			shape := idp.Google
			if at == "/emails" {
				shape = idp.GitHub
			}
			t.Run(name+" at "+at, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, nil, shape)
				b := asBrowser(w.Browser(), w.URL)
				in := w.begin(b, string(shape))
				query := w.consent(in, idp.Ada())
				w.Clock.Advance(time.Minute) // what was fetched is not asked for again within a cool-down
				w.idp.Break(shape, idp.Fault{Answer: idp.At(answer, at)})
				began := time.Now()
				a := w.finish(b, in, query)
				if took := time.Since(began); took > outbound.Timeout+2*time.Second {
					t.Errorf("it takes %v", took)
				}
				if at == "/.well-known/openid-configuration" {
					a.OK() // what was said a minute ago still serves
					return
				}
				a.Want(http.StatusServiceUnavailable).Has("does not answer as it should")
				if a.Header.Get("Retry-After") == "" || a.Header.Get("Set-Cookie") != "" || b.SignedIn() || w.users() != 0 {
					t.Errorf("%v, signed in: %v, %d users", a.Header, b.SignedIn(), w.users())
				}
			})
		}
	}
}

// TestDiscoveryFaults is the same before anything was ever fetched.
func TestDiscoveryFaults(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"down": idp.Down, "HTML": idp.HTML, "huge": idp.Huge, "slow": idp.Slow, "hangs up": idp.HangUp,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil, idp.Google)
			w.idp.Break(idp.Google, idp.Fault{Answer: answer})
			ask := func() int {
				return w.Browser().Get("/auth/authorisationurl?" + url.Values{"thirdPartyId": {"google"}, "redirectURIOnProviderDashboard": {w.callback("google")}}.Encode()).StatusCode
			}
			if code := ask(); code != http.StatusServiceUnavailable {
				t.Errorf("it answers %d", code)
			}
			w.idp.Break(idp.Google, idp.Fault{})
			w.Clock.Advance(time.Minute)
			if code := ask(); code != http.StatusOK {
				t.Errorf("when the provider is back it answers %d", code)
			}
		})
	}
}

// TestCancel comes back from a provider without a code.
func TestCancel(t *testing.T) {
	t.Parallel()
	for _, shape := range []idp.Shape{idp.Google, idp.Apple, idp.LinkedIn} {
		w := newWorld(t, nil, shape)
		b := asBrowser(w.Browser(), w.URL)
		in := w.begin(b, string(shape))
		query, err := w.idp.Consent(in.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		w.finish(b, in, query).Status("GENERAL_ERROR").Has("was cancelled")
		in = w.begin(b, string(shape))
		w.finish(b, in, url.Values{"error": {"server_error"}}).Status("GENERAL_ERROR").Has("did not work")
		in = w.begin(b, string(shape))
		w.finish(b, in, url.Values{}).Want(400).Has("has no code")
		in = w.begin(b, string(shape))
		w.finish(b, in, url.Values{"code": {"none of ours"}}).Status("GENERAL_ERROR").Has("was not accepted")
	}
}

// TestNoEmail signs in people whose address the provider does not tell.
func TestNoEmail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, idp.GitHub)
	account := idp.Ada()
	account.Email = ""
	b := w.Browser()
	w.signIn(b, "github", account).Status("NO_EMAIL_GIVEN_BY_PROVIDER")
	if b.SignedIn() || w.users() != 0 {
		t.Errorf("signed in: %v, %d users", b.SignedIn(), w.users())
	}
	w = newWorld(t, func(c *thirdparty.Config, _ *idp.Server) { c.Providers[0].EmailOptional = true }, idp.GitHub)
	if m := w.decode(w.signIn(w.Browser(), "github", account)).User.LoginMethods[0]; m.Email != "1001.github@stfakeemail.supertokens.com" {
		t.Errorf("the login method is %+v", m)
	}
}

// TestEmailChangesAtTheProvider follows the provider's address.
func TestEmailChangesAtTheProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, idp.Google)
	account := idp.Ada()
	first := w.decode(w.signIn(w.Browser(), "google", account))
	account.Email = "lovelace@example.com"
	second := w.decode(w.signIn(w.Browser(), "google", account))
	if second.CreatedNewRecipeUser || second.User.ID != first.User.ID || second.User.Emails[0] != account.Email {
		t.Errorf("the user is %+v", second.User)
	}
}
