package postern_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/authtest/idp"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/emailpassword"
	"github.com/posternauth/postern/recipe/emailverification"
	"github.com/posternauth/postern/recipe/jwt"
	"github.com/posternauth/postern/recipe/mfa"
	"github.com/posternauth/postern/recipe/multitenancy"
	"github.com/posternauth/postern/recipe/openid"
	"github.com/posternauth/postern/recipe/passwordless"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/recipe/thirdparty"
	"github.com/posternauth/postern/recipe/totp"
)

// routes are all routes of all recipes.
func routes() (all []op.Route) {
	for _, set := range []any{
		new(emailpassword.APIs), new(emailverification.APIs), new(session.APIs),
		new(multitenancy.APIs), new(openid.APIs), new(jwt.APIs),
		new(thirdparty.APIs), new(passwordless.APIs), new(mfa.APIs), new(totp.APIs),
	} {
		for _, f := range op.Fields(set, "fdi") {
			all = append(all, f.Routes()...)
		}
	}
	return all
}

// TestLargeBodies: no route reads more than a megabyte.
func TestLargeBodies(t *testing.T) {
	t.Parallel()
	a := everyRecipe(t)
	large := strings.Repeat(" ", fdi.MaxBody) + "{}"
	asked := 0
	for _, route := range routes() {
		if route.Method == http.MethodGet {
			continue
		}
		asked++
		refused := false
		for _, kind := range []string{"application/json", "application/x-www-form-urlencoded"} {
			req, err := http.NewRequestWithContext(t.Context(), route.Method, a.URL+"/auth"+route.Path, strings.NewReader(large))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", kind)
			req.Header.Set("Origin", a.URL)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				refused = true // the connection was closed on us, which is as well
				continue
			}
			resp.Body.Close()
			refused = refused || resp.StatusCode == http.StatusRequestEntityTooLarge
			if resp.StatusCode < 400 {
				t.Errorf("%s %s as %s answers %d to %d bytes", route.Method, route.Path, kind, resp.StatusCode, len(large))
			}
		}
		if !refused { // by the kind that it reads
			t.Errorf("%s %s reads bodies of any length", route.Method, route.Path)
		}
	}
	if asked < 20 {
		t.Errorf("only %d routes have a body", asked)
	}
}

// everyRecipe starts an app that serves all of them.
func everyRecipe(t *testing.T) *authtest.App {
	t.Helper()
	provider := idp.New()
	server := httptest.NewServer(provider)
	t.Cleanup(server.Close)
	provider.URL = server.URL
	unlimited := func(c *postern.Config) { c.RateLimits.Disabled = true }
	return authtest.New(t, authtest.Config{App: unlimited, Recipes: func(a *authtest.App) []postern.Recipe {
		return []postern.Recipe{
			thirdparty.New(thirdparty.Config{
				Providers:       []thirdparty.Provider{provider.Config(idp.Google), provider.Config(idp.GitHub), provider.Config(idp.Apple)},
				PrivateNetworks: []string{"127.0.0.0/8"},
			}),
			passwordless.New(passwordless.Config{
				ContactMethod: passwordless.EmailOrPhone, FlowType: passwordless.CodeAndLink, Email: a.Mail, SMS: a.Mail,
			}),
			mfa.New(mfa.Config{}),
			totp.New(totp.Config{}),
		}
	}})
}

// hostileBodies are what no client sends in good faith.
func hostileBodies() map[string]string {
	form := func(value string) string {
		return `{"formFields":[{"id":"email","value":` + value + `},{"id":"password","value":` + value + `}],"token":` + value + `,"method":"token"}`
	}
	return map[string]string{
		"missing":        ``,
		"empty object":   `{}`,
		"null":           `null`,
		"number":         `1`,
		"array":          `[]`,
		"null values":    form(`null`),
		"number values":  form(`1`),
		"array values":   form(`[]`),
		"object values":  form(`{}`),
		"true values":    form(`true`),
		"empty values":   form(`""`),
		"NUL":            form(`"a\u0000b"`),
		"raw NUL":        form("\"a\x00b\""),
		"lone surrogate": form(`"\ud800"`),
		"bad UTF-8":      form("\"\xff\xfe\""),
		"deep":           strings.Repeat(`[`, 200_000),
		"deep object":    strings.Repeat(`{"formFields":`, 5_000) + `1` + strings.Repeat(`}`, 5_000),
		"many keys":      `{"a":1` + strings.Repeat(`,"a":1`, 100_000) + `}`,
		"10 MB":          form(`"` + strings.Repeat("x", 10<<20) + `"`),
		"not JSON":       `formFields=x`,
		"cut short":      `{"formFields":[{"id":"em`,
		"method number":  `{"method":1,"code":1}`,
		"a wrong type":   `{"shouldTryLinkingWithSessionUser":"yes","formFields":[]}`,
		"null everywhere": `{"thirdPartyId":null,"redirectURIInfo":null,"oAuthTokens":null,"email":null,"phoneNumber":null,"deviceId":null,` +
			`"preAuthSessionId":null,"userInputCode":null,"linkCode":null,"deviceName":null,"totp":null,"code":null}`,
		"provider junk":  `{"thirdPartyId":"google","redirectURIInfo":{"redirectURIOnProviderDashboard":"javascript:x","redirectURIQueryParams":{"code":"a","state":"\u0000"},"pkceCodeVerifier":"a.b.c"}}`,
		"provider types": `{"thirdPartyId":"google","redirectURIInfo":{"redirectURIOnProviderDashboard":1,"redirectURIQueryParams":[],"pkceCodeVerifier":{}}}`,
		"token junk":     `{"thirdPartyId":"google","oAuthTokens":{"id_token":"a.b.c","access_token":1}}`,
		"code junk":      `{"preAuthSessionId":"x","deviceId":"` + strings.Repeat("A", 44) + `","userInputCode":"\u0661\u0662\u0663\u0664\u0665\u0666"}`,
		"contact junk":   `{"email":"a@b@c","phoneNumber":"+1\u202e"}`,
		"device junk":    `{"deviceName":"` + strings.Repeat("x", 10_000) + `","totp":"\ud800","code":"` + strings.Repeat("-", 10_000) + `"}`,
	}
}

