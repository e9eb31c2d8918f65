package tenancy

import (
	"context"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/op"
)

// tenancy holds the tenants of an app, and the apps beside it.
type tenancy struct {
	*kernel.App
	domains *Domains
}

// New returns the operations on apps, tenants and domains (CDI §2.14). AddUser
// and RemoveUser are missing: who is in a tenant is known to person.
func New(a *kernel.App, domains *Domains) core.Tenant {
	t := &tenancy{a, domains}
	return core.Tenant{
		CreateOrUpdate:    t.putTenant,
		Read:              t.readTenant,
		List:              t.listTenants,
		Remove:            t.removeTenant,
		SetProvider:       t.setProvider,
		RemoveProvider:    t.removeProvider,
		CreateOrUpdateApp: t.putApp,
		ListApps:          t.listApps,
		RemoveApp:         t.removeApp,

		CreateOrUpdateDomain: t.putDomain,
		ListDomains:          t.listDomains,
		RemoveDomain:         t.removeDomain,
	}
}

// Tables are those of this package.
func Tables() []kernel.Table {
	return []kernel.Table{
		{Name: `apps`},
		{Name: `tenants`, Tenant: true},
	}
}

// tenantSettings is a tenant's row beside its keys, as JSON. Factors that are
// absent mean that there is no restriction.
type tenantSettings struct {
	FirstFactors             op.Optional[[]string] `json:"firstFactors,omitzero"`
	RequiredSecondaryFactors op.Optional[[]string] `json:"requiredSecondaryFactors,omitzero"`
	CoreConfig               core.Object           `json:"coreConfig,omitempty"`
	Providers                []core.Object         `json:"providers,omitempty"`
	// SealedProviders stands in place of Providers where there is a master key:
	// clients have secrets.
	SealedProviders string `json:"sealedProviders,omitempty"`
}

func (s tenantSettings) info(id string) core.TenantInfo {
	info := core.TenantInfo{
		TenantID: id, FirstFactors: s.FirstFactors, RequiredSecondaryFactors: s.RequiredSecondaryFactors,
		CoreConfig: s.CoreConfig, ThirdParty: core.TenantProviders{Providers: s.Providers},
	}
	if info.CoreConfig == nil {
		info.CoreConfig = core.Object{}
	}
	if info.ThirdParty.Providers == nil {
		info.ThirdParty.Providers = []core.Object{}
	}
	return info
}

// change applies what is given of an input.
func (s *tenantSettings) change(in core.TenantSettings) {
	if !in.FirstFactors.IsZero() {
		s.FirstFactors = in.FirstFactors
		if in.FirstFactors.IsNull() {
			s.FirstFactors = op.Optional[[]string]{}
		}
	}
	if !in.RequiredSecondaryFactors.IsZero() {
		s.RequiredSecondaryFactors = in.RequiredSecondaryFactors
		if len(in.RequiredSecondaryFactors.Or(nil)) == 0 {
			s.RequiredSecondaryFactors = op.Optional[[]string]{}
		}
	}
	if s.CoreConfig == nil {
		s.CoreConfig = core.Object{}
	}
	for key, value := range in.CoreConfig {
		if string(value) == "null" {
			delete(s.CoreConfig, key)
		} else {
			s.CoreConfig[key] = value
		}
	}
}

func (t *tenancy) putTenant(ctx context.Context, in core.TenantSettings) (out core.Created, err error) {
	in.From = kernel.OrPublic(in.From)
	if in.TenantID, err = core.TenantID(in.TenantID); err != nil {
		return out, err
	}
	if in.From != core.Public && in.From != in.TenantID {
		return out, &core.Forbidden{Message: "You must use the public or same tenant to add/update a tenant"}
	}
	if err := t.checkSettings(t.ID, in); err != nil {
		return out, err
	}
	err = t.InTenant(ctx, in.From, func(q db.Querier) error {
		out.CreatedNew, err = t.writeTenant(ctx, q, t.ID, in)
		return err
	})
	if len(in.CoreConfig) > 0 {
		t.ForgetValues(t.ID)
	}
	return out, err
}

