package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/background"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/password"
	"github.com/posternauth/postern/engine/internal/person"
	"github.com/posternauth/postern/engine/internal/tenancy"
)

// Engine is a core over a database.
type Engine struct {
	kernel *kernel.Kernel
	hasher *password.Hasher
	worker *background.Worker

	active  person.Recent
	domains *tenancy.Domains
}

// Open prepares an engine: it connects, and brings the schema up to date
// unless the Config says otherwise. It returns every mistake in the Config at
// once.
func Open(ctx context.Context, cfg Config) (*Engine, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	d, err := db.Open(cfg.database())
	if err != nil {
		return nil, fmt.Errorf("engine: Config.Database: %w", err)
	}
	if err := prepare(ctx, d, cfg); err != nil {
		d.Close()
		return nil, fmt.Errorf("engine: Config.Database: %w", err)
	}
	k, err := kernel.New(kernel.Config{
		DB: d, Log: cfg.Log, Now: cfg.Now, MasterKey: cfg.MasterKey, Values: cfg.values(), Tables: tables(),
	})
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return &Engine{kernel: k, hasher: cfg.hasher(), domains: tenancy.NewDomains(k), worker: background.New(d, cfg.Log)}, nil
}

func prepare(ctx context.Context, d *db.DB, cfg Config) error {
	switch {
	case cfg.Serverless:
		return nil
	case !cfg.SkipMigrations:
		_, _, err := d.Migrate(ctx)
		return err
	}
	current, wanted, err := d.Version(ctx)
	switch {
	case err != nil:
		return err
	case current < wanted:
		return &db.OldSchemaError{Current: current, Needed: wanted}
	case current > wanted:
		return &db.NewerSchemaError{Current: current, Known: wanted}
	}
	return nil
}

// Migrate brings the schema of a database up to date, and says from which
// version to which. It refuses a schema that is newer than this program.
func Migrate(ctx context.Context, cfg Config) (from, to int64, err error) {
	cfg, err = cfg.withDefaults()
	if err != nil {
		return 0, 0, err
	}
	d, err := db.Open(cfg.database())
	if err != nil {
		return 0, 0, fmt.Errorf("engine: Config.Database: %w", err)
	}
	defer d.Close()
	return d.Migrate(ctx)
}

// Prepare brings the schema up to date, and makes the keys of the public app,
// so that nobody has to wait for them. It is what runs once for every new
// version of a function that is Serverless.
func Prepare(ctx context.Context, cfg Config) (from, to int64, err error) {
	if from, to, err = Migrate(ctx, cfg); err != nil {
		return from, to, err
	}
	e, err := Open(ctx, cfg)
	if err != nil {
		return from, to, err
	}
	_, keysErr := e.rooms(core.Public).keys.Ready(ctx)
	secretErr := e.kernel.App(core.Public).Ready(ctx)
	return from, to, errors.Join(keysErr, secretErr, e.Close())
}

// Close closes the connections to the database.
func (e *Engine) Close() error {
	e.hasher.Close()
	return e.kernel.DB.Close()
}

// Clean deletes everything that has expired, of all apps. Engines also do that
// on the way, a little at a time, and in [Engine.Work]; an operator may call
// it, or not.
func (e *Engine) Clean(ctx context.Context) error { return e.kernel.Clean(ctx) }

// App returns the core of one app; an empty id means [core.Public]. An app of a
// connection URI domain has the id that [core.AppKey] returns. Operations of an
// app that does not exist fail with [core.TenantNotFound].
func (e *Engine) App(id string) *core.Core {
	c := e.rooms(cmp.Or(id, core.Public)).core
	return &c // which is the caller's to change
}

// Domain returns the connection URI domain that requests to a host are for:
// the host's name, if there is such a domain, or "", the default one. host may
// have a port. Domains are kept in memory for 10 seconds, and for longer while
// the database does not answer.
func (e *Engine) Domain(ctx context.Context, host string) (string, error) {
	return e.domains.Of(ctx, host)
}
