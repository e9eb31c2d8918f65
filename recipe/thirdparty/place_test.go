package thirdparty_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/oauth2"

	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/authtest/idp"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/accountlinking"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/recipe/thirdparty"
)

// tenant adds a tenant, with a provider of its own if config is not nil.
func (w *world) tenant(id string, config core.Object) {
	w.t.Helper()
	_, err := w.Core.Tenant.CreateOrUpdate(w.t.Context(), core.TenantSettings{TenantID: id, FirstFactors: op.Some([]string{"emailpassword", "thirdparty"})})
	if err == nil && config != nil {
		_, err = w.Core.Tenant.SetProvider(w.t.Context(), core.SetProvider{TenantID: id, Config: config})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// listener is a token endpoint that belongs to somebody else.
func listener(t *testing.T) (address string, heard *atomic.Int64) {
	t.Helper()
	heard = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusBadRequest)
	}))
	t.Cleanup(server.Close)
	return server.URL, heard
}

// begunIn is begin with the path of a tenant and a type of client.
func (w *world) begunIn(tenant, id, clientType string) begun {
	w.t.Helper()
	var out struct{ URLWithQueryParams, PKCECodeVerifier string }
	w.Browser().Get("/auth" + tenant + "/authorisationurl?" + url.Values{
		"thirdPartyId": {id}, "clientType": {clientType}, "redirectURIOnProviderDashboard": {w.callback(id)},
	}.Encode()).OK().JSON(&out)
	return begun{id, w.callback(id), out.URLWithQueryParams, out.PKCECodeVerifier}
}

// TestPlaces begins at one place and ends at another, in a browser and without:
// nothing that a code was made with goes anywhere else.
func TestPlaces(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		from, to string // clients
		path     string // where it ends
		tenant   func(evil string) core.Object
		between  func(evil string) core.Object // becomes the provider of the tenant public meanwhile
	}{
		"another tenant": {path: "/acme", from: "web", to: "web", tenant: func(evil string) core.Object {
			return core.Object{"thirdPartyId": []byte(`"oidc"`), "tokenEndpoint": []byte(`"` + evil + `/token"`)}
		}},
		"another tenant with the same provider": {path: "/acme", from: "web", to: "web", tenant: func(string) core.Object {
			return core.Object{"thirdPartyId": []byte(`"oidc"`)}
		}},
		"another client": {from: "web", to: "ios"},
		"another token endpoint by now": {from: "web", to: "web", between: func(evil string) core.Object {
			return core.Object{"thirdPartyId": []byte(`"oidc"`), "tokenEndpoint": []byte(`"` + evil + `/token"`)}
		}},
		"another user info endpoint by now": {from: "web", to: "web", between: func(evil string) core.Object {
			return core.Object{"thirdPartyId": []byte(`"oidc"`), "userInfoEndpoint": []byte(`"` + evil + `/userinfo"`)}
		}},
		"another client id by now": {from: "web", to: "web", between: func(string) core.Object {
			return core.Object{"thirdPartyId": []byte(`"oidc"`), "clients": []byte(`[{"clientType":"web","clientId":"other"}]`)}
		}},
	} {
		for _, browser := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				evil, heard := listener(t)
				w := newWorld(t, func(c *thirdparty.Config, _ *idp.Server) { twoClients(&c.Providers[0]) }, idp.OIDC)
				if row.tenant != nil {
					w.tenant("acme", row.tenant(evil))
				}
				in := w.begunIn("", "oidc", row.from)
				query := w.consent(in, idp.Ada())
				if row.between != nil {
					w.tenant(core.Public, row.between(evil))
				}
				b := w.Browser()
				if browser {
					asBrowser(b, w.URL)
				}
				body := in.body(query)
				body["clientType"] = row.to
				w.refusedAll(name, b, b.Post("/auth"+row.path+"/signinup", body))
				if heard.Load() != 0 {
					t.Errorf("somebody else was sent the code, %d times", heard.Load())
				}
			})
		}
	}
}

// twoClients gives a provider a second client.
func twoClients(p *thirdparty.Provider) {
	p.Clients[0].ClientType = "web"
	other := p.Clients[0]
	other.ClientType = "ios"
	p.Clients = append(p.Clients, other)
}

