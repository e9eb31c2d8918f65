package thirdparty

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// discovery is what a provider says of itself (OpenID Connect Discovery 1.0).
type discovery struct {
	Issuer                string   `json:"issuer"`
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	TokenEndpoint         string   `json:"token_endpoint"`
	UserInfoEndpoint      string   `json:"userinfo_endpoint"`
	JWKSURI               string   `json:"jwks_uri"`
	ChallengeMethods      []string `json:"code_challenge_methods_supported"`
	SigningAlgorithms     []string `json:"id_token_signing_alg_values_supported"`
}

// get fetches a JSON document.
func (r *Recipe) get(ctx context.Context, address string, to any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	return r.out.JSON(ctx, req, to)
}

func (r *Recipe) fetchDiscovery(ctx context.Context, address string) (d discovery, err error) {
	return d, r.get(ctx, address, &d)
}

func (r *Recipe) fetchKeys(ctx context.Context, address string) (set jose.JSONWebKeySet, err error) {
	return set, r.get(ctx, address, &set)
}

// discover fills in what is not configured by what the provider says of
// itself.
func (p *provider) discover(ctx context.Context) error {
	if p.OIDCDiscoveryEndpoint == "" {
		return nil
	}
	d, err := p.recipe.discoveries.find(ctx, p.OIDCDiscoveryEndpoint, freshFor)
	if err != nil {
		return p.down(err)
	}
	if err := p.checkIssuer(d.Issuer); err != nil {
		return p.down(err)
	}
	p.Issuer = d.Issuer
	for own, found := range map[*string]string{
		&p.AuthorizationEndpoint: d.AuthorizationEndpoint, &p.TokenEndpoint: d.TokenEndpoint,
		&p.UserInfoEndpoint: d.UserInfoEndpoint, &p.JWKSURI: d.JWKSURI,
	} {
		*own = cmp.Or(*own, found)
	}
	p.pkce = p.pkce || slices.Contains(d.ChallengeMethods, "S256")
	p.pin(d.SigningAlgorithms)
	return nil
}

// anyTenant is what Microsoft writes into the issuer of its common endpoints.
const anyTenant = "{tenantid}"

// checkIssuer wants the issuer that the document was found by, or that is
// configured.
func (p *provider) checkIssuer(issuer string) error {
	want := cmp.Or(p.Issuer, strings.TrimSuffix(p.OIDCDiscoveryEndpoint, discoveryPath))
	if issuer == want || p.Issuer == "" && issuer == want+"/" {
		return nil
	}
	if p.kind.prefix == "active-directory" && p.Issuer == "" && strings.Contains(issuer, anyTenant) {
		return nil // who may sign in is for the directory in the configuration to say
	}
	return fmt.Errorf("the discovery document at %s is that of the issuer %q and not %q", p.OIDCDiscoveryEndpoint, issuer, want)
}

// signatures are the algorithms by which ID tokens may be signed. None of them
// works with a secret.
func signatures() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{
		jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
	}
}

// pin keeps the algorithms that the provider says it signs by; one that says
// nothing signs by RS256, which all have to.
func (p *provider) pin(said []string) {
	p.algorithms = nil
	for _, known := range signatures() {
		if slices.Contains(said, string(known)) {
			p.algorithms = append(p.algorithms, known)
		}
	}
	if len(p.algorithms) == 0 {
		p.algorithms = []jose.SignatureAlgorithm{jose.RS256}
	}
}
