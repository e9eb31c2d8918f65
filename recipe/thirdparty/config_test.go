package thirdparty_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest/idp"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/recipe/thirdparty"
)

// TestBadConfig refuses to start, and names every field that is wrong.
func TestBadConfig(t *testing.T) {
	t.Parallel()
	client := thirdparty.Client{ClientID: "id", ClientSecret: "secret"}
	one := func(p thirdparty.Provider) thirdparty.Config {
		return thirdparty.Config{Providers: []thirdparty.Provider{p}}
	}
	with := func(p thirdparty.Provider, c thirdparty.Client) thirdparty.Config {
		p.Clients = []thirdparty.Client{c}
		return one(p)
	}
	additional := func(pairs ...string) thirdparty.Client {
		c := client
		c.ClientSecret, c.AdditionalConfig = "", map[string]core.Secret{}
		for i := 0; i < len(pairs); i += 2 {
			c.AdditionalConfig[pairs[i]] = core.Secret(pairs[i+1])
		}
		return c
	}
	for name, row := range map[string]struct {
		cfg  thirdparty.Config
		says []string
	}{
		"no id":          {with(thirdparty.Provider{}, client), []string{"Providers[0].ThirdPartyID: is missing"}},
		"a long id":      {with(thirdparty.Provider{ThirdPartyID: "google" + strings.Repeat("x", 30)}, client), []string{"Providers[0].ThirdPartyID", "longer than 28"}},
		"no clients":     {one(thirdparty.Provider{ThirdPartyID: "google"}), []string{"Providers[0].Clients: is empty"}},
		"no client id":   {with(thirdparty.Provider{ThirdPartyID: "google"}, thirdparty.Client{ClientSecret: "s"}), []string{"Providers[0].Clients[0].ClientID: is missing"}},
		"twice":          {thirdparty.Config{Providers: []thirdparty.Provider{{ThirdPartyID: "google", Clients: []thirdparty.Client{client}}, {ThirdPartyID: "google", Clients: []thirdparty.Client{client}}}}, []string{`Providers[1].ThirdPartyID: there is a provider "google" already`}},
		"twice the type": {one(thirdparty.Provider{ThirdPartyID: "google", Clients: []thirdparty.Client{client, client}}), []string{"Providers[0].Clients[1].ClientType"}},
		"apple, nothing": {with(thirdparty.Provider{ThirdPartyID: "apple"}, additional()), []string{"Providers[0].Clients[0].AdditionalConfig: keyId, teamId, privateKey is missing"}},
		"apple, no key":  {with(thirdparty.Provider{ThirdPartyID: "apple"}, additional("keyId", "k", "teamId", "t", "privateKey", "MIIE")), []string{`Providers[0].Clients[0].AdditionalConfig["privateKey"]`, "PEM"}},
		"okta":           {with(thirdparty.Provider{ThirdPartyID: "okta"}, client), []string{`AdditionalConfig["oktaDomain"]`}},
		"a directory":    {with(thirdparty.Provider{ThirdPartyID: "active-directory"}, client), []string{`AdditionalConfig["directoryId"]`}},
		"boxy":           {with(thirdparty.Provider{ThirdPartyID: "boxy-saml"}, client), []string{`AdditionalConfig["boxyURL"]`}},
		"custom":         {with(thirdparty.Provider{ThirdPartyID: "acme"}, client), []string{"AuthorizationEndpoint: is missing", "TokenEndpoint: is missing", "UserInfoEndpoint: is missing"}},
		"http":           {with(thirdparty.Provider{ThirdPartyID: "acme", OIDCDiscoveryEndpoint: "http://acme.example/.well-known/openid-configuration"}, client), []string{"Providers[0].OIDCDiscoveryEndpoint", "https://"}},
		"no address":     {with(thirdparty.Provider{ThirdPartyID: "acme", OIDCDiscoveryEndpoint: "acme"}, client), []string{"Providers[0].OIDCDiscoveryEndpoint", "no address of a server"}},
		"no issuer":      {with(thirdparty.Provider{ThirdPartyID: "acme", OIDCDiscoveryEndpoint: "https://acme.example/discovery"}, client), []string{"Providers[0].OIDCDiscoveryEndpoint", "Issuer has to be given"}},
		"keys without":   {with(thirdparty.Provider{ThirdPartyID: "acme", AuthorizationEndpoint: "https://a.example/a", TokenEndpoint: "https://a.example/t", JWKSURI: "https://a.example/k"}, client), []string{"Providers[0].Issuer: is missing"}},
		"no network":     {thirdparty.Config{PrivateNetworks: []string{"localhost"}}, []string{"PrivateNetworks[0]", "10.0.0.0/8"}},
		"several":        {thirdparty.Config{PrivateNetworks: []string{"x"}, Providers: []thirdparty.Provider{{ThirdPartyID: "google"}, {ThirdPartyID: "okta", Clients: []thirdparty.Client{client}}}}, []string{"PrivateNetworks[0]", "Providers[0].Clients", "Providers[1].Clients[0]"}},
	} {
		_, err := postern.New(postern.Config{
			App:  postern.AppInfo{Name: "Test", APIDomain: "https://api.example.com", WebsiteDomain: "https://example.com"},
			Core: &core.Core{}, Recipes: []postern.Recipe{session.New(session.Config{}), thirdparty.New(row.cfg)},
		})
		if err == nil {
			t.Errorf("%s: it starts", name)
			continue
		}
		for _, text := range row.says {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("%s: %v\nlacks %q", name, err, text)
			}
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAPIInput refuses what programs get wrong, with the texts that they know.
func TestAPIInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *thirdparty.Config, s *idp.Server) {
		two := s.Config(idp.GitHub)
		two.Clients = append(two.Clients, two.Clients[0])
		two.Clients[0].ClientType, two.Clients[1].ClientType = "web", "ios"
		c.Providers = append(c.Providers, two)
	}, idp.Google)
	site := url.QueryEscape(w.callback("google"))
	for path, says := range map[string]string{
		"/auth/authorisationurl":                                                                          "Please provide the thirdPartyId as a GET param",
		"/auth/authorisationurl?thirdPartyId=google":                                                      "Please provide the redirectURIOnProviderDashboard as a GET param",
		"/auth/authorisationurl?thirdPartyId=acme&redirectURIOnProviderDashboard=" + site:                 "the provider acme could not be found in the configuration",
		"/auth/authorisationurl?thirdPartyId=github&redirectURIOnProviderDashboard=" + site:               "please provide exactly one client config or pass clientType or tenantId",
		"/auth/authorisationurl?thirdPartyId=github&clientType=tv&redirectURIOnProviderDashboard=" + site: "Could not find client config for clientType: tv",
		"/auth/nowhere/authorisationurl?thirdPartyId=google&redirectURIOnProviderDashboard=" + site:       "Tenant not found",
	} {
		w.Browser().Get(path).Want(400).Has(says)
	}
	for body, says := range map[string]string{
		`{}`:                        "Please provide the thirdPartyId in request body",
		`{"thirdPartyId":"google"}`: "Please provide one of redirectURIInfo or oAuthTokens in the request body",
		`{"thirdPartyId":"google","redirectURIInfo":{}}`:         "Please provide the redirectURIOnProviderDashboard in request body",
		`{"thirdPartyId":"acme","oAuthTokens":{"id_token":"x"}}`: "the provider acme could not be found in the configuration",
		`{"thirdPartyId":"google","oAuthTokens":{}}`:             "neither an id_token nor an access_token",
		`{"thirdPartyId":1}`:                                     "thirdPartyId must not be a JSON number",
	} {
		w.Browser().Post("/auth/signinup", body).Want(400).Has(says)
	}
}

