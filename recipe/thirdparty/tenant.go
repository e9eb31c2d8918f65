package thirdparty

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/fdi"
)

// stored is a provider as a core keeps it for a tenant (CDI §2.14).
type stored struct {
	ThirdPartyID          string            `json:"thirdPartyId"`
	Name                  string            `json:"name"`
	Clients               []storedClient    `json:"clients"`
	AuthorizationEndpoint string            `json:"authorizationEndpoint"`
	AuthorizationParams   map[string]string `json:"authorizationEndpointQueryParams"`
	TokenEndpoint         string            `json:"tokenEndpoint"`
	TokenParams           map[string]string `json:"tokenEndpointBodyParams"`
	UserInfoEndpoint      string            `json:"userInfoEndpoint"`
	UserInfoParams        map[string]string `json:"userInfoEndpointQueryParams"`
	UserInfoHeaders       map[string]string `json:"userInfoEndpointHeaders"`
	JWKSURI               string            `json:"jwksURI"`
	OIDCDiscoveryEndpoint string            `json:"oidcDiscoveryEndpoint"`
	RequireEmail          *bool             `json:"requireEmail"`
	UserInfoMap           struct {
		FromIDToken     UserInfoFields `json:"fromIdTokenPayload"`
		FromUserInfoAPI UserInfoFields `json:"fromUserInfoAPI"`
	} `json:"userInfoMap"`
}

type storedClient struct {
	ClientType       string                     `json:"clientType"`
	ClientID         string                     `json:"clientId"`
	ClientSecret     core.Secret                `json:"clientSecret"`
	Scope            []string                   `json:"scope"`
	ForcePKCE        bool                       `json:"forcePKCE"`
	AdditionalConfig map[string]json.RawMessage `json:"additionalConfig"`
}

// read makes a provider of what a core keeps. null and "" take a default away.
func read(o core.Object) (p Provider, emailRequired *bool, err error) {
	raw, err := json.Marshal(o)
	if err != nil {
		return p, nil, err
	}
	var s stored
	if err := json.Unmarshal(raw, &s); err != nil {
		return p, nil, fmt.Errorf("a provider of the tenant: %w", err)
	}
	p = Provider{
		ThirdPartyID: s.ThirdPartyID, Name: s.Name,
		AuthorizationEndpoint: s.AuthorizationEndpoint, AuthorizationParams: s.AuthorizationParams,
		TokenEndpoint: s.TokenEndpoint, TokenParams: s.TokenParams,
		UserInfoEndpoint: s.UserInfoEndpoint, UserInfoParams: s.UserInfoParams, UserInfoHeaders: s.UserInfoHeaders,
		JWKSURI: s.JWKSURI, OIDCDiscoveryEndpoint: s.OIDCDiscoveryEndpoint,
		UserInfoMap: UserInfoMap(s.UserInfoMap),
	}
	for _, c := range s.Clients {
		p.Clients = append(p.Clients, c.client())
	}
	return p, s.RequireEmail, nil
}

func (s storedClient) client() Client {
	c := Client{ClientType: s.ClientType, ClientID: s.ClientID, ClientSecret: s.ClientSecret, Scope: s.Scope, ForcePKCE: s.ForcePKCE}
	for name, raw := range s.AdditionalConfig {
		value := string(raw)
		var text string
		if json.Unmarshal(raw, &text) == nil {
			value = text
		}
		if c.AdditionalConfig == nil {
			c.AdditionalConfig = map[string]core.Secret{}
		}
		c.AdditionalConfig[name] = core.Secret(value)
	}
	return c
}

// merged are the providers of a tenant (FDI §5.4): those that the core has for
// it, each on top of the configured one with its id, or, if it has none, those
// that are configured.
func (r *Recipe) merged(tenant core.TenantInfo) ([]Provider, error) {
	if len(tenant.ThirdParty.Providers) == 0 {
		return slices.DeleteFunc(slices.Clone(r.cfg.Providers), func(p Provider) bool { return tenant.TenantID != core.Public && !p.InAllTenants }), nil
	}
	var out []Provider
	for _, o := range tenant.ThirdParty.Providers {
		p, emailRequired, err := read(o)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(r.cfg.Providers, func(s Provider) bool { return s.ThirdPartyID == p.ThirdPartyID })
		if i >= 0 {
			p = p.onTopOf(r.cfg.Providers[i])
		}
		if emailRequired != nil {
			p.EmailOptional = !*emailRequired
		}
		out = append(out, p)
	}
	return out, nil
}

// onTopOf is a tenant's provider over the configured one.
func (p Provider) onTopOf(base Provider) Provider {
	clients := slices.Clone(base.Clients)
	for _, c := range p.Clients {
		if i := slices.IndexFunc(clients, func(b Client) bool { return b.ClientType == c.ClientType }); i >= 0 {
			clients[i] = c
		} else {
			clients = append(clients, c)
		}
	}
	p = p.over(base)
	p.Clients = clients
	p.Implementation, p.FakeEmail, p.UntrustedEmail = base.Implementation, base.FakeEmail, base.UntrustedEmail
	p.ValidateIDToken, p.ValidateAccessToken, p.Functions = base.ValidateIDToken, base.ValidateAccessToken, base.Functions
	return p
}

// provider finds a provider of a tenant, with the client for a type.
func (r *Recipe) provider(ctx context.Context, tenantID, id, clientType string) (*provider, error) {
	tenant, err := r.flow.Tenant(ctx, tenantID)
	if err != nil {
		return nil, err
	}
	all, err := r.merged(tenant)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(p Provider) bool { return p.ThirdPartyID == id })
	if i < 0 {
		return nil, fdi.BadInput(fmt.Sprintf("the provider %s could not be found in the configuration", id))
	}
	c, err := pickClient(all[i], clientType)
	if err != nil {
		return nil, err
	}
	p, err := r.newProvider(all[i], c)
	if err == nil {
		p.tenantID = tenant.TenantID
		p.believed = len(tenant.ThirdParty.Providers) == 0 || r.believes(p)
		p.dropKeys()
		err = p.checkEndpoints()
	}
	if err != nil { // a tenant's provider is checked no earlier
		return nil, fmt.Errorf("provider %s of tenant %s: %w", id, tenantID, err)
	}
	return p, nil
}

// dropKeys leaves it to the user info who signs in, where a tenant's provider
// has keys and no issuer, which a core does not keep: an ID token of anybody's
// with these keys is not taken.
func (p *provider) dropKeys() {
	if p.OIDCDiscoveryEndpoint == "" && p.Issuer == "" && p.UserInfoEndpoint != "" {
		p.JWKSURI = ""
	}
}

func pickClient(p Provider, clientType string) (Client, error) {
	if clientType == "" && len(p.Clients) == 1 {
		return p.Clients[0], nil
	}
	i := slices.IndexFunc(p.Clients, func(c Client) bool { return c.ClientType == clientType })
	switch {
	case clientType == "":
		return Client{}, fdi.BadInput("please provide exactly one client config or pass clientType or tenantId")
	case i < 0:
		return Client{}, fdi.BadInput("Could not find client config for clientType: " + clientType)
	}
	return p.Clients[i], nil
}
