package thirdparty

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/signin"
)

// APIs is what the recipe serves. A nil API is not served.
type APIs struct {
	AuthorisationURL op.Func[AuthorisationURLGet, AuthorisationURL] `fdi:"GET /authorisationurl"`
	SignInUp         op.Func[SignInUpPost, SignedInUp]              `fdi:"POST /signinup"`
	AppleCallback    op.Func[AppleCallbackPost, fdi.Redirect]       `fdi:"POST /callback/apple" from:"anywhere"`
}

// AuthorisationURLGet is the input of [APIs].AuthorisationURL.
type AuthorisationURLGet struct {
	fdi.Call
	ThirdPartyID string `query:"thirdPartyId"`
	ClientType   string `query:"clientType"`
	RedirectURI  string `query:"redirectURIOnProviderDashboard"`
}

// AuthorisationURL is the answer of [APIs].AuthorisationURL. The client adds a
// state of its own to the address, and keeps PKCECodeVerifier for
// [APIs].SignInUp.
type AuthorisationURL struct {
	URL              string      `json:"urlWithQueryParams"`
	PKCECodeVerifier core.Secret `json:"pkceCodeVerifier,omitempty"`
}

// SignInUpPost is the input of [APIs].SignInUp: RedirectURIInfo, or Tokens
// that an app got from the provider itself.
type SignInUpPost struct {
	fdi.Call
	signin.Linking
	ThirdPartyID    string           `json:"thirdPartyId"`
	ClientType      string           `json:"clientType"`
	RedirectURIInfo *RedirectURIInfo `json:"redirectURIInfo"`
	Tokens          map[string]any   `json:"oAuthTokens"`
}

// RedirectURIInfo is what a provider sent back with the person.
type RedirectURIInfo struct {
	RedirectURI      *string        `json:"redirectURIOnProviderDashboard"`
	Query            map[string]any `json:"redirectURIQueryParams"`
	PKCECodeVerifier core.Secret    `json:"pkceCodeVerifier"`
}

// SignedInUp is the answer of [APIs].SignInUp. What the provider said stays
// here; an override of the API may use it.
type SignedInUp struct {
	fdi.SignedInUp
	Tokens   Tokens   `json:"-"`
	UserInfo UserInfo `json:"-"`
}

// ForVersion returns the answer in the shape that clients of v read.
func (s SignedInUp) ForVersion(v fdi.Version) any { return s.SignedInUp.ForVersion(v) }

// AppleCallbackPost is the input of [APIs].AppleCallback.
type AppleCallbackPost struct {
	fdi.Call
	fdi.Form
}

// NoEmailGiven is a provider that tells no address, where one is needed.
const NoEmailGiven op.Status = "NO_EMAIL_GIVEN_BY_PROVIDER"

func (r *Recipe) authorisationURLAPI(ctx context.Context, in AuthorisationURLGet) (out AuthorisationURL, err error) {
	switch {
	case in.ThirdPartyID == "":
		return out, fdi.BadInput("Please provide the thirdPartyId as a GET param")
	case in.RedirectURI == "":
		return out, fdi.BadInput("Please provide the redirectURIOnProviderDashboard as a GET param")
	case !r.isAllowed(in.Request, in.RedirectURI):
		return out, fdi.BadInput("redirectURIOnProviderDashboard is not an address of the website or of this backend; if it is right, add it to RedirectURIs of the thirdparty recipe")
	}
	if _, err := r.app.Attempt(in.Request, postern.StartSignIn, in.TenantID, ""); err != nil {
		return out, err
	}
	p, err := r.provider(ctx, in.TenantID, in.ThirdPartyID, in.ClientType)
	if err != nil {
		return out, err
	}
	to, err := p.AuthorisationURL(ctx, Redirection{TenantID: p.tenantID, RedirectURI: in.RedirectURI})
	if err != nil {
		return out, err
	}
	at, err := p.place(ctx, in.RedirectURI)
	if err != nil {
		return out, err
	}
	out.URL = to.URL
	out.PKCECodeVerifier, err = r.sign(ctx, at, to)
	return out, err
}

func (r *Recipe) signInUpAPI(ctx context.Context, in SignInUpPost) (out SignedInUp, err error) {
	if err := in.check(); err != nil {
		return out, err
	}
	if _, err := r.app.Attempt(in.Request, postern.SignIn, in.TenantID, ""); err != nil {
		return out, err
	}
	attempt, err := r.flow.Begin(ctx, in.Call, in.Linking, RecipeID)
	if err != nil {
		return out, err
	}
	p, err := r.provider(ctx, attempt.TenantID, in.ThirdPartyID, in.ClientType)
	if err != nil {
		return out, err
	}
	bearer, err := r.bearer(ctx, p, in)
	if err != nil {
		return out, r.explain(ctx, p, err)
	}
	out.Tokens = bearer.Tokens
	if out.UserInfo, err = p.UserInfo(ctx, bearer); err != nil {
		return out, r.explain(ctx, p, err)
	}
	out.SignedInUp, err = r.enter(ctx, attempt, p, out.UserInfo)
	return out, refusals().Explain(err)
}

