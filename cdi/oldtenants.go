package cdi

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// oldTenants is the operations on tenants as they are without /v2 in the path:
// a recipe is switched on or off, which today is a list of first factors.
type oldTenants struct {
	CreateOrUpdate    op.Func[oldTenantSettings, core.Created] `cdi:"PUT /{tenant}/recipe/multitenancy/tenant"`
	Read              op.Func[core.TenantName, oldTenant]      `cdi:"GET /{tenant}/recipe/multitenancy/tenant" fails:"TENANT_NOT_FOUND_ERROR"`
	List              op.Func[core.TenantName, oldTenantList]  `cdi:"GET /{tenant}/recipe/multitenancy/tenant/list"`
	CreateOrUpdateApp op.Func[oldAppSettings, core.Created]    `cdi:"PUT /{tenant}/recipe/multitenancy/app"`
	ListApps          op.Func[core.TenantName, oldAppList]     `cdi:"GET /{tenant}/recipe/multitenancy/app/list"`

	CreateOrUpdateDomain op.Func[oldDomainSettings, core.Created] `cdi:"PUT /{tenant}/recipe/multitenancy/connectionuridomain"`
	ListDomains          op.Func[core.TenantName, oldDomainList]  `cdi:"GET /{tenant}/recipe/multitenancy/connectionuridomain/list"`
}

func newOldTenants(c *core.Core) oldTenants {
	a := tenantAdapter{c.Tenant}
	return oldTenants{a.update, a.read, a.list, a.updateApp, a.listApps, a.updateDomain, a.listDomains}
}

type oldTenantSettings struct {
	From                     string                `path:"tenant" json:"-"`
	TenantID                 string                `json:"tenantId,omitempty"`
	EmailPasswordEnabled     op.Optional[bool]     `json:"emailPasswordEnabled,omitzero"`
	ThirdPartyEnabled        op.Optional[bool]     `json:"thirdPartyEnabled,omitzero"`
	PasswordlessEnabled      op.Optional[bool]     `json:"passwordlessEnabled,omitzero"`
	FirstFactors             op.Optional[[]string] `json:"firstFactors,omitzero"`
	RequiredSecondaryFactors op.Optional[[]string] `json:"requiredSecondaryFactors,omitzero"`
	CoreConfig               core.Object           `json:"coreConfig,omitempty"`
}

type oldAppSettings struct {
	From                     string                `path:"tenant" json:"-"`
	AppID                    string                `json:"appId,omitempty"`
	EmailPasswordEnabled     op.Optional[bool]     `json:"emailPasswordEnabled,omitzero"`
	ThirdPartyEnabled        op.Optional[bool]     `json:"thirdPartyEnabled,omitzero"`
	PasswordlessEnabled      op.Optional[bool]     `json:"passwordlessEnabled,omitzero"`
	FirstFactors             op.Optional[[]string] `json:"firstFactors,omitzero"`
	RequiredSecondaryFactors op.Optional[[]string] `json:"requiredSecondaryFactors,omitzero"`
	CoreConfig               core.Object           `json:"coreConfig,omitempty"`
}

type oldTenant struct {
	TenantID                 string                `json:"tenantId"`
	EmailPassword            enabled               `json:"emailPassword"`
	ThirdParty               oldProviders          `json:"thirdParty"`
	Passwordless             enabled               `json:"passwordless"`
	FirstFactors             op.Optional[[]string] `json:"firstFactors,omitzero"`
	RequiredSecondaryFactors op.Optional[[]string] `json:"requiredSecondaryFactors,omitzero"`
	CoreConfig               core.Object           `json:"coreConfig"`
}

type enabled struct {
	Enabled bool `json:"enabled"`
}

type oldProviders struct {
	Enabled   bool          `json:"enabled"`
	Providers []core.Object `json:"providers"`
}

type oldTenantList struct {
	Tenants []oldTenant `json:"tenants"`
}

type oldApp struct {
	AppID   string      `json:"appId"`
	Tenants []oldTenant `json:"tenants"`
}

type oldAppList struct {
	Apps []oldApp `json:"apps"`
}

// tenantAdapter makes the old operations out of those of today.
type tenantAdapter struct{ tenants core.Tenant }

func (a tenantAdapter) update(ctx context.Context, in oldTenantSettings) (core.Created, error) {
	switched := factorSwitches{in.EmailPasswordEnabled, in.ThirdPartyEnabled, in.PasswordlessEnabled}
	factors, err := switched.orSaid(in.FirstFactors, func() ([]string, error) {
		return a.firstFactors(ctx, orPublic(cmp.Or(in.TenantID, in.From)))
	})
	if err != nil {
		return core.Created{}, err
	}
	return a.tenants.CreateOrUpdate(ctx, core.TenantSettings{
		From: in.From, TenantID: in.TenantID, CoreConfig: in.CoreConfig,
		FirstFactors: factors, RequiredSecondaryFactors: in.RequiredSecondaryFactors,
	})
}

// firstFactors returns those of a tenant; a tenant to come has none.
func (a tenantAdapter) firstFactors(ctx context.Context, tenant string) ([]string, error) {
	info, err := a.tenants.Read(ctx, core.TenantName{TenantID: tenant})
	if missing := new(core.TenantNotFound); errors.Is(err, core.TenantUnknown) || errors.As(err, &missing) {
		return nil, nil
	}
	return info.FirstFactors.Or(allFactors()), err
}

