package core

import "github.com/posternauth/postern/op"

// Tenant is the tenants of an app, the apps of a domain, and the domains of a
// core. The tenant "public" of the app "public" of the default domain always
// exists. Operations on apps are allowed only from the app "public", those on
// domains only from that of the default domain, and are [Forbidden] elsewhere;
// everybody may change the settings of their own.
type Tenant struct {
	// CreateOrUpdate makes a tenant or changes what is given of it.
	CreateOrUpdate op.Func[TenantSettings, Created] `cdi:"PUT /{tenant}/recipe/multitenancy/tenant/v2"`

	Read op.Func[TenantName, TenantInfo] `cdi:"GET /{tenant}/recipe/multitenancy/tenant/v2" fails:"TENANT_NOT_FOUND_ERROR"`

	List op.Func[TenantName, TenantList] `cdi:"GET /{tenant}/recipe/multitenancy/tenant/list/v2"`

	// Remove deletes a tenant and what belongs to it: associations, sessions,
	// pending tokens and role assignments. Users stay, without the tenant.
	Remove op.Func[RemoveTenant, Existed] `cdi:"POST /{tenant}/recipe/multitenancy/tenant/remove"`

	// AddUser lets a login method sign in to the tenant.
	AddUser op.Func[TenantUser, AddedToTenant] `cdi:"POST /{tenant}/recipe/multitenancy/tenant/user" fails:"UNKNOWN_USER_ID_ERROR EMAIL_ALREADY_EXISTS_ERROR PHONE_NUMBER_ALREADY_EXISTS_ERROR THIRD_PARTY_USER_ALREADY_EXISTS_ERROR ASSOCIATION_NOT_ALLOWED_ERROR"`

	// RemoveUser takes a login method out of the tenant and ends its sessions
	// there.
	RemoveUser op.Func[TenantUser, RemovedFromTenant] `cdi:"POST /{tenant}/recipe/multitenancy/tenant/user/remove" fails:"UNKNOWN_USER_ID_ERROR"`

	// SetProvider makes or replaces a third-party provider of the tenant.
	SetProvider op.Func[SetProvider, Created] `cdi:"PUT /{tenant}/recipe/multitenancy/config/thirdparty"`

	// RemoveProvider removes one.
	RemoveProvider op.Func[RemoveProvider, ConfigExisted] `cdi:"POST /{tenant}/recipe/multitenancy/config/thirdparty/remove"`

	CreateOrUpdateApp op.Func[AppSettings, Created] `cdi:"PUT /{tenant}/recipe/multitenancy/app/v2"`
	ListApps          op.Func[TenantName, AppList]  `cdi:"GET /{tenant}/recipe/multitenancy/app/list/v2"`
	RemoveApp         op.Func[RemoveApp, Existed]   `cdi:"POST /{tenant}/recipe/multitenancy/app/remove"`

	// CreateOrUpdateDomain makes a name space of apps for the clients that
	// connect to a host, or changes its settings.
	CreateOrUpdateDomain op.Func[DomainSettings, Created] `cdi:"PUT /{tenant}/recipe/multitenancy/connectionuridomain/v2"`
	ListDomains          op.Func[TenantName, DomainList]  `cdi:"GET /{tenant}/recipe/multitenancy/connectionuridomain/list/v2"`
	RemoveDomain         op.Func[RemoveDomain, Existed]   `cdi:"POST /{tenant}/recipe/multitenancy/connectionuridomain/remove"`
}

// TenantName is a tenant.
type TenantName struct {
	TenantID string `path:"tenant" json:"-"`
}

// TenantSettings is the input of [Tenant.CreateOrUpdate]. What is absent stays
// as it is; a null list means that there is no restriction.
type TenantSettings struct {
	From                     string                `path:"tenant" json:"-"` // the tenant that asks: public, or TenantID itself
	TenantID                 string                `json:"tenantId,omitempty"`
	FirstFactors             op.Optional[[]string] `json:"firstFactors,omitzero"`
	RequiredSecondaryFactors op.Optional[[]string] `json:"requiredSecondaryFactors,omitzero"`
	CoreConfig               Object                `json:"coreConfig,omitempty"` // null values remove keys
}