func (in SignInUpPost) check() error {
	switch {
	case in.ThirdPartyID == "":
		return fdi.BadInput("Please provide the thirdPartyId in request body")
	case in.RedirectURIInfo == nil && in.Tokens == nil:
		return fdi.BadInput("Please provide one of redirectURIInfo or oAuthTokens in the request body")
	case in.RedirectURIInfo != nil && in.RedirectURIInfo.RedirectURI == nil:
		return fdi.BadInput("Please provide the redirectURIOnProviderDashboard in request body")
	}
	return nil
}

// explain answers 400 for what the provider, or who pretends to be it, said
// and is not taken. Why goes to the log only.
func (r *Recipe) explain(ctx context.Context, p *provider, err error) error {
	var no *refusal
	if !errors.As(err, &no) {
		return err
	}
	r.app.Log.WarnContext(ctx, "a provider's answer was refused", "provider", p.ThirdPartyID, "why", no.why)
	return fdi.BadInput("The answer of " + p.Name + " was not accepted. Please sign in again.")
}

// bearer gets the tokens: for the code that the provider sent back, or from
// the client.
func (r *Recipe) bearer(ctx context.Context, p *provider, in SignInUpPost) (out TokenBearer, err error) {
	out.TenantID = p.tenantID
	if in.RedirectURIInfo == nil {
		out.Foreign, out.Tokens = true, tokensFrom(in.Tokens)
		if out.Tokens.AccessToken == "" && out.Tokens.IDToken == "" {
			return out, fdi.BadInput("oAuthTokens has neither an id_token nor an access_token")
		}
		return out, nil
	}
	began, err := r.begun(ctx, p, in)
	if err != nil {
		return out, err
	}
	out.Nonce = began.Nonce
	out.Tokens, err = p.ExchangeCode(ctx, Return{
		TenantID: p.tenantID, RedirectURI: *in.RedirectURIInfo.RedirectURI, Query: texts(in.RedirectURIInfo.Query), Verifier: began.Verifier,
	})
	return out, err
}

// begun is the sign-in that the client has begun, with this very provider. An
// app that has begun one by itself brings the verifier that it has made for it,
// where the provider is known to compare it.
func (r *Recipe) begun(ctx context.Context, p *provider, in SignInUpPost) (started, error) {
	at, err := p.place(ctx, *in.RedirectURIInfo.RedirectURI)
	if err != nil {
		return started{}, err
	}
	verifier := in.RedirectURIInfo.PKCECodeVerifier
	if isOwn(verifier) || isBrowser(in.Request) {
		return r.open(ctx, verifier, at)
	}
	if !p.pkce || !isAppsOwn(verifier) {
		return started{}, errNotStarted
	}
	return started{Verifier: verifier}, nil
}

// isBrowser reports whether a browser sends the request for a page. Others
// cannot be made to sign in by a page that their user looks at.
func isBrowser(r *http.Request) bool {
	return r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != ""
}

func tokensFrom(all map[string]any) Tokens {
	t := Tokens{All: all}
	access, _ := all["access_token"].(string)
	id, _ := all["id_token"].(string)
	t.AccessToken, t.IDToken = core.Secret(access), core.Secret(id)
	return t
}

func texts(all map[string]any) map[string]string {
	out := make(map[string]string, len(all))
	for name, v := range all {
		if s, ok := v.(string); ok {
			out[name] = s
		}
	}
	return out
}

// appleCallbackAPI takes the form that Apple has the browser send, and leads
// on to the website with what was in it.
func (r *Recipe) appleCallbackAPI(_ context.Context, in AppleCallbackPost) (out fdi.Redirect, err error) {
	state, err := readState(in.Values.Get("state"))
	if err != nil {
		return out, err
	}
	if !r.isAllowed(in.Request, state.FrontendRedirectURI) {
		return out, fdi.BadInput("The state's frontendRedirectURI is not an address of the website; if it is right, add it to RedirectURIs of the thirdparty recipe")
	}
	to, err := url.Parse(state.FrontendRedirectURI)
	if err != nil {
		return out, err
	}
	query := to.Query()
	for name, values := range in.Values {
		query[name] = slices.Clone(values[:1])
	}
	to.RawQuery = query.Encode()
	return fdi.Redirect{Location: to.String()}, nil
}