// TestHostileBodies sends every bad body to every route: the answer is 200
// with an outcome or a 4xx, never a 5xx, and no panic.
func TestHostileBodies(t *testing.T) {
	t.Parallel()
	a := everyRecipe(t)
	h := a.Middleware(a.Demo())
	b := a.Browser()
	b.Mode = "header"
	b.SignUp("ada@example.com", "correct horse 1")
	for _, route := range routes() {
		for name, body := range hostileBodies() {
			for _, contentType := range []string{"application/json", "", "text/plain", "application/x-www-form-urlencoded"} {
				req := httptest.NewRequest(route.Method, "/auth"+route.Path, strings.NewReader(body))
				req.Header.Set("rid", "x")
				req.Header.Set("Content-Type", contentType)
				if name != "missing" && route.Path != "/signout" && route.Path != "/session/refresh" {
					req.Header.Set("Authorization", "Bearer "+b.Access)
				}
				rec := httptest.NewRecorder()
				h.ServeHTTP(rec, req)
				if rec.Code >= 500 || rec.Code >= 300 && rec.Code < 400 {
					t.Errorf("%s %s with %s as %q answers %d %s", route.Method, route.Path, name, contentType, rec.Code, rec.Body)
				}
				if !strings.HasPrefix(rec.Header().Get("Content-Type"), "application/json") {
					t.Errorf("%s %s with %s answers %q", route.Method, route.Path, name, rec.Header().Get("Content-Type"))
				}
			}
		}
	}
}

// TestHostileRequests sends odd paths, queries and headers to every route.
func TestHostileRequests(t *testing.T) {
	t.Parallel()
	a := everyRecipe(t)
	h := a.Middleware(a.Demo())
	long := strings.Repeat("x", 10_000)
	for _, route := range routes() {
		for _, path := range []string{
			"/auth/" + long + route.Path, "/auth/unknown-tenant" + route.Path, "/auth//" + route.Path, "/auth/%00" + route.Path,
			"/auth/T1" + route.Path, "/auth" + route.Path + "/", "/authx" + route.Path, "/auth" + route.Path + "?email=%00%ff&email=x&token=" + long,
			"/auth/../auth" + route.Path, "/auth/appid-x" + route.Path,
		} {
			for name, header := range map[string]http.Header{
				"none":          {},
				"junk cookies":  {"Cookie": {`sAccessToken="; sRefreshToken=%zz; sIdRefreshToken`, strings.Repeat("sAccessToken=a.b.c; ", 500)}},
				"junk bearer":   {"Authorization": {"Bearer \x01\x02.." + long}},
				"junk versions": {"Fdi-Version": {"9999999999999999999.1,,-1.2, 3.1"}, "Rid": {long}, "St-Auth-Mode": {"\xff"}},
				"forwarded":     {"X-Forwarded-For": {"::1, " + long}, "X-Forwarded-Host": {"evil.example"}},
			} {
				req := httptest.NewRequest(route.Method, "http://127.0.0.1"+strings.ReplaceAll(path, "\x00", ""), strings.NewReader(`{}`))
				req.Header = header.Clone()
				req.Header.Set("Content-Type", "application/json")
				rec := httptest.NewRecorder()
				h.ServeHTTP(rec, req)
				if rec.Code >= 500 {
					t.Errorf("%s %.80s with %s answers %d %s", route.Method, path, name, rec.Code, rec.Body)
				}
			}
		}
	}
}

// TestUnknownTenant holds that a tenant that does not exist lets nobody in,
// on any route that knows tenants.
func TestUnknownTenant(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{})
	b := a.Browser()
	for _, path := range []string{"/signup", "/signin", "/user/password/reset/token", "/user/password/reset", "/user/email/verify"} {
		form := authtest.Fields("email", "ada@example.com", "password", "correct horse 1")
		switch path {
		case "/user/password/reset/token":
			form = authtest.Fields("email", "ada@example.com")
		case "/user/password/reset":
			form = authtest.Fields("password", "correct horse 1")
		}
		form["token"] = "x"
		b.Post("/auth/nowhere"+path, form).Want(http.StatusBadRequest).Has("Tenant not found")
	}
	b.Get("/auth/nowhere/loginmethods").Want(http.StatusBadRequest).Has("Tenant not found")
	b.Get("/auth/nowhere/signup/email/exists?email=ada%40example.com").Want(http.StatusBadRequest)
}