// TestTenantProviders is FDI §5.4: a tenant's own providers take the place of
// those that are configured, each on top of the one with its id.
func TestTenantProviders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *thirdparty.Config, _ *idp.Server) { c.Providers[1].InAllTenants = true }, idp.Google, idp.GitHub)
	factors := op.Some([]string{"thirdparty"})
	if _, err := w.Core.Tenant.CreateOrUpdate(t.Context(), core.TenantSettings{TenantID: "t1", FirstFactors: factors}); err != nil {
		t.Fatal(err)
	}
	lists := func(path string, want ...string) {
		t.Helper()
		var out struct {
			ThirdParty struct{ Providers []struct{ ID, Name string } }
		}
		w.Browser().Get(path).OK().JSON(&out)
		got := []string{}
		for _, p := range out.ThirdParty.Providers {
			got = append(got, p.ID+"="+p.Name)
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s lists %v, want %v", path, got, want)
		}
	}
	lists("/auth/loginmethods", "google=Google", "github=GitHub")
	lists("/auth/t1/loginmethods", "github=GitHub")
	_, err := w.Core.Tenant.SetProvider(t.Context(), core.SetProvider{TenantID: "t1", Config: core.Object{
		"thirdPartyId": []byte(`"google"`), "name": []byte(`"Google for t1"`), "clients": []byte(`[{"clientId":"` + idp.ClientID + `","clientSecret":"` + idp.ClientSecret + `","scope":["openid","email","profile"]}]`),
		"authorizationEndpointQueryParams": []byte(`{"access_type":null,"prompt":"consent"}`),
	}})
	if err != nil {
		t.Fatal(err)
	}
	lists("/auth/t1/loginmethods", "google=Google for t1")
	lists("/auth/loginmethods", "google=Google", "github=GitHub")
	var out struct{ URLWithQueryParams string }
	w.Browser().Get("/auth/t1/authorisationurl?" + url.Values{"thirdPartyId": {"google"}, "redirectURIOnProviderDashboard": {w.callback("google")}}.Encode()).OK().JSON(&out)
	u, err := url.Parse(out.URLWithQueryParams)
	if err != nil {
		t.Fatal(err)
	}
	if q := u.Query(); q.Has("access_type") || q.Get("prompt") != "consent" || q.Get("scope") != "openid email profile" || q.Get("include_granted_scopes") != "true" {
		t.Errorf("the tenant's URL is %s", u)
	}
}

