package thirdparty

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/go-jose/go-jose/v4"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/outbound"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/recipe/signin"
)

// RecipeID is the recipe's id in the protocol, and that of its login methods
// and its factor.
const RecipeID = signin.ThirdParty

// maxID is the longest id of a provider, in bytes, that a core takes.
const maxID = 28

// Functions is what the recipe does; see [core.ThirdPartyLogin].
type Functions = core.ThirdPartyLogin

// Recipe is the third-party recipe. Its operations are its fields.
type Recipe struct {
	Functions

	cfg  Config
	app  *postern.App
	flow *signin.Flow
	apis APIs

	out         *outbound.Client
	discoveries cache[discovery]
	keys        cache[jose.JSONWebKeySet]
}

// New returns the recipe. Mistakes in cfg are reported by postern.New.
func New(cfg Config) *Recipe { return &Recipe{cfg: cfg} }

// ID is "thirdparty".
func (r *Recipe) ID() string { return RecipeID }

// Init prepares the recipe. No provider is asked for anything yet.
func (r *Recipe) Init(a *postern.App) error {
	r.app, r.flow = a, signin.New(a)
	networks, err := prefixes(r.cfg.PrivateNetworks)
	r.out = outbound.New(networks)
	r.discoveries.fetch, r.discoveries.now = r.fetchDiscovery, a.Now
	r.keys.fetch, r.keys.now = r.fetchKeys, a.Now
	_, noSessions := postern.Need[*session.Recipe](a)
	r.override()
	return errors.Join(err, noSessions, r.check())
}

func (r *Recipe) override() {
	r.Functions = r.app.Core.ThirdParty
	if f := r.cfg.Functions; f != nil {
		r.Functions = f(r.Functions)
	}
	r.apis = APIs{AuthorisationURL: r.authorisationURLAPI, SignInUp: r.signInUpAPI, AppleCallback: r.appleCallbackAPI}
	if f := r.cfg.APIs; f != nil {
		r.apis = f(r.apis)
	}
}

// APIs is what the recipe serves.
func (r *Recipe) APIs() any { return &r.apis }

// FirstFactors is the factor by which the recipe signs people in.
func (r *Recipe) FirstFactors() []string { return []string{RecipeID} }

func prefixes(list []string) (networks []netip.Prefix, err error) {
	for i, s := range list {
		n, perr := netip.ParsePrefix(s)
		if perr != nil {
			err = errors.Join(err, fmt.Errorf("PrivateNetworks[%d]: %q is not a network; write it like \"10.0.0.0/8\"", i, s))
		}
		networks = append(networks, n)
	}
	return networks, err
}

// check reports every mistake in the providers, each with its place.
func (r *Recipe) check() error {
	var errs []error
	seen := map[string]bool{}
	for i, p := range r.cfg.Providers {
		at := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("Providers[%d]"+format, append([]any{i}, args...)...))
		}
		switch {
		case p.ThirdPartyID == "":
			at(".ThirdPartyID: is missing; give the provider's id, like \"google\"")
		case len(p.ThirdPartyID) > maxID:
			at(".ThirdPartyID: %q is longer than %d bytes", p.ThirdPartyID, maxID)
		case seen[p.ThirdPartyID]:
			at(".ThirdPartyID: there is a provider %q already", p.ThirdPartyID)
		}
		seen[p.ThirdPartyID] = true
		if len(p.Clients) == 0 {
			at(".Clients: is empty; register the app at the provider, and give the client id it gets there")
		}
		types := map[string]bool{}
		for j, c := range p.Clients {
			if types[c.ClientType] {
				at(".Clients[%d].ClientType: %q is there already; clients of one provider need different types", j, c.ClientType)
			}
			types[c.ClientType] = true
			for _, err := range r.checkClient(p, c) {
				at(".%w", clientError(j, err))
			}
		}
	}
	return errors.Join(errs...)
}

// placed is a mistake that belongs to a client, and not to its provider.
type placed struct{ error }

func clientError(j int, err error) error {
	var p placed
	if errors.As(err, &p) {
		return fmt.Errorf("Clients[%d].%w", j, p.error)
	}
	return err
}

func (r *Recipe) checkClient(p Provider, c Client) (errs []error) {
	if c.ClientID == "" {
		errs = append(errs, placed{errors.New("ClientID: is missing; the provider gives it when the app is registered")})
	}
	n, err := r.newProvider(p, c)
	if err != nil {
		return append(errs, placed{err})
	}
	if err := n.checkEndpoints(); err != nil {
		errs = append(errs, err)
	}
	return errs
}

// LoginProviders are those that people can sign in with in a tenant.
func (r *Recipe) LoginProviders(_ context.Context, tenant core.TenantInfo, clientType string) ([]signin.Provider, error) {
	out := []signin.Provider{}
	all, err := r.merged(tenant)
	for _, p := range all {
		if _, err := pickClient(p, clientType); err != nil {
			continue // the provider is for other clients
		}
		name := p.over(kindOf(p).defaults).Name
		if name == "" {
			name = kindOf(p).name
		}
		out = append(out, signin.Provider{ID: p.ThirdPartyID, Name: name})
	}
	return out, err
}
