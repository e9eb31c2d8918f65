package thirdparty

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/internal/outbound"
)

// provider is a [Provider] with one of its clients and all its defaults. It
// serves one request.
type provider struct {
	Provider
	ProviderFunctions

	recipe     *Recipe
	tenantID   string // whose it is, as the core names the tenant
	believed   bool   // when it says that an address is proved
	client     Client
	kind       builtin
	out        *outbound.Client
	pkce       bool
	algorithms []jose.SignatureAlgorithm
}

// newProvider lays the configuration over what is known of the provider.
func (r *Recipe) newProvider(p Provider, c Client) (*provider, error) {
	kind := kindOf(p)
	own := p.over(kind.defaults)
	own.Name = cmp.Or(own.Name, kind.name, own.ThirdPartyID)
	if c.Scope == nil {
		c.Scope = kind.scope
	}
	if kind.complete != nil {
		if err := kind.complete(&own, &c); err != nil {
			return nil, err
		}
	}
	own.UserInfoMap.FromIDToken = own.UserInfoMap.FromIDToken.over(standardFields())
	own.UserInfoMap.FromUserInfoAPI = own.UserInfoMap.FromUserInfoAPI.over(standardFields())
	n := &provider{
		Provider: own, recipe: r, client: c, kind: kind, out: r.out,
		pkce: kind.pkce || c.ForcePKCE || c.ClientSecret == "" && kind.prefix != "apple",
	}
	n.pin(nil)
	n.ProviderFunctions = ProviderFunctions{AuthorisationURL: n.authorisationURL, ExchangeCode: n.exchangeCode, UserInfo: n.userInfo}
	if f := p.Functions; f != nil {
		n.ProviderFunctions = f(n.ProviderFunctions)
	}
	return n, nil
}

// down is a provider that does not answer, or not as it should.
func (p *provider) down(err error) error {
	return &fdi.Unavailable{Message: p.Name + " does not answer as it should just now. Please try again later, or sign in another way.", Err: fmt.Errorf("provider %s: %w", p.ThirdPartyID, err)}
}

// oauth is the client, for the library.
func (p *provider) oauth(redirectURI string) (*oauth2.Config, error) {
	cfg := &oauth2.Config{
		ClientID: p.client.ClientID, ClientSecret: string(p.client.ClientSecret), RedirectURL: redirectURI, Scopes: p.client.Scope,
		Endpoint: oauth2.Endpoint{AuthURL: p.AuthorizationEndpoint, TokenURL: p.TokenEndpoint, AuthStyle: oauth2.AuthStyleInParams},
	}
	if p.kind.basic {
		cfg.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
	}
	if p.kind.prefix == "apple" && p.client.ClientSecret == "" {
		secret, err := appleSecret(p.client, p.recipe.app.Now())
		if err != nil {
			return nil, err
		}
		cfg.ClientSecret = string(secret)
	}
	return cfg, nil
}

func (p *provider) authorisationURL(ctx context.Context, in Redirection) (out Authorisation, err error) {
	if err := p.discover(ctx); err != nil {
		return out, err
	}
	if err := p.out.CheckURL(p.AuthorizationEndpoint); err != nil {
		return out, p.down(fmt.Errorf("AuthorizationEndpoint: %w", err))
	}
	params := overlay(nil, p.AuthorizationParams)
	if p.pkce {
		verifier := newVerifier()
		params["code_challenge"], params["code_challenge_method"] = oauth2.S256ChallengeFromVerifier(verifier), "S256"
		out.Verifier = core.Secret(verifier)
	}
	if p.hasIDToken() {
		out.Nonce = newNonce()
		params["nonce"] = out.Nonce
	}
	cfg := &oauth2.Config{
		ClientID: p.client.ClientID, RedirectURL: in.RedirectURI, Scopes: p.client.Scope,
		Endpoint: oauth2.Endpoint{AuthURL: p.AuthorizationEndpoint},
	}
	out.URL = withQuery(cfg.AuthCodeURL(""), params)
	return out, nil
}

// hasIDToken reports whether the provider gives ID tokens that can be
// verified.
func (p *provider) hasIDToken() bool {
	return p.JWKSURI != "" && p.Issuer != "" && strings.Contains(" "+strings.Join(p.client.Scope, " ")+" ", " openid ")
}

func (p *provider) exchangeCode(ctx context.Context, in Return) (out Tokens, err error) {
	if err := p.discover(ctx); err != nil {
		return out, err
	}
	if err := p.checkReturn(in); err != nil {
		return out, err
	}
	if err := p.out.CheckURL(p.TokenEndpoint); err != nil {
		return out, p.down(fmt.Errorf("TokenEndpoint: %w", err))
	}
	cfg, err := p.oauth(in.RedirectURI)
	if err != nil {
		return out, err
	}
	var opts []oauth2.AuthCodeOption
	if in.Verifier != "" {
		opts = append(opts, oauth2.VerifierOption(string(in.Verifier)))
	}
	for name, value := range p.TokenParams {
		opts = append(opts, oauth2.SetAuthURLParam(name, value))
	}
	token, err := cfg.Exchange(context.WithValue(ctx, oauth2.HTTPClient, p.out.HTTP()), in.Query["code"], opts...)
	if err != nil {
		return out, p.exchangeFailed(err)
	}
	return tokensOf(token, in)
}