// TestProviderOfCore is one that only a core knows: it keeps keys and no
// issuer, so the user info tells who signs in.
func TestProviderOfCore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, idp.OAuth2)
	at := w.idp.URL + "/" + string(idp.OAuth2)
	_, err := w.Core.Tenant.SetProvider(t.Context(), core.SetProvider{Config: core.Object{
		"thirdPartyId": []byte(`"oauth2"`), "name": []byte(`"Acme"`),
		"clients":               []byte(`[{"clientId":"` + idp.ClientID + `","clientSecret":"` + idp.ClientSecret + `"}]`),
		"authorizationEndpoint": []byte(`"` + at + `/authorize"`), "tokenEndpoint": []byte(`"` + at + `/token"`),
		"userInfoEndpoint": []byte(`"` + at + `/userinfo"`), "jwksURI": []byte(`"` + at + `/jwks"`),
		"userInfoMap": []byte(`{"fromUserInfoAPI":{"userId":"id","email":"contact.email","emailVerified":"contact.confirmed"}}`),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if u := w.decode(w.signIn(w.Browser(), "oauth2", idp.Ada())).User; u.LoginMethods[0].ThirdParty.ID != "oauth2" {
		t.Errorf("signed in: %+v", u)
	}
}

// TestPrivateProviders is row 33: what a tenant's administrator writes cannot
// make the server ask inside of its own network, and tells nothing about it.
func TestPrivateProviders(t *testing.T) {
	t.Parallel()
	var arrived atomic.Int64
	inside := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	inside.Config.ConnState = func(net.Conn, http.ConnState) { arrived.Add(1) }
	inside.StartTLS()
	t.Cleanup(inside.Close)
	_, open, _ := net.SplitHostPort(inside.Listener.Addr().String())
	w := newWorld(t, func(c *thirdparty.Config, _ *idp.Server) { c.PrivateNetworks = nil })
	texts := map[string]bool{}
	for _, host := range []string{
		"127.0.0.1:" + open, "127.0.0.1:1", "localhost:" + open, "127.1:" + open, "[::1]:" + open, "[::ffff:127.0.0.1]:" + open, "0.0.0.0:" + open,
		"0x7f.1:" + open, "2130706433:" + open, "169.254.169.254", "10.0.0.1", "[::ffff:10.0.0.1]", "192.168.0.1", "[fd00::1]",
	} {
		_, err := w.Core.Tenant.SetProvider(t.Context(), core.SetProvider{Config: core.Object{
			"thirdPartyId": []byte(`"acme"`), "clients": []byte(`[{"clientId":"id"}]`),
			"oidcDiscoveryEndpoint": []byte(`"https://` + host + `/.well-known/openid-configuration"`),
		}})
		if err != nil {
			t.Fatal(err)
		}
		a := w.Browser().Get("/auth/authorisationurl?" + url.Values{"thirdPartyId": {"acme"}, "redirectURIOnProviderDashboard": {w.callback("acme")}}.Encode())
		a.Want(http.StatusServiceUnavailable)
		texts[a.Text] = true
	}
	if arrived.Load() != 0 {
		t.Errorf("%d connections arrived", arrived.Load())
	}
	if len(texts) != 1 {
		t.Errorf("the answers differ: %v", texts)
	}
}