// writeTenant makes a tenant of an app, or changes it. A new one beside public
// lets nobody sign in until it is told how.
func (t *tenancy) writeTenant(ctx context.Context, q db.Querier, appID string, in core.TenantSettings) (created bool, err error) {
	initial := "{}"
	if in.TenantID != core.Public {
		initial = `{"firstFactors":[]}`
	}
	n, err := q.Exec(ctx, `INSERT INTO tenants (app_id, tenant_id, settings, created_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (app_id, tenant_id) DO NOTHING`, appID, in.TenantID, initial, t.Ms())
	if err != nil {
		return false, err
	}
	return n == 1, t.changeSettings(ctx, q, appID, in.TenantID, func(s *tenantSettings) error {
		s.change(in)
		if len(in.CoreConfig) == 0 {
			return nil
		}
		return t.checkConfig(ctx, q, appID, in.TenantID, s.CoreConfig)
	})
}

// changeSettings changes the settings of a tenant that exists; others wait
// until that is done.
func (t *tenancy) changeSettings(ctx context.Context, q db.Querier, appID, id string, by func(*tenantSettings) error) error {
	var text string
	_, err := q.One(ctx, `SELECT settings FROM tenants WHERE app_id = $1 AND tenant_id = $2`+t.DB.ForUpdate, db.Args{appID, id}, &text)
	if err != nil {
		return err
	}
	s, err := t.decodeSettings(appID, id, text)
	if err != nil {
		return err
	}
	if err := by(&s); err != nil {
		return err
	}
	if text, err = t.encodeSettings(appID, id, s); err != nil {
		return err
	}
	_, err = q.Exec(ctx, `UPDATE tenants SET settings = $3 WHERE app_id = $1 AND tenant_id = $2`, appID, id, text)
	return err
}

func (t *tenancy) readTenant(ctx context.Context, in core.TenantName) (out core.TenantInfo, err error) {
	id := kernel.OrPublic(in.TenantID)
	var text string
	found, err := t.DB.Reader.One(ctx, `SELECT settings FROM tenants WHERE app_id = $1 AND tenant_id = $2`, db.Args{t.ID, id}, &text)
	if err == nil && !found {
		return out, kernel.OrStatus(t.CheckApp(ctx, t.DB.Reader), core.TenantUnknown)
	}
	if err != nil {
		return out, err
	}
	s, err := t.decodeSettings(t.ID, id, text)
	return s.info(id), err
}

func (t *tenancy) listTenants(ctx context.Context, in core.TenantName) (out core.TenantList, err error) {
	from := kernel.OrPublic(in.TenantID)
	if err := t.CheckTenant(ctx, t.DB.Reader, from); err != nil {
		return out, err
	}
	if from != core.Public {
		return out, &core.Forbidden{Message: "Only the public tenantId is allowed to list all tenants associated with this app"}
	}
	out.Tenants = []core.TenantInfo{}
	err = t.eachTenant(ctx, t.DB.Reader, func(appID string, info core.TenantInfo) {
		if appID == t.ID {
			out.Tenants = append(out.Tenants, info)
		}
	}, ` WHERE app_id = $1`, t.ID)
	return out, err
}

// eachTenant calls fn for the tenants that satisfy a condition, the oldest
// first.
func (t *tenancy) eachTenant(ctx context.Context, q db.Querier, fn func(appID string, info core.TenantInfo), condition string, args ...any) error {
	return q.Each(ctx, `SELECT app_id, tenant_id, settings FROM tenants`+condition+` ORDER BY app_id, created_at, tenant_id`, args,
		func(scan db.Scan) error {
			var appID, id, text string
			if err := scan(&appID, &id, &text); err != nil {
				return err
			}
			s, err := t.decodeSettings(appID, id, text)
			fn(appID, s.info(id))
			return err
		})
}

func (t *tenancy) removeTenant(ctx context.Context, in core.RemoveTenant) (out core.Existed, err error) {
	in.From = kernel.OrPublic(in.From)
	if in.TenantID, err = core.TenantID(in.TenantID); err != nil {
		return out, err
	}
	if in.TenantID == core.Public {
		return out, &core.Forbidden{Message: "Cannot delete public tenant, use remove app API instead"}
	}
	if in.From != core.Public {
		return out, &core.Forbidden{Message: "Only the public tenantId is allowed to delete a tenant"}
	}
	err = t.InTenant(ctx, in.From, func(q db.Querier) error {
		for _, table := range t.Tables {
			if !table.Tenant {
				continue
			}
			n, err := q.Exec(ctx, `DELETE FROM `+table.Name+` WHERE app_id = $1 AND tenant_id = $2`, t.ID, in.TenantID)
			if err != nil {
				return err
			}
			out.DidExist = out.DidExist || table.Name == `tenants` && n > 0
		}
		return nil
	})
	t.ForgetValues(t.ID)
	return out, err
}
