package engine

import (
	"context"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
)

const (
	// settingsMaxAge is how long the settings of a tenant are kept in memory, in
	// ms, and so how late another instance learns of a change.
	settingsMaxAge = 10_000
	// maxConfigured bounds for how many tenants of an app they are kept.
	maxConfigured = 1000
)

// configured is the Config that holds in a tenant, as it was read.
type configured struct {
	cfg *Config
	at  int64 // ms
}

// forTenant returns the app with the settings of one of its tenants: its own,
// else those of the app's public tenant, of the public app of its domain, of
// the engine. When they cannot be read again the ones in memory do. A tenant
// that does not exist has those of the app; to refuse it is the business of
// the operation.
func (a *app) forTenant(ctx context.Context, tenant string) (*app, error) {
	if a.id == core.Public && tenant == core.Public {
		return a, nil // which is what the engine was opened with
	}
	a.state.configsMu.Lock()
	have, known := a.state.configs[tenant]
	age := a.state.configsAge
	fresh := known && !elapsed(have.at, a.ms(), settingsMaxAge)
	if known && !fresh {
		// The others go on with what there is, until this one has read it.
		a.state.configs[tenant] = configured{have.cfg, a.ms()}
	}
	a.state.configsMu.Unlock()
	if !fresh {
		cfg, exists, err := a.readConfig(ctx, tenant)
		switch {
		case err == nil:
			have.cfg = cfg
			if exists {
				a.keepConfig(tenant, cfg, age)
			}
		case !known:
			return nil, err
		default:
			a.log.WarnContext(ctx, "the settings could not be read again", "app", a.id, "tenant", tenant, "err", err)
		}
	}
	return &app{a.Engine, a.id, a.state, have.cfg}, nil
}

// keepConfig keeps what was read, unless it has changed since reading began.
func (a *app) keepConfig(tenant string, cfg *Config, age int) {
	a.state.configsMu.Lock()
	defer a.state.configsMu.Unlock()
	if a.state.configsAge != age {
		return
	}
	if a.state.configs == nil || len(a.state.configs) >= maxConfigured {
		a.state.configs = map[string]configured{}
	}
	a.state.configs[tenant] = configured{cfg, a.ms()}
	a.exists()
}

// forgetConfigs makes an app read its settings, and what depends on them,
// again. Those of a domain's public app hold for the others there, too; that of
// the default domain has none.
func (e *Engine) forgetConfigs(key string) {
	domain, name := core.SplitAppKey(key)
	ofAll := name == core.Public && domain != ""
	e.states.Range(func(id, known any) bool {
		of, _ := core.SplitAppKey(id.(string))
		if id == key || ofAll && of == domain {
			known.(*state).forgetConfigs()
		}
		return true
	})
}

func (s *state) forgetConfigs() {
	s.configsMu.Lock()
	defer s.configsMu.Unlock()
	s.configs = nil
	s.configsAge++
	s.ring.Store(nil)
}

// readConfig reads what holds in a tenant, and reports whether that exists.
func (a *app) readConfig(ctx context.Context, tenant string) (*Config, bool, error) {
	l, err := a.layersOf(ctx, a.db.Reader, a.id, ` AND tenant_id IN ($2, $4)`, tenant)
	if err != nil {
		return nil, false, err
	}
	cfg := l.app()
	own, exists := l.tenants[tenant]
	if tenant != core.Public {
		cfg = cfg.with(own)
	}
	return &cfg, exists, nil
}

// layers are the settings that are laid over the Config of the engine.
type layers struct {
	base    Config
	domain  core.Object            // of the public app of the domain
	tenants map[string]core.Object // of the app
}

// app returns what holds in the app.
func (l layers) app() Config { return l.base.with(l.domain).with(l.tenants[core.Public]) }

// layersOf reads the settings of an app for those of its tenants that satisfy
// a condition.
func (a *app) layersOf(ctx context.Context, q db.Querier, key, condition string, args ...any) (layers, error) {
	domain, _ := core.SplitAppKey(key)
	publicKey := core.AppKey(domain, core.Public)
	l := layers{base: a.Engine.cfg, tenants: map[string]core.Object{}}
	err := a.eachTenant(ctx, q, func(of string, info core.TenantInfo) {
		if of == key {
			l.tenants[info.TenantID] = info.CoreConfig
		}
		if of == publicKey && info.TenantID == core.Public {
			l.domain = info.CoreConfig
		}
	}, ` WHERE app_id = $1`+condition+` OR app_id = $3 AND tenant_id = $2`, append([]any{key, core.Public, publicKey}, args...)...)
	return l, err
}

// with returns the Config with the settings laid over it that an app or a
// tenant has set. They were checked when they were.
func (c Config) with(own core.Object) Config {
	for _, s := range settings() {
		if v, ok := number(own[s.name]); ok {
			s.in(&c).write(v)
		}
	}
	c.KeyOverlap = min(c.KeyOverlap, c.SigningKeyInterval/5)
	return c
}

// checkConfig refuses settings of a tenant that contradict each other, or the
// app's, where all its tenants must have the same.
func (a *app) checkConfig(ctx context.Context, q db.Querier, key, tenant string, own core.Object) error {
	condition := ` AND tenant_id = $2`
	if tenant == core.Public {
		condition = `` // it has to go with all the others
	}
	l, err := a.layersOf(ctx, q, key, condition)
	if err != nil {
		return err
	}
	l.tenants[tenant] = own
	ofApp := l.app()
	if ofApp.RefreshTokenValidity <= ofApp.AccessTokenValidity {
		return badSetting("'refresh_token_validity' %s", notLonger)
	}
	for _, own := range l.tenants {
		if err := sameForApp(ofApp, own); err != nil {
			return err
		}
	}
	return nil
}

// sameForApp refuses settings of a tenant that its app has otherwise and that
// do not differ from tenant to tenant.
func sameForApp(ofApp Config, own core.Object) error {
	ofTenant := ofApp.with(own)
	for _, s := range settings() {
		if !s.perTenant && s.in(&ofApp).read() != s.in(&ofTenant).read() {
			return badSetting("You cannot set different values for %s for the same appId", s.name)
		}
	}
	return nil
}
