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

// forTenant returns the app with the settings of one of its tenants: those of its
// own, then of the app's public tenant, then of the engine. When they cannot
// be read again the ones in memory do. A tenant that does not exist has those
// of the app; to refuse it is the business of the operation.
func (a *app) forTenant(ctx context.Context, tenant string) (*app, error) {
	if a.id == core.Public && tenant == core.Public {
		return a, nil // which is what the engine was opened with
	}
	a.state.configsMu.Lock()
	have, known := a.state.configs[tenant]
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
				a.keepConfig(tenant, cfg)
			}
		case !known:
			return nil, err
		default:
			a.log.WarnContext(ctx, "the settings could not be read again", "app", a.id, "tenant", tenant, "err", err)
		}
	}
	return &app{a.Engine, a.id, a.state, have.cfg}, nil
}

func (a *app) keepConfig(tenant string, cfg *Config) {
	a.state.configsMu.Lock()
	defer a.state.configsMu.Unlock()
	if a.state.configs == nil || len(a.state.configs) >= maxConfigured {
		a.state.configs = map[string]configured{}
	}
	a.state.configs[tenant] = configured{cfg, a.ms()}
	a.exists()
}

// forgetConfigs makes an app read its settings, and what depends on them,
// again.
func (e *Engine) forgetConfigs(id string) {
	if known, ok := e.states.Load(id); ok {
		s := known.(*state)
		s.configsMu.Lock()
		s.configs = nil
		s.configsMu.Unlock()
		s.ring.Store(nil)
	}
}

// readConfig reads what holds in a tenant, and reports whether that exists.
func (a *app) readConfig(ctx context.Context, tenant string) (*Config, bool, error) {
	own := map[string]core.Object{}
	err := a.eachTenant(ctx, a.db.Reader, func(_ string, info core.TenantInfo) { own[info.TenantID] = info.CoreConfig },
		` WHERE app_id = $1 AND tenant_id IN ($2, $3)`, a.id, core.Public, tenant)
	if err != nil {
		return nil, false, err
	}
	cfg := a.Engine.cfg.with(own[core.Public])
	if tenant != core.Public {
		cfg = cfg.with(own[tenant])
	}
	_, exists := own[tenant]
	return &cfg, exists, nil
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
func (a *app) checkConfig(ctx context.Context, q db.Querier, appID, tenant string, own core.Object) error {
	all := map[string]core.Object{}
	condition, args := ` WHERE app_id = $1 AND tenant_id = $2`, []any{appID, core.Public}
	if tenant == core.Public {
		condition, args = ` WHERE app_id = $1`, args[:1]
	}
	err := a.eachTenant(ctx, q, func(_ string, info core.TenantInfo) { all[info.TenantID] = info.CoreConfig }, condition, args...)
	if err != nil {
		return err
	}
	all[tenant] = own
	ofApp := a.Engine.cfg.with(all[core.Public])
	if ofApp.RefreshTokenValidity <= ofApp.AccessTokenValidity {
		return badSetting("'refresh_token_validity' %s", notLonger)
	}
	for _, own := range all {
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
