package kernel

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/setting"
)

// App is one app of an engine, as its features see it.
type App struct {
	*Kernel
	*memory
	ID     string
	Values *setting.Values // of the engine, or what holds in a tenant: see ForTenant
}

// memory is what is kept in memory of an app. All of it can be read again.
type memory struct {
	// Composed is what the engine has made of the app. Nobody else looks at it.
	Composed any

	root      atomic.Pointer[[]byte]
	derived   sync.Map     // purpose → key, of root
	tidied    atomic.Int64 // when expired rows were last deleted
	configs   configs
	forgotten []func()
}

// App returns an app, which need not exist.
func (k *Kernel) App(id string) *App {
	if known, ok := k.apps.Load(id); ok {
		return known.(*App)
	}
	return &App{Kernel: k, ID: id, memory: new(memory), Values: &k.base}
}

// Exists keeps what is in memory of the app, now that it is known to exist.
// Whoever asks for apps that do not exist costs no memory.
func (a *App) Exists() {
	if _, known := a.apps.Load(a.ID); !known {
		a.apps.LoadOrStore(a.ID, &App{Kernel: a.Kernel, ID: a.ID, memory: a.memory, Values: &a.base})
	}
}

// OnForget has a room told that what it keeps in memory of the app may not hold
// any more: the app was deleted, or its settings have changed. It is for the
// time when rooms are made.
func (a *App) OnForget(do func()) { a.forgotten = append(a.forgotten, do) }

// Forget drops what is kept in memory of an app that has been deleted.
func (k *Kernel) Forget(id string) {
	k.ForgetValues(id)
	if known, ok := k.apps.LoadAndDelete(id); ok {
		known.(*App).forgetSecrets()
	}
}

// CheckApp fails when the app does not exist.
func (a *App) CheckApp(ctx context.Context, q db.Querier) error {
	var id string
	found, err := q.One(ctx, `SELECT app_id FROM apps WHERE app_id = $1`, db.Args{a.ID}, &id)
	if err == nil && !found {
		return &core.TenantNotFound{AppID: a.ID}
	}
	return err
}

// CheckTenant fails when the app or the tenant does not exist.
func (a *App) CheckTenant(ctx context.Context, q db.Querier, tenant string) error {
	var id string
	found, err := q.One(ctx, `SELECT COALESCE(t.tenant_id, '') FROM apps a
		LEFT JOIN tenants t ON t.app_id = a.app_id AND t.tenant_id = $2 WHERE a.app_id = $1`, db.Args{a.ID, tenant}, &id)
	switch {
	case err != nil:
		return err
	case !found:
		return &core.TenantNotFound{AppID: a.ID}
	case id == "":
		return &core.TenantNotFound{AppID: a.ID, TenantID: tenant}
	}
	return nil
}

// InTenant runs a transaction in a tenant that exists.
func (a *App) InTenant(ctx context.Context, tenant string, fn func(q db.Querier) error) error {
	return a.DB.Tx(ctx, func(q db.Querier) error {
		if err := a.CheckTenant(ctx, q, tenant); err != nil {
			return err
		}
		return fn(q)
	})
}

// InApp runs a transaction in an app that exists.
func (a *App) InApp(ctx context.Context, fn func(q db.Querier) error) error {
	return a.DB.Tx(ctx, func(q db.Querier) error {
		if err := a.CheckApp(ctx, q); err != nil {
			return err
		}
		return fn(q)
	})
}
