package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest/idp"
	"github.com/posternauth/postern/connect"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/internal/localonly"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/ui"
)

type devCmd struct {
	database
	Addr                string        `default:"127.0.0.1:3000" placeholder:"HOST:PORT" help:"Where to listen (${default})."`
	APIKey              core.Secret   `name:"api-key" env:"POSTERN_API_KEY" placeholder:"KEY" help:"Key of the core, if --db is one behind HTTP."`
	Website             string        `placeholder:"URL" help:"Where your own frontend runs, if not here: its origin is allowed to call the APIs."`
	Name                string        `default:"Postern" help:"What the app is called (${default})."`
	AccessTokenValidity time.Duration `default:"1h" placeholder:"TIME" help:"Life of access tokens (${default}); make it short to watch refreshes."`
	RequireVerified     bool          `help:"Let nobody in who has not proved their address."`
	Linking             bool          `default:"true" negatable:"" help:"Make logins with the same proved address one user (--no-linking: never)."`
	NoLimits            bool          `help:"Switch the rate limits off, for load tests."`
}

// Run serves everything on one port until ctx ends.
func (c devCmd) Run(ctx context.Context, term *terminal) error {
	log := slog.New(slog.NewTextHandler(term.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	uri, err := c.uri()
	if err != nil {
		return err
	}
	l, addr, err := listen(ctx, c.Addr)
	if err != nil {
		return err
	}
	store, err := connect.Open(ctx, connect.Config{
		URI: uri, APIKey: c.APIKey,
		Engine: engine.Config{AccessTokenValidity: c.AccessTokenValidity, Log: log},
	})
	if err != nil {
		return err
	}
	defer store.Close()
	provider, err := startProvider(ctx, log)
	if err != nil {
		return err
	}
	app, h, err := c.handler(store.App, "http://"+addr, provider, log)
	if err != nil {
		return err
	}
	defer app.Close()
	c.greet(term, "http://"+addr, withoutPassword(uri))
	return serve(ctx, l, localonly.Handler(h, "open it as http://localhost or by its IP address.", c.websiteHost()), log)
}

// websiteHost is the name of the frontend that may call the APIs.
func (c devCmd) websiteHost() string {
	u, err := url.Parse(c.Website)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// handler is everything that one port serves.
func (c devCmd) handler(store *core.Core, origin string, provider *idp.Server, log *slog.Logger) (*postern.App, http.Handler, error) {
	outbox, sessions := new(delivery.Outbox), session.New(session.Config{})
	website := c.Website
	if website == "" {
		website = origin
	}
	app, err := postern.New(postern.Config{
		App:        postern.AppInfo{Name: c.Name, APIDomain: origin, WebsiteDomain: website},
		Core:       store,
		RateLimits: postern.RateLimits{Disabled: c.NoLimits},
		Log:        log,
		Recipes:    c.recipes(outbox, sessions, provider),
	})
	if err != nil {
		return nil, nil, err
	}
	pages, err := ui.For(app, ui.Config{Outbox: outbox, RequireVerifiedEmail: c.RequireVerified})
	if err != nil {
		return nil, nil, err
	}
	return app, postern.CORS(app)(pages.Middleware(app.Middleware(demo(app, sessions)))), nil
}

func (c devCmd) greet(term *terminal, origin, uri string) {
	row := func(what, url string) { term.say("  %-14s %s", what, term.paint(bold, url)) }
	term.say("%s is running. Try it:", term.paint(green, c.Name))
	row("sign in", origin+"/auth")
	row("demo page", origin+"/")
	row("protected API", origin+"/api/me")
	row("mails", origin+"/auth/outbox")
	term.say("Google, GitHub and Apple are played by a stand-in on this machine.")
	term.hint(fmt.Sprintf("Everything is kept in %s. Stop it with Ctrl-C.", uri))
	fmt.Fprintln(term.out, origin)
}
