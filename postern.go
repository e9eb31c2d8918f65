package postern

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/fdi"
)

// Config is what an [App] is made of.
type Config struct {
	App AppInfo
	// Core is where users and sessions live: engine.Open(…).App("public") for
	// a core in this process, cdi.Dial(…) for one behind HTTP. Required.
	Core *core.Core
	// Recipes are the features. Required.
	Recipes []Recipe
	// ServerlessEnv says that the process may be frozen once it has answered,
	// as on AWS Lambda: mails are then sent before the answer, not after.
	ServerlessEnv bool
	// TrustedProxies are the networks, "10.0.0.0/8", whose X-Forwarded-For is
	// believed. By default the client is who opened the connection.
	TrustedProxies []string
	// RateLimits are on unless they are switched off here.
	RateLimits RateLimits
	// TenantID chooses the tenant of a request, from its host for example. The
	// default is the one that the path names, or public.
	TenantID func(r *http.Request, fromPath string) (string, error)
	// Log takes what the app has to say; default slog.Default().
	Log *slog.Logger
	// Now is the clock; default time.Now.
	Now func() time.Time
}

// Recipe is a feature. [Need] and [All] find one from another.
type Recipe interface {
	// ID is the recipe's id in the protocol, "emailpassword".
	ID() string
	// Init prepares the recipe. Every other recipe is known to a by then, but
	// may not be prepared yet.
	Init(a *App) error
	// APIs is what the recipe serves: a pointer to a struct of operations
	// tagged fdi, or nil.
	APIs() any
}

// App serves the APIs of its recipes. It is safe for concurrent use.
type App struct {
	// Site is where the app is, in normal form.
	Site *Site
	// Core is the core of the app.
	Core *core.Core
	// Log and Now are those of the [Config], never nil.
	Log *slog.Logger
	Now func() time.Time

	recipes    []Recipe
	limits     RateLimits
	proxies    []netip.Prefix
	serverless bool
	router     fdi.Router
	background background
}

// New puts an app together. It reports every mistake in the configuration at
// once, each with the field and what to do.
func New(cfg Config) (*App, error) {
	site, siteErr := cfg.App.normalise()
	proxies, proxyErr := prefixes(cfg.TrustedProxies)
	if err := errors.Join(siteErr, proxyErr, cfg.check()); err != nil {
		return nil, err
	}
	a := &App{
		Site: site, Core: cfg.Core, Log: cmp.Or(cfg.Log, slog.Default()), Now: cfg.Now,
		recipes: cfg.Recipes, limits: cfg.RateLimits, proxies: proxies, serverless: cfg.ServerlessEnv,
	}
	if a.Now == nil {
		a.Now = time.Now
	}
	a.router = fdi.Router{Base: site.requestBase, Tenant: cfg.TenantID, CrossOrigin: site.crossOrigin(), Log: a.Log}
	return a, a.init()
}

func (cfg Config) check() error {
	var errs []error
	if cfg.Core == nil {
		errs = append(errs, errors.New("Core: is missing; open one with package engine, or reach one with package cdi"))
	}
	if len(cfg.Recipes) == 0 {
		errs = append(errs, errors.New("Recipes: is empty; add at least one, such as session.New(session.Config{})"))
	}
	if s := cfg.RateLimits.Scale; s < 0 || s > maxScale {
		errs = append(errs, fmt.Errorf("RateLimits.Scale: %d is not between 0 and %d; to have no limits set Disabled", s, maxScale))
	}
	seen := map[string]bool{}
	for i, r := range cfg.Recipes {
		switch {
		case r == nil:
			errs = append(errs, fmt.Errorf("Recipes[%d]: is nil", i))
		case seen[r.ID()]:
			errs = append(errs, fmt.Errorf("Recipes[%d]: there is a recipe %q already", i, r.ID()))
		default:
			seen[r.ID()] = true
		}
	}
	return errors.Join(errs...)
}

func (a *App) init() error {
	var errs []error
	for _, r := range a.recipes {
		if err := r.Init(a); err != nil {
			errs = append(errs, fmt.Errorf("recipe %s: %w", r.ID(), err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, r := range a.recipes {
		if set := r.APIs(); set != nil {
			a.router.Add(r.ID(), set)
		}
	}
	return nil
}

// All returns the recipes that are a T: a recipe's type, or an interface.
func All[T any](a *App) []T {
	var ts []T
	for _, r := range a.recipes {
		if t, ok := r.(T); ok {
			ts = append(ts, t)
		}
	}
	return ts
}

// Need returns the recipe that is a T.
func Need[T any](a *App) (T, error) {
	if ts := All[T](a); len(ts) > 0 {
		return ts[0], nil
	}
	var none T
	return none, fmt.Errorf("Recipes: it needs %T, which is missing; add it", none)
}

// ServeHTTP serves the APIs, and 404 for the rest.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.Middleware(http.NotFoundHandler()).ServeHTTP(w, r)
}

// Middleware serves the APIs and leaves the rest to next.
func (a *App) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if api, ok := a.router.Match(r); ok {
			api.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
