package thirdparty_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/authtest/idp"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/recipe/accountlinking"
	"github.com/posternauth/postern/recipe/emailpassword"
	"github.com/posternauth/postern/recipe/thirdparty"
)

// world is an app and a provider that plays all the others.
type world struct {
	*authtest.App
	idp *idp.Server
	t   *testing.T
}

func linkProved(context.Context, accountlinking.Question) (accountlinking.Answer, error) {
	return accountlinking.Answer{Link: true}, nil
}

// newWorld starts an app with these providers, changed by change, if it is not
// nil.
func newWorld(t *testing.T, change func(c *thirdparty.Config, s *idp.Server), shapes ...idp.Shape) *world {
	return newLinkingWorld(t, accountlinking.Config{}, change, shapes...)
}

func newLinkingWorld(t *testing.T, linking accountlinking.Config, change func(c *thirdparty.Config, s *idp.Server), shapes ...idp.Shape) *world {
	t.Helper()
	s := startIDP(t)
	cfg := thirdparty.Config{PrivateNetworks: []string{"127.0.0.0/8"}}
	for _, shape := range shapes {
		cfg.Providers = append(cfg.Providers, s.Config(shape))
	}
	if change != nil {
		change(&cfg, s)
	}
	a := authtest.New(t, authtest.Config{
		Linking: linking,
		Recipes: func(a *authtest.App) []postern.Recipe {
			s.Now = a.Clock.Now
			return []postern.Recipe{thirdparty.New(cfg)}
		},
	})
	return &world{a, s, t}
}

func startIDP(t *testing.T) *idp.Server {
	t.Helper()
	s := idp.New()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// callback is where the website takes people back.
func (w *world) callback(id string) string { return w.URL + "/auth/callback/" + id }

// begun is a sign-in that a browser has begun.
type begun struct {
	id, redirectURI, url string
	verifier             string
}

// begin asks where to go.
func (w *world) begin(b *authtest.Browser, id string) begun {
	w.t.Helper()
	return w.beginAt(b, id, w.callback(id))
}

// beginAt is begin with another redirect URI.
func (w *world) beginAt(b *authtest.Browser, id, redirectURI string) begun {
	w.t.Helper()
	var out struct{ URLWithQueryParams, PKCECodeVerifier string }
	b.Get("/auth/authorisationurl?" + url.Values{"thirdPartyId": {id}, "redirectURIOnProviderDashboard": {redirectURI}}.Encode()).OK().JSON(&out)
	return begun{id, redirectURI, out.URLWithQueryParams, out.PKCECodeVerifier}
}

// consent agrees at the provider.
func (w *world) consent(in begun, a idp.Account) url.Values {
	w.t.Helper()
	query, err := w.idp.Consent(in.url+"&state=of-the-website", &a)
	if err != nil {
		w.t.Fatal(err)
	}
	return query
}

// finish hands in what the provider sent back.
func (w *world) finish(b *authtest.Browser, in begun, query url.Values) *authtest.Answer {
	w.t.Helper()
	return b.Post("/auth/signinup", in.body(query))
}

func (in begun) body(query url.Values) map[string]any {
	params := map[string]string{}
	for name := range query {
		params[name] = query.Get(name)
	}
	info := map[string]any{"redirectURIOnProviderDashboard": in.redirectURI, "redirectURIQueryParams": params}
	if in.verifier != "" {
		info["pkceCodeVerifier"] = in.verifier
	}
	return map[string]any{"thirdPartyId": in.id, "redirectURIInfo": info}
}

// signIn does all three.
func (w *world) signIn(b *authtest.Browser, id string, a idp.Account) *authtest.Answer {
	w.t.Helper()
	in := w.begin(b, id)
	return w.finish(b, in, w.consent(in, a))
}

// signedIn is the answer to a sign-in.
type signedIn struct {
	CreatedNewRecipeUser bool
	User                 core.User
}

func (w *world) decode(a *authtest.Answer) (out signedIn) {
	w.t.Helper()
	a.OK().JSON(&out)
	return out
}

// asBrowser is what browsers send with the requests of pages.
func asBrowser(b *authtest.Browser, origin string) *authtest.Browser {
	b.Headers = http.Header{"Origin": {origin}, "Sec-Fetch-Site": {"same-origin"}}
	return b
}

// tokens hands in what an app got from the provider itself.
func (w *world) tokens(b *authtest.Browser, id string, tokens map[string]any) *authtest.Answer {
	w.t.Helper()
	return b.Post("/auth/signinup", map[string]any{"thirdPartyId": id, "oAuthTokens": tokens})
}

// users counts the users.
func (w *world) users() int64 {
	w.t.Helper()
	out, err := w.Core.User.Count(w.t.Context(), core.CountUsers{})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.Count
}

func changeEmail(t *testing.T, w *world, id, email string) error {
	t.Helper()
	return w.EmailPassword.ChangeEmailOrPassword(t.Context(), emailpassword.Change{RecipeUserID: id, Email: email})
}
