package enginetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

func (s suite) tenants(t *testing.T) {
	id := newID("tenant")
	fails(t, s.Tenant.Read, core.TenantName{TenantID: id}, core.TenantUnknown)
	for _, created := range []bool{true, false} {
		if got := ok(t, s.Tenant.CreateOrUpdate, core.TenantSettings{TenantID: " " + strings.ToUpper(id)}).CreatedNew; got != created {
			t.Errorf("created a new tenant: %v, want %v", got, created)
		}
	}
	info := ok(t, s.Tenant.Read, core.TenantName{TenantID: id})
	factors, limited := info.FirstFactors.Get()
	if info.TenantID != id || !limited || len(factors) != 0 || info.ThirdParty.Providers == nil || info.CoreConfig == nil {
		t.Errorf("a new tenant is %+v, want no first factor and nothing null", info)
	}
	listed := ok(t, s.Tenant.List, core.TenantName{}).Tenants
	isHere := func(id string) bool {
		return slices.ContainsFunc(listed, func(i core.TenantInfo) bool { return i.TenantID == id })
	}
	if !isHere(id) || !isHere(core.Public) {
		t.Errorf("%d tenants, want %s and public among them", len(listed), id)
	}
	for _, existed := range []bool{true, false} {
		if got := ok(t, s.Tenant.Remove, core.RemoveTenant{TenantID: id}).DidExist; got != existed {
			t.Errorf("the tenant existed: %v, want %v", got, existed)
		}
	}
	fails(t, s.Tenant.Read, core.TenantName{TenantID: id}, core.TenantUnknown)
}

func (s suite) tenantFactors(t *testing.T) {
	id := s.newTenant(t)
	set := func(in core.TenantSettings) core.TenantInfo {
		t.Helper()
		in.TenantID = id
		ok(t, s.Tenant.CreateOrUpdate, in)
		return ok(t, s.Tenant.Read, core.TenantName{TenantID: id})
	}
	two := []string{"emailpassword", "custom_1.a-b"}
	info := set(core.TenantSettings{FirstFactors: op.Some(two), RequiredSecondaryFactors: op.Some([]string{"totp"})})
	if got := info.FirstFactors.Or(nil); !slices.Equal(got, two) || !slices.Equal(info.RequiredSecondaryFactors.Or(nil), []string{"totp"}) {
		t.Errorf("factors %q, then %q", got, info.RequiredSecondaryFactors.Or(nil))
	}
	info = set(core.TenantSettings{})
	if got := info.FirstFactors.Or(nil); !slices.Equal(got, two) {
		t.Errorf("factors %q, want %q: nothing was said about them", got, two)
	}
	info = set(core.TenantSettings{FirstFactors: op.Null[[]string](), RequiredSecondaryFactors: op.Some([]string{})})
	_, limited := info.FirstFactors.Get()
	_, required := info.RequiredSecondaryFactors.Get()
	if limited || required {
		t.Errorf("still limited to %q and required %q", info.FirstFactors.Or(nil), info.RequiredSecondaryFactors.Or(nil))
	}
	bad(t, s.Tenant.CreateOrUpdate, core.TenantSettings{TenantID: id, FirstFactors: op.Some([]string{"a", "a"})},
		"firstFactors input should not contain duplicate values")
	bad(t, s.Tenant.CreateOrUpdate, core.TenantSettings{TenantID: id, RequiredSecondaryFactors: op.Some([]string{"a b"})},
		"requiredSecondaryFactors should contain only 0-9,a-z,A-Z,_,.,- characters")
}