// TestSessionOfAnotherTenant adds a login in the session of a tenant whose
// provider is its administrator's own server. The sign-in began elsewhere, so
// that server hears nothing of it.
func TestSessionOfAnotherTenant(t *testing.T) {
	t.Parallel()
	for _, browser := range []bool{true, false} {
		evil, heard := listener(t)
		w := newLinkingWorld(t, accountlinking.Config{ShouldLink: linkProved}, nil, idp.OIDC)
		w.tenant("evil", core.Object{
			"thirdPartyId": []byte(`"oidc"`), "tokenEndpoint": []byte(`"` + evil + `/token"`), "clients": []byte(`[{"clientId":"x","clientSecret":"y"}]`),
		})
		b := w.Browser()
		if browser {
			asBrowser(b, w.URL)
		}
		b.Post("/auth/evil/signup", authtest.Fields("email", "ada@example.com", "password", "correct horse 1")).OK()
		in := w.begin(b, "oidc")
		body := in.body(w.consent(in, idp.Ada()))
		body["shouldTryLinkingWithSessionUser"] = true
		b.Post("/auth/signinup", body).Want(http.StatusBadRequest).Has("pkceCodeVerifier")
		if heard.Load() != 0 {
			t.Error("the administrator of another tenant was sent the code and its verifier")
		}
	}
}

// TestNoBinding brings a code that somebody else was given, as an app may that
// is no browser: without a verifier, with one that is none, or with one that was
// made here for somebody else's sign-in.
func TestNoBinding(t *testing.T) {
	t.Parallel()
	for _, shape := range []idp.Shape{idp.GitHub, idp.Google, idp.LinkedIn} {
		w := newWorld(t, nil, shape)
		id := string(shape)
		for name, verifier := range map[string]string{
			"none": "", "short": "short", "not a verifier": strings.Repeat("ä", 43), "too long": strings.Repeat("a", 129),
			"made here": "~" + oauth2.GenerateVerifier(),
		} {
			in := w.begin(w.Browser(), id)
			query := w.consent(in, idp.Ada())
			in.verifier = verifier
			b := w.Browser()
			w.refusedAll(id+" "+name, b, w.finish(b, in, query))
		}
	}
	// LinkedIn compares no verifier, so one of the app's own shows nothing.
	w := newWorld(t, nil, idp.LinkedIn)
	in := w.begin(w.Browser(), "linkedin")
	query := w.consent(in, idp.Ada())
	in.verifier = oauth2.GenerateVerifier()
	b := w.Browser()
	w.refusedAll("a provider without PKCE", b, w.finish(b, in, query))
}

// TestOwnVerifier is an app that begins by itself, with a verifier of its own.
func TestOwnVerifier(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, idp.GitHub)
	in, verifier := w.begin(w.Browser(), "github"), oauth2.GenerateVerifier()
	to, err := url.Parse(in.url)
	if err != nil {
		t.Fatal(err)
	}
	query := to.Query()
	query.Set("code_challenge", oauth2.S256ChallengeFromVerifier(verifier))
	to.RawQuery = query.Encode()
	in.url, in.verifier = to.String(), verifier
	sent := w.consent(in, idp.Ada())
	browser := asBrowser(w.Browser(), w.URL)
	w.refusedAll("a browser with a verifier of its own", browser, w.finish(browser, in, sent))
	w.finish(w.Browser(), in, sent).OK()
}

// TestSameIDElsewhere is a login that somebody has in another tenant. What a
// tenant's own server says of its users is not believed of those of others.
func TestSameIDElsewhere(t *testing.T) {
	t.Parallel()
	for name, own := range map[string]bool{"the same provider": false, "a server of the tenant's own": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newLinkingWorld(t, accountlinking.Config{ShouldLink: linkProved}, func(c *thirdparty.Config, _ *idp.Server) { c.Providers[0].InAllTenants = true }, idp.OAuth2)
			other := startIDP(t)
			other.Now = w.Clock.Now
			var config core.Object
			if own {
				at := other.URL + "/oauth2"
				config = core.Object{
					"thirdPartyId":          []byte(`"oauth2"`),
					"authorizationEndpoint": []byte(`"` + at + `/authorize"`), "tokenEndpoint": []byte(`"` + at + `/token"`), "userInfoEndpoint": []byte(`"` + at + `/userinfo"`),
				}
			}
			w.tenant("acme", config)
			first := w.decode(w.signIn(w.Browser(), "oauth2", idp.Ada())).User
			b := w.Browser()
			s, err := w.Sessions.CreateTokens(t.Context(), session.NewSession{TenantID: "acme", RecipeUserID: first.ID, User: &first})
			if err != nil {
				t.Fatal(err)
			}
			b.Mode, b.Access = "header", s.AccessToken()
			in := w.begunIn("/acme", "oauth2", "")
			server := w.idp
			if own {
				server = other
			}
			account := idp.Ada()
			query, err := server.Consent(in.url+"&state=x", &account)
			if err != nil {
				t.Fatal(err)
			}
			body := in.body(query)
			body["shouldTryLinkingWithSessionUser"] = true
			b.Post("/auth/acme/signinup", body)
			out, err := w.Core.User.ByID(t.Context(), core.UserByID{UserID: first.ID})
			if err != nil {
				t.Fatal(err)
			}
			m, _ := out.User.LoginMethod(first.ID)
			if joined := len(m.TenantIDs) > 1; joined == own {
				t.Errorf("the login of another tenant is one of this tenant too: %v", joined)
			}
		})
	}
}