func (a tenantAdapter) updateApp(ctx context.Context, in oldAppSettings) (core.Created, error) {
	switched := factorSwitches{in.EmailPasswordEnabled, in.ThirdPartyEnabled, in.PasswordlessEnabled}
	factors, err := switched.orSaid(in.FirstFactors, func() ([]string, error) { return a.firstFactorsOfApp(ctx, in) })
	if err != nil {
		return core.Created{}, err
	}
	return a.tenants.CreateOrUpdateApp(ctx, core.AppSettings{
		From: in.From, AppID: in.AppID, CoreConfig: in.CoreConfig,
		FirstFactors: factors, RequiredSecondaryFactors: in.RequiredSecondaryFactors,
	})
}

// firstFactorsOfApp returns those of the public tenant of an app; an app to
// come has all.
func (a tenantAdapter) firstFactorsOfApp(ctx context.Context, in oldAppSettings) ([]string, error) {
	list, err := a.tenants.ListApps(ctx, core.TenantName{TenantID: in.From})
	if err != nil {
		return nil, err
	}
	return publicFactors(list.Apps, orPublic(in.AppID)), nil
}

// publicFactors returns the first factors of the public tenant of one of some
// apps; an app that is not there will have all.
func publicFactors(apps []core.AppInfo, id string) []string {
	for _, app := range apps {
		for _, tenant := range app.Tenants {
			if app.AppID == id && tenant.TenantID == core.Public {
				return tenant.FirstFactors.Or(allFactors())
			}
		}
	}
	return allFactors()
}

func (a tenantAdapter) read(ctx context.Context, in core.TenantName) (oldTenant, error) {
	info, err := a.tenants.Read(ctx, in)
	return oldForm(info), err
}

func (a tenantAdapter) list(ctx context.Context, in core.TenantName) (oldTenantList, error) {
	list, err := a.tenants.List(ctx, in)
	return oldTenantList{oldForms(list.Tenants)}, err
}

func (a tenantAdapter) listApps(ctx context.Context, in core.TenantName) (oldAppList, error) {
	list, err := a.tenants.ListApps(ctx, in)
	return oldAppList{oldApps(list.Apps)}, err
}

func oldApps(apps []core.AppInfo) []oldApp {
	out := make([]oldApp, len(apps))
	for i, app := range apps {
		out[i] = oldApp{app.AppID, oldForms(app.Tenants)}
	}
	return out
}

func oldForms(tenants []core.TenantInfo) []oldTenant {
	out := make([]oldTenant, len(tenants))
	for i, info := range tenants {
		out[i] = oldForm(info)
	}
	return out
}

// oldForm says which recipes the first factors leave on. An empty list is
// hidden: there the switches say it all.
func oldForm(info core.TenantInfo) oldTenant {
	factors := info.FirstFactors.Or(allFactors())
	if len(factors) == 0 || info.FirstFactors.IsNull() {
		info.FirstFactors = op.Optional[[]string]{}
	}
	return oldTenant{
		TenantID:                 info.TenantID,
		EmailPassword:            enabled{containsAny(factors, passwordFactors())},
		ThirdParty:               oldProviders{containsAny(factors, thirdPartyFactors()), info.ThirdParty.Providers},
		Passwordless:             enabled{containsAny(factors, passwordlessFactors())},
		FirstFactors:             info.FirstFactors,
		RequiredSecondaryFactors: info.RequiredSecondaryFactors,
		CoreConfig:               info.CoreConfig,
	}
}

// factorSwitches turn the factors of a recipe on or off.
type factorSwitches struct{ password, thirdParty, passwordless op.Optional[bool] }

// orSaid returns the first factors that the input says, else those of now with
// the switches applied, if there are any.
func (s factorSwitches) orSaid(said op.Optional[[]string], now func() ([]string, error)) (op.Optional[[]string], error) {
	if !said.IsZero() || !s.any() {
		return said, nil
	}
	factors, err := now()
	return s.apply(factors), err
}

func (s factorSwitches) any() bool {
	return !s.password.IsZero() || !s.thirdParty.IsZero() || !s.passwordless.IsZero()
}

// apply returns first factors with the switches applied: null when all are on,
// since null also allows what comes later.
func (s factorSwitches) apply(factors []string) op.Optional[[]string] {
	factors = switchFactors(factors, s.password, passwordFactors())
	factors = switchFactors(factors, s.thirdParty, thirdPartyFactors())
	factors = switchFactors(factors, s.passwordless, passwordlessFactors())
	for _, factor := range allFactors() {
		if !slices.Contains(factors, factor) {
			return op.Some(factors)
		}
	}
	return op.Null[[]string]()
}

func switchFactors(factors []string, on op.Optional[bool], of []string) []string {
	isOn, given := on.Get()
	if !given {
		return factors
	}
	kept := []string{}
	for _, factor := range factors {
		if !slices.Contains(of, factor) {
			kept = append(kept, factor)
		}
	}
	if isOn {
		kept = append(kept, of...)
	}
	return kept
}

func passwordFactors() []string   { return []string{"emailpassword"} }
func thirdPartyFactors() []string { return []string{"thirdparty"} }
func passwordlessFactors() []string {
	return []string{"otp-email", "otp-phone", "link-email", "link-phone"}
}

func allFactors() []string {
	return slices.Concat(passwordFactors(), thirdPartyFactors(), passwordlessFactors())
}

func containsAny(list, wanted []string) bool {
	return slices.ContainsFunc(wanted, func(s string) bool { return slices.Contains(list, s) })
}