func (s suite) tenantRefusals(t *testing.T) {
	for id, text := range map[string]string{
		"appid-x": "tenantId must not start with 'appid-'",
		"recipe":  "Cannot use 'recipe' as a tenantId",
		"Config":  "Cannot use 'config' as a tenantId",
		"users":   "Cannot use 'users' as a tenantId",
		"hello":   "Cannot use 'hello' as a tenantId",
		"a_b":     "tenantId can only contain letters, numbers and hyphens",
		"a/b":     "tenantId can only contain letters, numbers and hyphens",
	} {
		bad(t, s.Tenant.CreateOrUpdate, core.TenantSettings{TenantID: id}, text)
	}
	tenant, other := s.newTenant(t), s.newTenant(t)
	forbidden(t, s.Tenant.CreateOrUpdate, core.TenantSettings{From: tenant, TenantID: other}, "You must use the public or same tenant to add/update a tenant")
	forbidden(t, s.Tenant.List, core.TenantName{TenantID: tenant}, "Only the public tenantId is allowed to list all tenants associated with this app")
	forbidden(t, s.Tenant.Remove, core.RemoveTenant{From: tenant, TenantID: other}, "Only the public tenantId is allowed to delete a tenant")
	forbidden(t, s.Tenant.Remove, core.RemoveTenant{TenantID: core.Public}, "Cannot delete public tenant, use remove app API instead")
	ok(t, s.Tenant.CreateOrUpdate, core.TenantSettings{From: tenant, TenantID: tenant})
}

func (s suite) tenantUsers(t *testing.T) {
	tenant := s.newTenant(t)
	user, email := s.signUp(t, "")
	in := core.TenantUser{TenantID: tenant, RecipeUserID: user.ID}
	fails(t, s.EmailPassword.SignIn, core.SignIn{TenantID: tenant, Email: email, Password: password}, core.WrongCredentials)
	for _, was := range []bool{false, true} {
		if got := ok(t, s.Tenant.AddUser, in).WasAlreadyAssociated; got != was {
			t.Errorf("already associated: %v, want %v", got, was)
		}
	}
	got := ok(t, s.EmailPassword.SignIn, core.SignIn{TenantID: tenant, Email: email, Password: password}).User
	if want := []string{core.Public, tenant}; !slices.Equal(slices.Sorted(slices.Values(got.TenantIDs)), want) {
		t.Errorf("tenants %q, want %q", got.TenantIDs, want)
	}
	here, there := start(t, s.Core, "", user.ID).Session.Handle, start(t, s.Core, tenant, user.ID).Session.Handle
	for _, was := range []bool{true, false} {
		if got := ok(t, s.Tenant.RemoveUser, in).WasAssociated; got != was {
			t.Errorf("was associated: %v, want %v", got, was)
		}
	}
	fails(t, s.EmailPassword.SignIn, core.SignIn{TenantID: tenant, Email: email, Password: password}, core.WrongCredentials)
	fails(t, s.Session.ByHandle, core.SessionByHandle{SessionHandle: there}, "UNAUTHORISED")
	ok(t, s.Session.ByHandle, core.SessionByHandle{SessionHandle: here})

	ok(t, s.EmailPassword.SignUp, core.SignUp{TenantID: tenant, Email: email, Password: password})
	fails(t, s.Tenant.AddUser, in, core.EmailAlreadyExists)
	in.RecipeUserID = newID("nobody")
	fails(t, s.Tenant.AddUser, in, core.UnknownUserID)
	fails(t, s.Tenant.RemoveUser, in, core.UnknownUserID)
	in.TenantID = newID("no")
	noTenant(t, s.Tenant.AddUser, in)
}

// lastTenant: a user without a tenant is still a user.
func (s suite) lastTenant(t *testing.T) {
	user, email := s.signUp(t, "")
	ok(t, s.Tenant.RemoveUser, core.TenantUser{RecipeUserID: user.ID})
	got := ok(t, s.User.ByID, core.UserByID{UserID: user.ID}).User
	if got.TenantIDs == nil || len(got.TenantIDs) != 0 || len(got.LoginMethods) != 1 {
		t.Errorf("user %+v, want one without a tenant", got)
	}
	fails(t, s.EmailPassword.SignIn, core.SignIn{Email: email, Password: password}, core.WrongCredentials)
	ok(t, s.Tenant.AddUser, core.TenantUser{RecipeUserID: user.ID})
	ok(t, s.EmailPassword.SignIn, core.SignIn{Email: email, Password: password})
}

