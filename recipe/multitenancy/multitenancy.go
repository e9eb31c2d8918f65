// Package multitenancy tells frontends how people may sign in to a tenant, and
// keeps tenants: its operations are those of core.Tenant.
//
// # Routes
//
//	GET /loginmethods   the ways in to a tenant
//
// It takes a tenant in front. The protocol is FDI §4.9.
package multitenancy

import (
	"context"
	"errors"
	"slices"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/claim"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/recipe/signin"
)

// Functions is what the recipe does; see [core.Tenant].
type Functions = core.Tenant

// Config changes the recipe.
type Config struct {
	// AllowedDomains returns the domains on which a tenant's sessions are good.
	// With it sessions carry the claim st-t-dmns.
	AllowedDomains func(ctx context.Context, tenantID string) ([]string, error)

	// Functions and APIs replace parts of the recipe. They receive the original
	// and return what to use.
	Functions func(original Functions) Functions
	APIs      func(original APIs) APIs
}

// Recipe is the multitenancy recipe. Its operations are its fields.
type Recipe struct {
	Functions
	// DomainsClaim is the domains on which the session is good.
	DomainsClaim *claim.Claim[[]string]

	cfg  Config
	app  *postern.App
	flow *signin.Flow
	apis APIs
}

// APIs is what the recipe serves. A nil API is not served.
type APIs struct {
	LoginMethods op.Func[LoginMethodsGet, LoginMethods] `fdi:"GET /loginmethods"`
}

// LoginMethodsGet is the input of [APIs].LoginMethods.
type LoginMethodsGet struct {
	fdi.Call
	ClientType string `query:"clientType"`
}

// LoginMethods is the ways in to a tenant.
type LoginMethods struct {
	EmailPassword Enabled    `json:"emailPassword"`
	ThirdParty    ThirdParty `json:"thirdParty"`
	Passwordless  Enabled    `json:"passwordless"`
	WebAuthn      Enabled    `json:"webauthn"`
	FirstFactors  []string   `json:"firstFactors"`
}

// Enabled says whether a way in is open.
type Enabled struct {
	Enabled bool `json:"enabled"`
}

// ThirdParty is the way in by other providers.
type ThirdParty struct {
	Enabled   bool              `json:"enabled"`
	Providers []signin.Provider `json:"providers"`
}

// ProviderSource is the recipe that knows the other providers by which people
// can sign in to a tenant; thirdparty is one.
type ProviderSource interface {
	LoginProviders(ctx context.Context, tenant core.TenantInfo, clientType string) ([]signin.Provider, error)
}

// New returns the recipe.
func New(cfg Config) *Recipe {
	r := &Recipe{cfg: cfg}
	r.DomainsClaim = &claim.Claim[[]string]{Key: "st-t-dmns", Fetch: func(ctx context.Context, s claim.Subject) ([]string, bool, error) {
		domains, err := cfg.AllowedDomains(ctx, s.TenantID)
		return domains, domains != nil, err
	}}
	return r
}

// ID is "multitenancy".
func (r *Recipe) ID() string { return "multitenancy" }

// Init prepares the recipe.
func (r *Recipe) Init(a *postern.App) error {
	r.app, r.flow = a, signin.New(a)
	r.Functions = a.Core.Tenant
	if f := r.cfg.Functions; f != nil {
		r.Functions = f(r.Functions)
	}
	r.apis = APIs{LoginMethods: r.loginMethodsAPI}
	if f := r.cfg.APIs; f != nil {
		r.apis = f(r.apis)
	}
	if r.cfg.AllowedDomains == nil {
		return nil
	}
	var errs []error
	for _, s := range postern.All[*session.Recipe](a) {
		errs = append(errs, s.AddClaim(r.DomainsClaim))
	}
	return errors.Join(errs...)
}

// APIs is what the recipe serves.
func (r *Recipe) APIs() any { return &r.apis }

func (r *Recipe) loginMethodsAPI(ctx context.Context, in LoginMethodsGet) (out LoginMethods, err error) {
	tenant, err := r.flow.Tenant(ctx, in.TenantID)
	if err != nil {
		return out, err
	}
	out.FirstFactors = r.flow.FirstFactors(tenant)
	has := func(factors ...string) bool {
		return slices.ContainsFunc(factors, func(f string) bool { return slices.Contains(out.FirstFactors, f) })
	}
	out.EmailPassword.Enabled = has(signin.EmailPassword)
	out.ThirdParty = ThirdParty{Enabled: has(signin.ThirdParty), Providers: []signin.Provider{}}
	out.Passwordless.Enabled = has(signin.OTPEmail, signin.OTPPhone, signin.LinkEmail, signin.LinkPhone)
	out.WebAuthn.Enabled = has(signin.WebAuthn)
	for _, source := range postern.All[ProviderSource](r.app) {
		if out.ThirdParty.Enabled {
			out.ThirdParty.Providers, err = source.LoginProviders(ctx, tenant, in.ClientType)
		}
	}
	return out, err
}