// checkReturn looks at what the provider sent back with the person.
func (p *provider) checkReturn(in Return) error {
	switch problem := in.Query["error"]; {
	case problem == "access_denied" || problem == "user_cancelled_authorize" || problem == "user_cancelled_login":
		return &fdi.GeneralError{Message: "The sign-in with " + p.Name + " was cancelled."}
	case problem != "":
		return &fdi.GeneralError{Message: "The sign-in with " + p.Name + " did not work. Please try again."}
	case in.Query["code"] == "":
		return fdi.BadInput("redirectURIInfo.redirectURIQueryParams has no code; send all the parameters that the provider has added to the redirect URI")
	case in.Query["iss"] != "" && p.Issuer != "" && !p.isIssuer(idClaims{Issuer: in.Query["iss"]}):
		return refuse("the code is from the issuer %q (RFC 9207)", in.Query["iss"])
	}
	return nil
}

// exchangeFailed tells a code that the provider does not take from a provider
// that does not work.
func (p *provider) exchangeFailed(err error) error {
	var answer *oauth2.RetrieveError
	if errors.As(err, &answer) && answer.Response != nil && answer.Response.StatusCode < 500 &&
		(answer.ErrorCode != "" || answer.Response.StatusCode == http.StatusBadRequest || answer.Response.StatusCode == http.StatusUnauthorized) {
		p.recipe.app.Log.Warn("a provider does not take a code", "provider", p.ThirdPartyID, "error", answer.ErrorCode, "status", answer.Response.StatusCode)
		return &fdi.GeneralError{Message: "The sign-in with " + p.Name + " was not accepted. Please try again."}
	}
	return p.down(err)
}

func tokensOf(t *oauth2.Token, in Return) (Tokens, error) {
	out := Tokens{AccessToken: core.Secret(t.AccessToken), All: map[string]any{"access_token": t.AccessToken, "token_type": t.TokenType}}
	for _, name := range []string{"id_token", "refresh_token", "scope", "expires_in"} {
		if v := t.Extra(name); v != nil {
			out.All[name] = v
		}
	}
	if id, ok := out.All["id_token"].(string); ok {
		out.IDToken = core.Secret(id)
	}
	if user := in.Query["user"]; user != "" { // Apple tells the name here, and only the first time
		var object map[string]any
		if unmarshal([]byte(user), &object) == nil {
			out.All["user"] = object
		} else {
			out.All["user"] = user
		}
	}
	return out, nil
}

// unmarshal keeps numbers as they are written.
func unmarshal(b []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return d.Decode(to)
}

// checkEndpoints reports what is missing or wrong in the addresses.
func (p *provider) checkEndpoints() error {
	var errs []error
	for field, address := range map[string]string{
		"AuthorizationEndpoint": p.AuthorizationEndpoint, "TokenEndpoint": p.TokenEndpoint, "UserInfoEndpoint": p.UserInfoEndpoint,
		"JWKSURI": p.JWKSURI, "OIDCDiscoveryEndpoint": p.OIDCDiscoveryEndpoint,
	} {
		if address == "" {
			continue
		}
		if err := p.out.CheckURL(address); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", field, err))
		}
	}
	if p.OIDCDiscoveryEndpoint != "" {
		if !strings.HasSuffix(p.OIDCDiscoveryEndpoint, discoveryPath) && p.Issuer == "" {
			errs = append(errs, fmt.Errorf("OIDCDiscoveryEndpoint: %q does not end in %s; then Issuer has to be given", p.OIDCDiscoveryEndpoint, discoveryPath))
		}
		return errors.Join(errs...)
	}
	for field, address := range map[string]string{"AuthorizationEndpoint": p.AuthorizationEndpoint, "TokenEndpoint": p.TokenEndpoint} {
		if address == "" {
			errs = append(errs, fmt.Errorf("%s: is missing; this provider is none that is built in: give its endpoints, or OIDCDiscoveryEndpoint", field))
		}
	}
	if p.UserInfoEndpoint == "" && p.JWKSURI == "" {
		errs = append(errs, errors.New("UserInfoEndpoint: is missing; nothing would tell who signs in. Give it, or JWKSURI and Issuer"))
	}
	if p.JWKSURI != "" && p.Issuer == "" {
		errs = append(errs, errors.New("Issuer: is missing; without it ID tokens are not taken"))
	}
	return errors.Join(errs...)
}
