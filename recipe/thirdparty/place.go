package thirdparty

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
)

// place is where a sign-in at a provider happens. It is the same when the
// sign-in begins and when it ends, or a code would be handed to somebody else
// than it was made by.
type place struct {
	TenantID, ThirdPartyID string
	ClientType, ClientID   string
	RedirectURI            string
	source
}

// source is who says who somebody is: all that makes a provider this one and no
// other with its id.
type source struct {
	Issuer                                                          string
	AuthorizationEndpoint, TokenEndpoint, UserInfoEndpoint, JWKSURI string
	OIDCDiscoveryEndpoint                                           string
}

// source is known once the provider has said where its endpoints are.
func (p *provider) source(ctx context.Context) (source, error) {
	err := p.discover(ctx)
	return p.configured(), err
}

// configured is the source as far as it is known without asking.
func (p *provider) configured() source {
	return source{
		Issuer:                p.Issuer,
		AuthorizationEndpoint: p.AuthorizationEndpoint, TokenEndpoint: p.TokenEndpoint, UserInfoEndpoint: p.UserInfoEndpoint, JWKSURI: p.JWKSURI,
		OIDCDiscoveryEndpoint: p.OIDCDiscoveryEndpoint,
	}
}

// place is where a sign-in with this provider happens that ends at a redirect
// URI.
func (p *provider) place(ctx context.Context, redirectURI string) (place, error) {
	at := place{
		TenantID: p.tenantID, ThirdPartyID: p.ThirdPartyID,
		ClientType: p.client.ClientType, ClientID: p.client.ClientID,
		RedirectURI: redirectURI,
	}
	var err error
	at.source, err = p.source(ctx)
	return at, err
}

// digest is short and as good as the place for being compared.
func (p place) digest() (string, error) {
	raw, err := json.Marshal(p)
	sum := sha256.Sum256(raw)
	return base64.RawURLEncoding.EncodeToString(sum[:]), err
}
