package kernel

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/setting"
)

const (
	// ValuesMaxAge is how long the settings of a tenant are kept in memory, in
	// ms, and so how late another instance learns of a change.
	ValuesMaxAge = 10_000
	// maxConfigured bounds for how many tenants of an app they are kept.
	maxConfigured = 1000
)

// configs are the settings that hold in the tenants of an app.
type configs struct {
	mu      sync.Mutex
	tenants map[string]configured
	age     int // how often they were forgotten
}

// configured is the settings that hold in a tenant, as they were read.
type configured struct {
	values *setting.Values
	at     int64 // ms
}

// ForTenant returns the app with the settings of one of its tenants: its own,
// else those of the app's public tenant, of the public app of its domain, of
// the engine. When they cannot be read again the ones in memory do. A tenant
// that does not exist has those of the app; to refuse it is the business of
// the operation.
func (a *App) ForTenant(ctx context.Context, tenant string) (*App, error) {
	if a.ID == core.Public && tenant == core.Public {
		return a, nil // which is what the engine was opened with
	}
	have, age, known, fresh := a.configs.of(tenant, a.Ms())
	if !fresh {
		values, exists, err := a.readValues(ctx, tenant)
		switch {
		case err == nil:
			have.values = values
			if exists {
				a.keepValues(tenant, values, age)
			}
		case !known:
			return nil, err
		default:
			a.Log.WarnContext(ctx, "the settings could not be read again", "app", a.ID, "tenant", tenant, "err", err)
		}
	}
	return &App{Kernel: a.Kernel, ID: a.ID, memory: a.memory, Values: have.values}, nil
}

// of returns the settings of a tenant that are in memory, if they are known,
// and whether they are fresh. When they are not, the caller has to read them,
// and the others go on with what there is until it has.
func (c *configs) of(tenant string, now int64) (have configured, age int, known, fresh bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	have, known = c.tenants[tenant]
	fresh = known && !Elapsed(have.at, now, ValuesMaxAge)
	if known && !fresh {
		c.tenants[tenant] = configured{have.values, now}
	}
	return have, c.age, known, fresh
}

// keepValues keeps what was read, unless it has changed since reading began.
func (a *App) keepValues(tenant string, values *setting.Values, age int) {
	c := &a.configs
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.age != age {
		return
	}
	if c.tenants == nil || len(c.tenants) >= maxConfigured {
		c.tenants = map[string]configured{}
	}
	c.tenants[tenant] = configured{values, a.Ms()}
	a.Exists()
}

// ForgetValues makes an app read its settings, and what depends on them,
// again. Those of a domain's public app hold for the others there, too; that of
// the default domain has none.
func (k *Kernel) ForgetValues(key string) {
	domain, name := core.SplitAppKey(key)
	ofAll := name == core.Public && domain != ""
	k.apps.Range(func(id, known any) bool {
		of, _ := core.SplitAppKey(id.(string))
		if id == key || ofAll && of == domain {
			known.(*App).forgetValues()
		}
		return true
	})
}

func (a *App) forgetValues() {
	a.configs.mu.Lock()
	a.configs.tenants = nil
	a.configs.age++
	a.configs.mu.Unlock()
	for _, do := range a.forgotten {
		do()
	}
}

// readValues reads what holds in a tenant, and reports whether that exists.
func (a *App) readValues(ctx context.Context, tenant string) (*setting.Values, bool, error) {
	l, err := a.Layers(ctx, a.DB.Reader, a.ID, ` AND tenant_id IN ($2, $4)`, tenant)
	if err != nil {
		return nil, false, err
	}
	values := l.App()
	own, exists := l.Tenants[tenant]
	if tenant != core.Public {
		values = values.With(own)
	}
	return &values, exists, nil
}

// Layers are the settings that are laid over the values of the engine.
type Layers struct {
	base    setting.Values
	domain  core.Object            // of the public app of the domain
	Tenants map[string]core.Object // of the app
}

// App returns what holds in the app.
func (l Layers) App() setting.Values { return l.base.With(l.domain).With(l.Tenants[core.Public]) }

// Layers reads the settings of an app for those of its tenants that satisfy a
// condition.
func (k *Kernel) Layers(ctx context.Context, q db.Querier, key, condition string, args ...any) (Layers, error) {
	domain, _ := core.SplitAppKey(key)
	publicKey := core.AppKey(domain, core.Public)
	l := Layers{base: k.base, Tenants: map[string]core.Object{}}
	err := eachSetting(ctx, q, func(of, tenant string, own core.Object) {
		if of == key {
			l.Tenants[tenant] = own
		}
		if of == publicKey && tenant == core.Public {
			l.domain = own
		}
	}, ` WHERE app_id = $1`+condition+` OR app_id = $3 AND tenant_id = $2`, append(db.Args{key, core.Public, publicKey}, args...))
	return l, err
}

// ValuesOfApps reads the settings of all apps, and returns what holds in one.
func (k *Kernel) ValuesOfApps(ctx context.Context) (of func(key string) setting.Values, err error) {
	own := map[string]core.Object{}
	err = eachSetting(ctx, k.DB.Reader, func(key, _ string, set core.Object) { own[key] = set }, ` WHERE tenant_id = $1`, db.Args{core.Public})
	return func(key string) setting.Values {
		domain, _ := core.SplitAppKey(key)
		return k.base.With(own[core.AppKey(domain, core.Public)]).With(own[key])
	}, err
}

// eachSetting calls fn for what the tenants that satisfy a condition have set.
func eachSetting(ctx context.Context, q db.Querier, fn func(app, tenant string, own core.Object), condition string, args db.Args) error {
	return q.Each(ctx, `SELECT app_id, tenant_id, settings FROM tenants`+condition+` ORDER BY app_id, created_at, tenant_id`, args,
		func(scan db.Scan) error {
			var app, tenant, text string
			if err := scan(&app, &tenant, &text); err != nil {
				return err
			}
			var s struct {
				CoreConfig core.Object `json:"coreConfig"`
			}
			err := json.Unmarshal([]byte(text), &s)
			fn(app, tenant, s.CoreConfig)
			return err
		})
}