// Created says whether there is a new tenant or app.
type Created struct {
	CreatedNew bool `json:"createdNew"`
}

// TenantInfo is a tenant. FirstFactors absent means that all are allowed.
type TenantInfo struct {
	TenantID                 string                `json:"tenantId"`
	ThirdParty               TenantProviders       `json:"thirdParty"`
	FirstFactors             op.Optional[[]string] `json:"firstFactors,omitzero"`
	RequiredSecondaryFactors op.Optional[[]string] `json:"requiredSecondaryFactors,omitzero"`
	CoreConfig               Object                `json:"coreConfig"`
}

// TenantProviders are the third-party providers of a tenant.
type TenantProviders struct {
	Providers []Object `json:"providers"`
}

// SetProvider is the input of [Tenant.SetProvider]. Config is the provider's
// object, of which the core reads thirdPartyId and checks the rest.
type SetProvider struct {
	TenantID       string `path:"tenant" json:"-"`
	Config         Object `json:"config"`
	SkipValidation bool   `json:"skipValidation,omitempty"`
}

// RemoveProvider is the input of [Tenant.RemoveProvider].
type RemoveProvider struct {
	TenantID     string `path:"tenant" json:"-"`
	ThirdPartyID string `json:"thirdPartyId"`
}

// ConfigExisted is the result of [Tenant.RemoveProvider].
type ConfigExisted struct {
	DidConfigExist bool `json:"didConfigExist"`
}

// TenantList is the tenants of an app.
type TenantList struct {
	Tenants []TenantInfo `json:"tenants"`
}

// RemoveTenant is the input of [Tenant.Remove].
type RemoveTenant struct {
	From     string `path:"tenant" json:"-"`
	TenantID string `json:"tenantId"`
}

// Existed says whether what was deleted had been there.
type Existed struct {
	DidExist bool `json:"didExist"`
}

// TenantUser is a login method in a tenant.
type TenantUser struct {
	TenantID     string `path:"tenant" json:"-"`
	RecipeUserID string `json:"recipeUserId"`
}

// AddedToTenant is the result of [Tenant.AddUser].
type AddedToTenant struct {
	WasAlreadyAssociated bool `json:"wasAlreadyAssociated"`
}

// RemovedFromTenant is the result of [Tenant.RemoveUser].
type RemovedFromTenant struct {
	WasAssociated bool `json:"wasAssociated"`
}

// AppSettings is the input of [Tenant.CreateOrUpdateApp]; it sets up the
// public tenant of the app.
type AppSettings struct {
	From                     string                `path:"tenant" json:"-"`
	AppID                    string                `json:"appId,omitempty"`
	FirstFactors             op.Optional[[]string] `json:"firstFactors,omitzero"`
	RequiredSecondaryFactors op.Optional[[]string] `json:"requiredSecondaryFactors,omitzero"`
	CoreConfig               Object                `json:"coreConfig,omitempty"`
}

// AppInfo is an app and its tenants.
type AppInfo struct {
	AppID   string       `json:"appId"`
	Tenants []TenantInfo `json:"tenants"`
}

// AppList is the apps of a core.
type AppList struct {
	Apps []AppInfo `json:"apps"`
}

// RemoveApp is the input of [Tenant.RemoveApp].
type RemoveApp struct {
	From  string `path:"tenant" json:"-"`
	AppID string `json:"appId"`
}

// AssociationNotAllowed is a user that cannot join a tenant, for Reason.
type AssociationNotAllowed struct {
	Reason string `json:"reason"`
}

// FailStatus is ASSOCIATION_NOT_ALLOWED_ERROR.
func (*AssociationNotAllowed) FailStatus() op.Status { return "ASSOCIATION_NOT_ALLOWED_ERROR" }
func (e *AssociationNotAllowed) Error() string       { return "association not allowed: " + e.Reason }

// The outcomes of tenants.
const (
	TenantUnknown               op.Status = "TENANT_NOT_FOUND_ERROR"
	PhoneNumberAlreadyExists    op.Status = "PHONE_NUMBER_ALREADY_EXISTS_ERROR"
	ThirdPartyUserAlreadyExists op.Status = "THIRD_PARTY_USER_ALREADY_EXISTS_ERROR"
)
