package tenancy

import (
	"context"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
)

// domain is the connection URI domain of an app, and name what it is called
// there.
func (t *tenancy) domain() string {
	domain, _ := core.SplitAppKey(t.ID)
	return domain
}

func (t *tenancy) name() string {
	_, name := core.SplitAppKey(t.ID)
	return name
}

func (t *tenancy) putApp(ctx context.Context, in core.AppSettings) (out core.Created, err error) {
	if in.AppID, err = core.AppID(kernel.OrPublic(in.AppID)); err != nil {
		return out, err
	}
	if kernel.OrPublic(in.From) != core.Public || t.name() != core.Public && t.name() != in.AppID {
		return out, &core.Forbidden{Message: "You must use the public or same app to add/update an app"}
	}
	return t.writeApp(ctx, in.From, core.AppKey(t.domain(), in.AppID), core.TenantSettings{
		FirstFactors: in.FirstFactors, RequiredSecondaryFactors: in.RequiredSecondaryFactors, CoreConfig: in.CoreConfig,
	})
}

// writeApp makes an app, or changes the settings of its public tenant, when
// one of our own tenants asks for it.
func (t *tenancy) writeApp(ctx context.Context, from, key string, settings core.TenantSettings) (out core.Created, err error) {
	settings.TenantID = core.Public
	if err := t.checkSettings(key, settings); err != nil {
		return out, err
	}
	err = t.InTenant(ctx, kernel.OrPublic(from), func(q db.Querier) error {
		if err := t.lockApp(ctx, q, t.ID); err != nil {
			return err
		}
		n, err := q.Exec(ctx, `INSERT INTO apps (app_id, created_at) VALUES ($1, $2) ON CONFLICT (app_id) DO NOTHING`, key, t.Ms())
		if err != nil {
			return err
		}
		out.CreatedNew = n == 1
		_, err = t.writeTenant(ctx, q, key, settings)
		return err
	})
	if len(settings.CoreConfig) > 0 {
		t.ForgetValues(key)
	}
	return out, err
}

// lockApp keeps an app as it is until the transaction ends: nobody deletes it
// while others are made from it.
func (t *tenancy) lockApp(ctx context.Context, q db.Querier, key string) error {
	_, err := db.Texts(ctx, q, `SELECT app_id FROM apps WHERE app_id = $1`+t.DB.ForUpdate, key)
	return err
}

func (t *tenancy) listApps(ctx context.Context, in core.TenantName) (out core.AppList, err error) {
	from := kernel.OrPublic(in.TenantID)
	if err := t.CheckTenant(ctx, t.DB.Reader, from); err != nil {
		return out, err
	}
	if t.name() != core.Public || from != core.Public {
		return out, &core.Forbidden{Message: "Only the public tenantId and public appId is allowed to list all apps associated with this connection uri domain"}
	}
	out.Apps = []core.AppInfo{}
	err = t.eachApp(ctx, func(domain string, info core.AppInfo) {
		if domain == t.domain() {
			out.Apps = append(out.Apps, info)
		}
	})
	return out, err
}

// eachApp calls fn for all apps of all domains, in order of their ids.
func (t *tenancy) eachApp(ctx context.Context, fn func(domain string, info core.AppInfo)) error {
	var keys []string
	apps := map[string]*core.AppInfo{}
	err := t.eachTenant(ctx, t.DB.Reader, func(key string, info core.TenantInfo) {
		if apps[key] == nil {
			_, name := core.SplitAppKey(key)
			keys, apps[key] = append(keys, key), &core.AppInfo{AppID: name}
		}
		apps[key].Tenants = append(apps[key].Tenants, info)
	}, ``)
	if err != nil {
		return err
	}
	for _, key := range keys {
		domain, _ := core.SplitAppKey(key)
		fn(domain, *apps[key])
	}
	return nil
}

func (t *tenancy) removeApp(ctx context.Context, in core.RemoveApp) (out core.Existed, err error) {
	if in.AppID, err = core.AppID(in.AppID); err != nil {
		return out, err
	}
	if t.name() != core.Public || kernel.OrPublic(in.From) != core.Public {
		return out, &core.Forbidden{Message: "Only the public tenantId and public appId is allowed to delete an app"}
	}
	if in.AppID == core.Public {
		return out, &core.Forbidden{Message: "Cannot delete the public app, use remove connection uri domain API instead"}
	}
	key := core.AppKey(t.domain(), in.AppID)
	err = t.DB.Tx(ctx, func(q db.Querier) (err error) {
		out.DidExist, err = t.deleteApp(ctx, q, key)
		return err
	})
	if err == nil {
		t.Forget(key)
	}
	return out, err
}

// deleteApp deletes an app that has no other tenant than public, with all that
// belongs to it, and reports whether it was there.
func (t *tenancy) deleteApp(ctx context.Context, q db.Querier, key string) (existed bool, err error) {
	var others int64
	if _, err := q.One(ctx, `SELECT COUNT(*) FROM tenants WHERE app_id = $1 AND tenant_id <> $2`, db.Args{key, core.Public}, &others); err != nil {
		return false, err
	}
	if others > 0 {
		return false, &core.Forbidden{Message: "Please delete all tenants except the public tenant for this app before calling the delete API"}
	}
	for _, table := range t.Tables {
		n, err := q.Exec(ctx, `DELETE FROM `+table.Name+` WHERE app_id = $1`, key)
		if err != nil {
			return false, err
		}
		existed = existed || table.Name == `apps` && n > 0
	}
	return existed, nil
}
