package lambda_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"regexp"
	"testing"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/authtest/idp"
	"github.com/posternauth/postern/recipe/mfa"
	"github.com/posternauth/postern/recipe/passwordless"
	"github.com/posternauth/postern/recipe/thirdparty"
	"github.com/posternauth/postern/recipe/totp"
)

// ways are the recipes by which people sign in without a password, or prove
// themselves once more. provider plays the providers.
func ways(provider *idp.Server) func(*authtest.App) []postern.Recipe {
	return func(a *authtest.App) []postern.Recipe {
		provider.Now = a.Clock.Now
		return []postern.Recipe{
			thirdparty.New(thirdparty.Config{
				Providers:       []thirdparty.Provider{provider.Config(idp.Google), provider.Config(idp.GitHub), provider.Config(idp.Apple)},
				PrivateNetworks: []string{"127.0.0.0/8"},
			}),
			passwordless.New(passwordless.Config{
				ContactMethod: passwordless.EmailOrPhone, FlowType: passwordless.CodeAndLink, Email: a.Mail, SMS: a.Mail,
			}),
			mfa.New(mfa.Config{}), totp.New(totp.Config{}),
		}
	}
}

func startProvider(t *testing.T) *idp.Server {
	t.Helper()
	s := idp.New()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// somebody has a name that does not survive being read in another encoding.
func somebody() *idp.Account {
	return &idp.Account{ID: "1003", Email: email, Verified: true, Name: "Zoë & 日 + 100 %"}
}

// leave goes off to a provider, agrees there as somebody, and returns what the
// provider sends back and what signs in by it.
func (k *talk) leave(shape idp.Shape, state string, who *idp.Account) (back url.Values, in map[string]any) {
	callback := k.app.URL + k.prefix + "/auth/callback/" + string(shape)
	var way struct{ URLWithQueryParams, PKCECodeVerifier string }
	k.get("/auth/authorisationurl?" + url.Values{"thirdPartyId": {string(shape)}, "redirectURIOnProviderDashboard": {callback}}.Encode()).OK().JSON(&way)
	back, err := k.provider.Consent(way.URLWithQueryParams+"&state="+url.QueryEscape(state), who)
	if err != nil {
		k.said = append(k.said, err.Error())
	}
	return back, map[string]any{"redirectURIOnProviderDashboard": callback, "pkceCodeVerifier": way.PKCECodeVerifier}
}

// arrive signs in by what the provider sent back.
func (k *talk) arrive(shape idp.Shape, back url.Values, in map[string]any) *authtest.Answer {
	query := map[string]string{}
	for name := range back {
		query[name] = back.Get(name)
	}
	in["redirectURIQueryParams"] = query
	return k.post("/auth/signinup", map[string]any{"thirdPartyId": string(shape), "redirectURIInfo": in})
}

// appleForm has the browser send the form that Apple makes, and returns what is
// in the address that it leads on to.
func (k *talk) appleForm(form url.Values) url.Values {
	origin := k.Headers.Get("Origin")
	k.Headers.Set("Origin", "https://appleid.apple.com")
	k.Headers.Set("Content-Type", "application/x-www-form-urlencoded")
	a := k.post("/auth/callback/apple", form.Encode()).Want(303)
	k.Headers.Set("Origin", origin)
	k.Headers.Del("Content-Type")
	to, err := a.Location()
	if err != nil {
		k.said = append(k.said, err.Error())
		return nil
	}
	return to.Query()
}

// appleState is the state that a website sends along to Apple.
func (k *talk) appleState() string {
	b, _ := json.Marshal(map[string]string{"state": "s", "frontendRedirectURI": k.app.URL + k.prefix + "/auth/callback/apple?from=here"})
	return base64.StdEncoding.EncodeToString(b)
}

// sentTo returns what a pattern finds in the newest mail or message to
// somebody.
func (k *talk) sentTo(contact, pattern string) string {
	mail, _ := k.app.Mail.Last(contact)
	if m := regexp.MustCompile(pattern).FindStringSubmatch(mail.Text); m != nil {
		return m[1]
	}
	k.said = append(k.said, "nothing to "+contact+" with "+pattern)
	return ""
}

// talksOfWays are conversations about the ways in.
func talksOfWays() map[string]func(*talk) {
	return map[string]func(*talk){
		"login methods": func(k *talk) {
			k.get("/auth/loginmethods").OK().Has("google", "github", "apple", "otp-phone")
			k.get("/auth/authorisationurl?thirdPartyId=google").Want(400)
			k.get("/auth/authorisationurl?thirdPartyId=nobody&redirectURIOnProviderDashboard=" + url.QueryEscape(k.app.URL)).Want(400)
			k.get("/auth/authorisationurl?thirdPartyId=google&redirectURIOnProviderDashboard=https%3A%2F%2Fevil.example").Want(400)
		},
		"Google and GitHub": func(k *talk) {
			for _, shape := range []idp.Shape{idp.Google, idp.GitHub, idp.Google} {
				back, in := k.leave(shape, "a+b c&d", somebody())
				k.arrive(shape, back, in).OK().Has(`"id":"`+string(shape)+`"`, email)
				k.get("/me").Want(200)
				k.post("/auth/signout", map[string]any{}).OK()
				k.arrive(shape, back, in).Want(400) // a code is good once
			}
			back, in := k.leave(idp.Google, "s", nil)
			k.arrive(idp.Google, back, in).Status("GENERAL_ERROR")
		},
		"Apple": func(k *talk) {
			form, in := k.leave(idp.Apple, k.appleState(), somebody())
			back := k.appleForm(form)
			if back.Get("from") != "here" || back.Get("user") != form.Get("user") || back.Get("code") != form.Get("code") {
				k.said = append(k.said, "the form became "+back.Encode())
			}
			k.arrive(idp.Apple, back, in).OK().Has(`"id":"apple"`, email)
			k.get("/me").Want(200)
			k.post("/auth/callback/apple", `{"state":"s"}`).Want(400)
		},
		"a code": func(k *talk) {
			for _, to := range []map[string]string{{"email": email}, {"phoneNumber": "+12025550143"}} {
				var sent map[string]string
				k.post("/auth/signinup/code", to).OK().JSON(&sent)
				k.post("/auth/signinup/code/resend", sent).OK()
				sent["userInputCode"] = "00000"
				k.post("/auth/signinup/code/consume", sent).Status("INCORRECT_USER_INPUT_CODE_ERROR")
				sent["userInputCode"] = k.sentTo(to["email"]+to["phoneNumber"], `\b(\d{6})\b`)
				k.post("/auth/signinup/code/consume", sent).OK()
				k.get("/me").Want(200)
				k.post("/auth/signout", map[string]any{}).OK()
				k.post("/auth/signinup/code/consume", sent).Status("RESTART_FLOW_ERROR")
			}
		},
		"a link": func(k *talk) {
			var sent map[string]string
			k.post("/auth/signinup/code", map[string]string{"email": email}).OK().JSON(&sent)
			link := map[string]string{"preAuthSessionId": sent["preAuthSessionId"], "linkCode": k.sentTo(email, `#(\S+)`)}
			k.post("/auth/signinup/code/consume", link).OK()
			k.get("/auth/passwordless/email/exists?email=ada%40example.com").OK()
		},
		"an authenticator app": func(k *talk) {
			k.post("/auth/signup", fields(email, password)).OK()
			k.do("PUT", "/auth/mfa/info", nil).OK()
			var device struct{ DeviceName, QRCodeString string }
			k.post("/auth/totp/device", map[string]string{"deviceName": "Zoë's phone"}).OK().JSON(&device)
			phone := k.app.Scan(device.QRCodeString)
			k.post("/auth/totp/device/verify", map[string]string{"deviceName": device.DeviceName, "totp": "000000"}).Status("INVALID_TOTP_ERROR")
			k.post("/auth/totp/device/verify", map[string]string{"deviceName": device.DeviceName, "totp": phone.Code(0)}).OK()
			k.get("/auth/totp/device/list").OK().Has("Zoë's phone")
			k.post("/auth/totp/verify", map[string]string{"totp": phone.Code(0)}).Status("INVALID_TOTP_ERROR") // it was used
			k.post("/auth/totp/verify", map[string]string{"totp": phone.Code(1)}).OK()
			k.get("/me").Want(200)
		},
	}
}