func (s suite) removeTenant(t *testing.T) {
	tenant := s.newTenant(t)
	user, email := s.signUp(t, tenant)
	role := newID("role")
	ok(t, s.Role.CreateOrAdd, core.RolePermissions{Role: role})
	ok(t, s.Role.AddToUser, core.UserRole{TenantID: tenant, UserID: user.ID, Role: role})
	session := start(t, s.Core, tenant, user.ID)
	ok(t, s.Tenant.Remove, core.RemoveTenant{TenantID: tenant})

	if got := ok(t, s.User.ByID, core.UserByID{UserID: user.ID}).User; len(got.TenantIDs) != 0 {
		t.Errorf("the user is still in %q", got.TenantIDs)
	}
	fails(t, s.Session.Refresh, core.RefreshSession{RefreshToken: session.RefreshToken.Token}, "UNAUTHORISED")
	noTenant(t, s.EmailPassword.SignIn, core.SignIn{TenantID: tenant, Email: email, Password: password})
	ok(t, s.Tenant.CreateOrUpdate, core.TenantSettings{TenantID: tenant})
	fails(t, s.EmailPassword.SignIn, core.SignIn{TenantID: tenant, Email: email, Password: password}, core.WrongCredentials)
	fails(t, s.Session.ByHandle, core.SessionByHandle{SessionHandle: session.Session.Handle}, "UNAUTHORISED")
	if got := ok(t, s.Role.OfUser, core.RolesOfUser{TenantID: tenant, UserID: user.ID}).Roles; len(got) != 0 {
		t.Errorf("the new tenant begins with the roles %q", got)
	}
}

func (s suite) apps(t *testing.T) {
	id := newID("app")
	noTenant(t, s.app(id).EmailPassword.SignUp, core.SignUp{Email: newEmail(), Password: password})
	for _, created := range []bool{true, false} {
		if got := ok(t, s.Tenant.CreateOrUpdateApp, core.AppSettings{AppID: id}).CreatedNew; got != created {
			t.Errorf("created a new app: %v, want %v", got, created)
		}
	}
	app := s.app(id)
	if _, limited := ok(t, app.Tenant.Read, core.TenantName{}).FirstFactors.Get(); limited {
		t.Error("the first factors of a new app are limited")
	}
	tenant := newTenantOf(t, app)
	listed := ok(t, s.Tenant.ListApps, core.TenantName{}).Apps
	if i := slices.IndexFunc(listed, func(a core.AppInfo) bool { return a.AppID == id }); i < 0 || len(listed[i].Tenants) != 2 {
		t.Errorf("apps %+v, want %s with two tenants", listed, id)
	}
	forbidden(t, s.Tenant.RemoveApp, core.RemoveApp{AppID: id}, "Please delete all tenants except the public tenant for this app before calling the delete API")
	ok(t, app.Tenant.Remove, core.RemoveTenant{TenantID: tenant})
	for _, existed := range []bool{true, false} {
		if got := ok(t, s.Tenant.RemoveApp, core.RemoveApp{AppID: id}).DidExist; got != existed {
			t.Errorf("the app existed: %v, want %v", got, existed)
		}
	}
	noTenant(t, s.app(id).EmailPassword.SignUp, core.SignUp{Email: newEmail(), Password: password})
}

func (s suite) appRefusals(t *testing.T) {
	for id, text := range map[string]string{
		"appid-x": "appId must not start with 'appid-'",
		"a b":     "appId can only contain letters, numbers and hyphens",
	} {
		bad(t, s.Tenant.CreateOrUpdateApp, core.AppSettings{AppID: id}, text)
	}
	id, app := s.newApp(t)
	forbidden(t, app.Tenant.ListApps, core.TenantName{}, "Only the public tenantId and public appId is allowed to list all apps associated with this connection uri domain")
	forbidden(t, app.Tenant.RemoveApp, core.RemoveApp{AppID: id}, "Only the public tenantId and public appId is allowed to delete an app")
	forbidden(t, app.Tenant.CreateOrUpdateApp, core.AppSettings{AppID: newID("app")}, "You must use the public or same app to add/update an app")
	forbidden(t, s.Tenant.RemoveApp, core.RemoveApp{AppID: core.Public}, "Cannot delete the public app, use remove connection uri domain API instead")
}
