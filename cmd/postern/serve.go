package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/posternauth/postern/cdi"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine"
)

type serveCmd struct {
	database
	Addr                string        `default:"127.0.0.1:3567" env:"POSTERN_ADDR" placeholder:"HOST:PORT" help:"Where to listen (${default})."`
	APIKey              []core.Secret `name:"api-key" env:"POSTERN_API_KEYS" placeholder:"KEY" help:"Key that clients must send; may be repeated. At least 20 characters."`
	MasterKey           core.Secret   `env:"POSTERN_MASTER_KEY" placeholder:"SECRET" help:"Encrypts the signing keys in the database. At least 32 characters."`
	Pooler              bool          `env:"POSTERN_POOLER" help:"The database is behind a transaction pooler, such as PgBouncer."`
	AccessTokenValidity time.Duration `default:"1h" placeholder:"TIME" help:"Life of access tokens (${default})."`
	BasePath            string        `placeholder:"PATH" help:"Prefix of all paths."`
}

// Run serves the core until ctx ends.
func (c serveCmd) Run(ctx context.Context, term *terminal) error {
	log := slog.New(slog.NewTextHandler(term.err, nil))
	uri, err := c.uri()
	if err != nil {
		return err
	}
	e, err := engine.Open(ctx, engine.Config{
		Database: uri, MasterKey: c.MasterKey, Pooler: c.Pooler, AccessTokenValidity: c.AccessTokenValidity, Log: log,
	})
	if err != nil {
		return err
	}
	defer e.Close()
	h, err := cdi.Handler(cdi.Config{App: e.App, APIKeys: c.APIKey, BasePath: c.BasePath, Log: log})
	if err != nil {
		return err
	}
	l, addr, err := listen(ctx, c.Addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(term.out, "http://%s%s\n", addr, c.BasePath)
	term.say("The core is running. Give this connectionURI to your SDK. Stop it with Ctrl-C.")
	if len(c.APIKey) == 0 {
		term.hint("Everyone who reaches this address is trusted; set --api-key before others can.")
	}
	return serve(ctx, l, h, log)
}

type migrateCmd struct {
	database
	JSON bool `help:"Print JSON."`
}

// Run brings the schema up to date.
func (c migrateCmd) Run(ctx context.Context, term *terminal) error {
	uri, err := c.uri()
	if err != nil {
		return err
	}
	from, to, err := engine.Migrate(ctx, engine.Config{Database: uri})
	if err != nil {
		return err
	}
	if c.JSON {
		return term.json(struct {
			From int64 `json:"from"`
			To   int64 `json:"to"`
		}{from, to})
	}
	if from == to {
		fmt.Fprintf(term.out, "The schema is up to date (version %d).\n", to)
		return nil
	}
	fmt.Fprintf(term.out, "The schema went from version %d to %d.\n", from, to)
	return nil
}
