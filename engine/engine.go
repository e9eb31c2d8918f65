package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/password"
)

// Engine is a core over a database.
type Engine struct {
	cfg    Config
	log    *slog.Logger
	db     *db.DB
	hasher *password.Hasher
	sealer *sealer // nil without a master key

	states  sync.Map // what is kept in memory of an app that exists: id → *state
	signUps singleflight.Group
	active  recently
	domains domains
}

// Open prepares an engine: it connects, and brings the schema up to date
// unless the Config says otherwise. It returns every mistake in the Config at
// once.
func Open(ctx context.Context, cfg Config) (*Engine, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	sealer, err := newSealer(cfg.MasterKey)
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
	return &Engine{
		cfg: cfg, log: cfg.Log, db: d, hasher: cfg.hasher(), sealer: sealer,
	}, nil
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
	a := e.app(core.Public)
	_, keysErr := a.keys(ctx)
	_, secretsErr := a.secrets(ctx)
	return from, to, errors.Join(keysErr, secretsErr, e.Close())
}

// Close closes the connections to the database.
func (e *Engine) Close() error {
	e.hasher.Close()
	return e.db.Close()
}

// App returns the core of one app; an empty id means [core.Public]. An app of a
// connection URI domain has the id that [core.AppKey] returns. Operations of an
// app that does not exist fail with [core.TenantNotFound].
func (e *Engine) App(id string) *core.Core {
	a := e.app(cmp.Or(id, core.Public))
	return &core.Core{
		AccountLinking:    a.accountLinking(),
		Dashboard:         a.dashboard(),
		EmailPassword:     a.emailPassword(),
		EmailVerification: a.emailVerification(),
		JWT:               a.jwt(),
		Limit:             a.limit(),
		Metadata:          a.metadata(),
		Passwordless:      a.passwordless(),
		Role:              a.role(),
		Service:           a.service(),
		Session:           a.session(),
		TOTP:              a.totp(),
		Tenant:            a.tenant(),
		ThirdParty:        a.thirdParty(),
		User:              a.users(),
		UserIDMapping:     a.userIDMapping(),
	}
}

// ms returns the time in milliseconds.
func (e *Engine) ms() int64 { return e.cfg.Now().UnixMilli() }

// after returns the time in milliseconds when a lifetime that begins now ends.
func (e *Engine) after(lifetime time.Duration) int64 { return e.ms() + lifetime.Milliseconds() }
