package engine

import (
	"context"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
)

func (a *app) putApp(ctx context.Context, in core.AppSettings) (out core.Created, err error) {
	if in.AppID, err = identifier("appId", orPublic(in.AppID)); err != nil {
		return out, err
	}
	from := orPublic(in.From)
	if from != core.Public || a.id != core.Public && a.id != in.AppID {
		return out, &core.Forbidden{Message: "You must use the public or same app to add/update an app"}
	}
	settings := core.TenantSettings{
		TenantID: core.Public, FirstFactors: in.FirstFactors,
		RequiredSecondaryFactors: in.RequiredSecondaryFactors, CoreConfig: in.CoreConfig,
	}
	if err := a.checkSettings(in.AppID, settings); err != nil {
		return out, err
	}
	err = a.inTenant(ctx, from, func(q db.Querier) error {
		n, err := q.Exec(ctx, `INSERT INTO apps (app_id, created_at) VALUES ($1, $2) ON CONFLICT (app_id) DO NOTHING`, in.AppID, a.ms())
		if err != nil {
			return err
		}
		out.CreatedNew = n == 1
		_, err = a.writeTenant(ctx, q, in.AppID, settings)
		return err
	})
	if len(in.CoreConfig) > 0 {
		a.forgetConfigs(in.AppID)
	}
	return out, err
}

func (a *app) listApps(ctx context.Context, in core.TenantName) (out core.AppList, err error) {
	from := orPublic(in.TenantID)
	if err := a.checkTenant(ctx, a.db.Reader, from); err != nil {
		return out, err
	}
	if a.id != core.Public || from != core.Public {
		return out, &core.Forbidden{Message: "Only the public tenantId and public appId is allowed to list all apps associated with this connection uri domain"}
	}
	out.Apps = []core.AppInfo{}
	err = a.eachTenant(ctx, a.db.Reader, func(appID string, info core.TenantInfo) {
		if len(out.Apps) == 0 || out.Apps[len(out.Apps)-1].AppID != appID {
			out.Apps = append(out.Apps, core.AppInfo{AppID: appID})
		}
		last := &out.Apps[len(out.Apps)-1]
		last.Tenants = append(last.Tenants, info)
	}, ``)
	return out, err
}

// appTables hold what belongs to an app.
var appTables = slices.Concat([]string{
	`apps`, `tenants`, `key_values`, `signing_keys`, `roles`, `role_permissions`, `rate_limits`,
	`primary_identities`, `passwordless_devices`, `passwordless_codes`,
	`dashboard_users`, `dashboard_sessions`,
}, methodTables, personTables)

func (a *app) removeApp(ctx context.Context, in core.RemoveApp) (out core.Existed, err error) {
	if in.AppID, err = identifier("appId", in.AppID); err != nil {
		return out, err
	}
	if a.id != core.Public || orPublic(in.From) != core.Public {
		return out, &core.Forbidden{Message: "Only the public tenantId and public appId is allowed to delete an app"}
	}
	if in.AppID == core.Public {
		return out, &core.Forbidden{Message: "Cannot delete the public app, use remove connection uri domain API instead"}
	}
	err = a.db.Tx(ctx, func(q db.Querier) error {
		var others int64
		if _, err := q.One(ctx, `SELECT COUNT(*) FROM tenants WHERE app_id = $1 AND tenant_id <> $2`, db.Args{in.AppID, core.Public}, &others); err != nil {
			return err
		}
		if others > 0 {
			return &core.Forbidden{Message: "Please delete all tenants except the public tenant for this app before calling the delete API"}
		}
		for i, table := range appTables {
			n, err := q.Exec(ctx, `DELETE FROM `+table+` WHERE app_id = $1`, in.AppID)
			if err != nil {
				return err
			}
			if i == 0 {
				out.DidExist = n > 0
			}
		}
		return nil
	})
	if err == nil {
		a.forget(in.AppID)
	}
	return out, err
}
