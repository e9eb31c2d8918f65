package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/claim"
	"github.com/posternauth/postern/core"
)

// Recipe is the session recipe.
type Recipe struct {
	Functions
	// Issuer returns the issuer of tokens; the openid recipe sets it. The
	// default is where the APIs are.
	Issuer func() string

	cfg        Config
	app        *postern.App
	apis       APIs
	keys       keyCache
	verified   tokenCache
	headers    headerCache
	claims     []claim.Builder
	validators []claim.Validator
	origins    *http.CrossOriginProtection
}

// New returns a session recipe. Mistakes in cfg are reported by postern.New.
func New(cfg Config) *Recipe { return &Recipe{cfg: cfg} }

// ID is "session".
func (r *Recipe) ID() string { return "session" }

// Init prepares the recipe.
func (r *Recipe) Init(a *postern.App) error {
	if err := r.cfg.normalise(); err != nil {
		return err
	}
	r.app = a
	if r.cfg.hostCookies() && !r.secure() {
		return errors.New("AccessCookie, RefreshCookie: names that begin with __Host- need an https APIDomain")
	}
	if err := r.trustOrigins(); err != nil {
		return err
	}
	r.verified.size = r.cfg.CacheSize
	r.keys.refresh, r.keys.now = r.cfg.KeyRefresh, a.Now
	r.keys.fetch = func(ctx context.Context) (core.KeySet, error) { return a.Core.JWT.Keys(ctx, struct{}{}) }
	r.Functions = Functions{
		Session: a.Core.Session,
		Validators: func(_ context.Context, in ValidatorsInput) ([]claim.Validator, error) {
			return in.Added, nil
		},
	}
	if f := r.cfg.Functions; f != nil {
		r.Functions = f(r.Functions)
	}
	r.apis = APIs{Refresh: r.refreshAPI, SignOut: r.signOutAPI}
	if f := r.cfg.APIs; f != nil {
		r.apis = f(r.apis)
	}
	return nil
}

// APIs is what the recipe serves.
func (r *Recipe) APIs() any { return &r.apis }

// AddClaim makes every new session carry a claim. Recipes call it from Init.
func (r *Recipe) AddClaim(c claim.Builder) error {
	for _, have := range r.claims {
		if have.Name() == c.Name() {
			return fmt.Errorf("two claims are called %q", c.Name())
		}
	}
	r.claims = append(r.claims, c)
	return nil
}

// AddValidator makes a demand on every session that is verified. Recipes call
// it from Init.
func (r *Recipe) AddValidator(v claim.Validator) { r.validators = append(r.validators, v) }

func (r *Recipe) now() time.Time { return r.app.Now() }

// secure reports whether cookies are sent by https only.
func (r *Recipe) secure() bool {
	switch r.cfg.CookieSecure {
	case "always":
		return true
	case "never":
		return false
	}
	return r.app.Site.SecureAPI()
}

func (r *Recipe) sameSite(req *http.Request) http.SameSite {
	switch r.cfg.CookieSameSite {
	case "lax":
		return http.SameSiteLaxMode
	case "strict":
		return http.SameSiteStrictMode
	case "none":
		return http.SameSiteNoneMode
	}
	if r.app.Site.CrossSite(req) {
		return http.SameSiteNoneMode
	}
	return http.SameSiteLaxMode
}

func (r *Recipe) antiCSRF(req *http.Request) string {
	switch {
	case r.cfg.AntiCSRF != "":
		return r.cfg.AntiCSRF
	case r.sameSite(req) == http.SameSiteNoneMode:
		return AntiCSRFHeader
	}
	return AntiCSRFNone
}
