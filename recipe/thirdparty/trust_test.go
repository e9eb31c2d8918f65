package thirdparty_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/posternauth/postern/authtest/idp"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/recipe/accountlinking"
	"github.com/posternauth/postern/recipe/thirdparty"
)

// TestTenantsWord signs in by the provider of a tenant, which says that the address
// is proved: who may have any server say so is not believed.
func TestTenantsWord(t *testing.T) {
	t.Parallel()
	const clients = `[{"clientId":"` + idp.ClientID + `","clientSecret":"` + idp.ClientSecret + `"}]`
	trust := func(c *thirdparty.Config, _ *idp.Server) {
		c.TrustEmailOf = func(tenantID, thirdPartyID string) bool { return tenantID == "acme" && thirdPartyID == "oauth2" }
	}
	nobody := func(c *thirdparty.Config, _ *idp.Server) { c.TrustEmailOf = func(string, string) bool { return false } }
	for name, row := range map[string]struct {
		config   func(other *idp.Server) core.Object
		change   func(c *thirdparty.Config, s *idp.Server)
		verified bool
	}{
		"a registration of its own":            {config: func(*idp.Server) core.Object { return core.Object{"clients": []byte(clients)} }, verified: true},
		"a server of its own":                  {config: servers},
		"a server of its own, that is trusted": {config: servers, change: trust, verified: true},
		"a server of its own, that is not":     {config: servers, change: nobody},
		"another reading of what the server says": {config: func(*idp.Server) core.Object {
			return core.Object{"clients": []byte(clients), "userInfoMap": []byte(`{"fromUserInfoAPI":{"userId":"id","email":"contact.email","emailVerified":"id"}}`)}
		}},
		"a user info of its own": {config: func(other *idp.Server) core.Object {
			return core.Object{"userInfoEndpoint": []byte(`"` + other.URL + `/oauth2/userinfo"`)}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newLinkingWorld(t, accountlinking.Config{ShouldLink: linkProved}, row.change, idp.OAuth2)
			other := startIDP(t)
			other.Now = w.Clock.Now
			config := row.config(other)
			config["thirdPartyId"] = []byte(`"oauth2"`)
			w.tenant("acme", config)
			in := w.begunIn("/acme", "oauth2", "")
			at, err := url.Parse(in.url)
			if err != nil {
				t.Fatal(err)
			}
			server := w.idp
			if "http://"+at.Host == other.URL {
				server = other
			}
			account := idp.Account{ID: "1", Email: "ada@example.com", Verified: name != "another reading of what the server says"}
			query, err := server.Consent(in.url+"&state=x", &account)
			if err != nil {
				t.Fatal(err)
			}
			a := w.Browser().Post("/auth/acme/signinup", in.body(query))
			if name == "a user info of its own" { // whose tokens are those of another server
				a.Want(http.StatusBadRequest)
				return
			}
			if m := w.decode(a).User.LoginMethods[0]; m.Verified != row.verified {
				t.Errorf("the address is proved: %v", m.Verified)
			}
		})
	}
}

// servers are all endpoints of another server.
func servers(other *idp.Server) core.Object {
	at := other.URL + "/oauth2"
	return core.Object{
		"authorizationEndpoint": []byte(`"` + at + `/authorize"`), "tokenEndpoint": []byte(`"` + at + `/token"`), "userInfoEndpoint": []byte(`"` + at + `/userinfo"`),
	}
}

// TestBuiltInWord holds which providers that only a tenant has are known: those
// whose servers are the same for everybody.
func TestBuiltInWord(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		"google": true, "google-eu": true, "apple": true, "github": true, "gitlab": true, "bitbucket": true, "discord": true, "linkedin": true,
		"okta": false, "active-directory": false, "boxy-saml": false, "acme": false,
	} {
		if got := thirdparty.IsKnown(id); got != want {
			t.Errorf("%s is known: %v", id, got)
		}
	}
}
