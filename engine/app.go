package engine

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
)

// maxText bounds ids and names, in bytes: they stand in the keys of tables,
// which databases bound too.
const maxText = 512

// app is one app of an engine; its methods are the operations of a core.
type app struct {
	*Engine
	id    string
	state *state
	cfg   *Config // of the engine, or what holds in a tenant: see forTenant
}

// state is what is kept in memory of an app. All of it can be read again.
type state struct {
	secrets atomic.Pointer[secrets]
	ring    atomic.Pointer[loadedRing]
	tidied  atomic.Int64 // when expired rows were last deleted

	configsMu  sync.Mutex
	configs    map[string]configured // by tenant
	configsAge int                   // how often they were forgotten

	keysMu  sync.Mutex // held while keys are read or made
	missed  int64      // when we last looked for a key that we did not know
	failed  int64      // when reading them last failed
	failure error      // and why; nil when it did not
}

func (e *Engine) app(id string) *app {
	if known, ok := e.states.Load(id); ok {
		return &app{e, id, known.(*state), &e.cfg}
	}
	return &app{e, id, new(state), &e.cfg}
}

// exists keeps the state in memory, now that the app is known to exist.
// Whoever asks for apps that do not exist costs no memory.
func (a *app) exists() { a.states.LoadOrStore(a.id, a.state) }

// forget drops what is kept in memory of an app that has been deleted.
func (e *Engine) forget(id string) {
	e.forgetConfigs(id)
	if known, ok := e.states.LoadAndDelete(id); ok {
		known.(*state).secrets.Store(nil)
	}
}

// checkApp fails when the app does not exist.
func (a *app) checkApp(ctx context.Context, q db.Querier) error {
	var id string
	found, err := q.One(ctx, `SELECT app_id FROM apps WHERE app_id = $1`, db.Args{a.id}, &id)
	if err == nil && !found {
		return &core.TenantNotFound{AppID: a.id}
	}
	return err
}

// checkTenant fails when the app or the tenant does not exist.
func (a *app) checkTenant(ctx context.Context, q db.Querier, tenant string) error {
	var id string
	found, err := q.One(ctx, `SELECT COALESCE(t.tenant_id, '') FROM apps a
		LEFT JOIN tenants t ON t.app_id = a.app_id AND t.tenant_id = $2 WHERE a.app_id = $1`, db.Args{a.id, tenant}, &id)
	switch {
	case err != nil:
		return err
	case !found:
		return &core.TenantNotFound{AppID: a.id}
	case id == "":
		return &core.TenantNotFound{AppID: a.id, TenantID: tenant}
	}
	return nil
}

// inTenant runs a transaction in a tenant that exists.
func (a *app) inTenant(ctx context.Context, tenant string, fn func(q db.Querier) error) error {
	return a.db.Tx(ctx, func(q db.Querier) error {
		if err := a.checkTenant(ctx, q, tenant); err != nil {
			return err
		}
		return fn(q)
	})
}

// inApp runs a transaction in an app that exists.
func (a *app) inApp(ctx context.Context, fn func(q db.Querier) error) error {
	return a.db.Tx(ctx, func(q db.Querier) error {
		if err := a.checkApp(ctx, q); err != nil {
			return err
		}
		return fn(q)
	})
}

// orPublic returns the tenant, or the app, that an empty id means.
func orPublic(id string) string {
	if id == "" {
		return core.Public
	}
	return id
}

// name trims a name and refuses an empty one.
func name(field, value string) (string, error) {
	value = strings.TrimSpace(value)
	if value == "" {
		return "", core.Bad("Field name '%s' cannot be an empty String", field)
	}
	return value, short(field, value)
}

// userID refuses ids that no user can have.
func userID(id string) error {
	if id == "" {
		return core.Bad("Field name 'userId' cannot be an empty String")
	}
	return short("userId", id)
}

func short(field, value string) error {
	if len(value) > maxText {
		return core.Bad("Field name '%s' is too long: at most %d bytes are allowed", field, maxText)
	}
	return nil
}
