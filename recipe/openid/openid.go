// Package openid describes the issuer of the app's tokens to those who verify
// them.
//
// # Routes
//
//	GET /.well-known/openid-configuration   below the API base path, for any origin
//
// The issuer is the API domain with the API base path. It is the iss of
// sessions too. The protocol is FDI §4.12.
package openid

import (
	"cmp"
	"context"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/session"
)

// Config changes the recipe.
type Config struct {
	// Issuer is the iss of tokens; default where the APIs are.
	Issuer string
	// SigningAlgorithm is that of the core; default RS256.
	SigningAlgorithm string
	// APIs replaces parts of the recipe. It receives the original and returns
	// what to use.
	APIs func(original APIs) APIs
}

// Recipe is the OpenID recipe.
type Recipe struct {
	cfg  Config
	app  *postern.App
	apis APIs
}

// APIs is what the recipe serves. A nil API is not served.
type APIs struct {
	Configuration op.Func[ConfigurationGet, Configuration] `fdi:"GET /.well-known/openid-configuration" form:"bare"`
}

// ConfigurationGet is the input of [APIs].Configuration.
type ConfigurationGet struct{ fdi.Call }

// Configuration is the metadata of the issuer (OpenID Connect Discovery 1.0,
// RFC 8414).
type Configuration struct {
	Issuer                           string   `json:"issuer"`
	JWKSURI                          string   `json:"jwks_uri"`
	AuthorizationEndpoint            string   `json:"authorization_endpoint"`
	TokenEndpoint                    string   `json:"token_endpoint"`
	UserInfoEndpoint                 string   `json:"userinfo_endpoint"`
	RevocationEndpoint               string   `json:"revocation_endpoint"`
	TokenIntrospectionEndpoint       string   `json:"token_introspection_endpoint"` // the name that clients of the protocol read
	IntrospectionEndpoint            string   `json:"introspection_endpoint"`       // the name of RFC 8414
	EndSessionEndpoint               string   `json:"end_session_endpoint"`
	SubjectTypesSupported            []string `json:"subject_types_supported"`
	IDTokenSigningAlgValuesSupported []string `json:"id_token_signing_alg_values_supported"`
	ResponseTypesSupported           []string `json:"response_types_supported"`
}

// New returns the recipe.
func New(cfg Config) *Recipe { return &Recipe{cfg: cfg} }

// ID is "openid".
func (r *Recipe) ID() string { return "openid" }

// Init prepares the recipe.
func (r *Recipe) Init(a *postern.App) error {
	r.app = a
	r.cfg.Issuer = cmp.Or(r.cfg.Issuer, a.Site.API())
	r.cfg.SigningAlgorithm = cmp.Or(r.cfg.SigningAlgorithm, "RS256")
	r.apis = APIs{Configuration: r.configurationAPI}
	if f := r.cfg.APIs; f != nil {
		r.apis = f(r.apis)
	}
	for _, s := range postern.All[*session.Recipe](a) {
		s.Issuer = func() string { return r.cfg.Issuer }
	}
	return nil
}

// APIs is what the recipe serves.
func (r *Recipe) APIs() any { return &r.apis }

func (r *Recipe) configurationAPI(_ context.Context, in ConfigurationGet) (Configuration, error) {
	in.Response.Header().Set("Access-Control-Allow-Origin", "*")
	return r.Configuration(), nil
}

// Configuration returns the metadata of the issuer.
func (r *Recipe) Configuration() Configuration {
	api := r.app.Site.API()
	return Configuration{
		Issuer:                           r.cfg.Issuer,
		JWKSURI:                          api + "/jwt/jwks.json",
		AuthorizationEndpoint:            api + "/oauth/auth",
		TokenEndpoint:                    api + "/oauth/token",
		UserInfoEndpoint:                 api + "/oauth/userinfo",
		RevocationEndpoint:               api + "/oauth/revoke",
		TokenIntrospectionEndpoint:       api + "/oauth/introspect",
		IntrospectionEndpoint:            api + "/oauth/introspect",
		EndSessionEndpoint:               api + "/oauth/end_session",
		SubjectTypesSupported:            []string{"public"},
		IDTokenSigningAlgValuesSupported: []string{r.cfg.SigningAlgorithm},
		ResponseTypesSupported:           []string{"code", "id_token", "id_token token"},
	}
}
