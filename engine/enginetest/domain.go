package enginetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posternauth/postern/core"
)

// newDomain makes a connection URI domain, and returns its name and the core
// of its app "public".
func (s suite) newDomain(t *testing.T) (string, *core.Core) {
	t.Helper()
	domain := newID("domain") + ".example.com"
	if !ok(t, s.Tenant.CreateOrUpdateDomain, core.DomainSettings{Domain: domain}).CreatedNew {
		t.Fatalf("the domain %s is not new", domain)
	}
	return domain, s.app(core.AppKey(domain, core.Public))
}

func names(apps []core.AppInfo) (ids []string) {
	for _, a := range apps {
		ids = append(ids, a.AppID)
	}
	return ids
}

// domains: each has apps of its own, and knows only those.
func (s suite) domains(t *testing.T) {
	domain, public := s.newDomain(t)
	if ok(t, s.Tenant.CreateOrUpdateDomain, core.DomainSettings{Domain: " " + strings.ToUpper(domain) + ":3567"}).CreatedNew {
		t.Error("the same domain in another spelling is new")
	}
	ok(t, public.Tenant.CreateOrUpdateDomain, core.DomainSettings{Domain: domain})
	id := newID("app")
	ok(t, s.Tenant.CreateOrUpdateApp, core.AppSettings{AppID: id}) // of the same name, elsewhere
	if !ok(t, public.Tenant.CreateOrUpdateApp, core.AppSettings{AppID: id}).CreatedNew {
		t.Error("an app of the domain is not new, because another domain has it")
	}
	app := s.app(core.AppKey(domain, id))
	tenant := newTenantOf(t, app)

	if got := names(ok(t, public.Tenant.ListApps, core.TenantName{}).Apps); !slices.Equal(got, []string{id, core.Public}) {
		t.Errorf("the domain has the apps %q, want %s and public", got, id)
	}
	listed := ok(t, s.Tenant.ListDomains, core.TenantName{}).Domains
	i := slices.IndexFunc(listed, func(d core.DomainInfo) bool { return d.Domain == domain })
	if i < 1 || listed[0].Domain != "" || !slices.Equal(names(listed[i].Apps), []string{id, core.Public}) || len(listed[i].Apps[0].Tenants) != 2 {
		t.Errorf("domains %+v, want the default one and %s with both its apps", listed, domain)
	}
	if slices.ContainsFunc(ok(t, s.Tenant.ListApps, core.TenantName{}).Apps, func(a core.AppInfo) bool { return len(a.AppID) > 64 || strings.Contains(a.AppID, "@") }) {
		t.Error("the default domain lists the apps of others")
	}

	forbidden(t, s.Tenant.RemoveDomain, core.RemoveDomain{Domain: domain}, "Please delete all apps except the public appID for this connectionUriDomain before calling the delete API.")
	ok(t, app.Tenant.Remove, core.RemoveTenant{TenantID: tenant})
	ok(t, public.Tenant.RemoveApp, core.RemoveApp{AppID: id})
	ok(t, s.app(id).Tenant.Read, core.TenantName{}) // that of the default domain
	for _, existed := range []bool{true, false} {
		if got := ok(t, s.Tenant.RemoveDomain, core.RemoveDomain{Domain: domain}).DidExist; got != existed {
			t.Errorf("the domain existed: %v, want %v", got, existed)
		}
	}
	listed = ok(t, s.Tenant.ListDomains, core.TenantName{}).Domains
	if slices.ContainsFunc(listed, func(d core.DomainInfo) bool { return d.Domain == domain }) {
		t.Error("the domain is still there")
	}
}

// domainsAreApart: users, keys and sessions of one domain mean nothing in
// another.
func (s suite) domainsAreApart(t *testing.T) {
	_, public := s.newDomain(t)
	user, email := s.signUp(t, "")
	fails(t, public.User.ByID, core.UserByID{UserID: user.ID}, core.UnknownUserID)
	fails(t, public.EmailPassword.SignIn, core.SignIn{Email: email, Password: password}, core.WrongCredentials)
	if twin := ok(t, public.EmailPassword.SignUp, core.SignUp{Email: email, Password: password}).User; twin.ID == user.ID {
		t.Error("two domains share a user who signed up twice")
	}
	here, there := start(t, s.Core, "", user.ID), start(t, public, "", user.ID)
	fails(t, public.Session.Verify, core.VerifySession{AccessToken: here.AccessToken.Token}, "TRY_REFRESH_TOKEN")
	fails(t, s.Session.Refresh, core.RefreshSession{RefreshToken: there.RefreshToken.Token}, "UNAUTHORISED")
	ok(t, public.Session.Refresh, core.RefreshSession{RefreshToken: there.RefreshToken.Token})
}

// domainSettings: what a domain sets holds for its apps that do not say
// otherwise.
func (s suite) domainSettings(t *testing.T) {
	domain, public := s.newDomain(t)
	id, other := newID("app"), newID("app")
	ok(t, public.Tenant.CreateOrUpdateApp, core.AppSettings{AppID: id})
	ok(t, public.Tenant.CreateOrUpdateApp, core.AppSettings{AppID: other, CoreConfig: object(`{"passwordless_code_lifetime":2000}`)})
	ok(t, s.Tenant.CreateOrUpdateDomain, core.DomainSettings{Domain: domain, CoreConfig: object(`{"passwordless_code_lifetime":"3000"}`)})
	for app, want := range map[*core.Core]int64{
		public: 3000, s.app(core.AppKey(domain, id)): 3000, s.app(core.AppKey(domain, other)): 2000, s.Core: 900_000,
	} {
		if got := ok(t, app.Passwordless.CreateCode, core.CreateCode{Email: newEmail()}).CodeLifetime; got != want {
			t.Errorf("a code lives %d ms, want %d", got, want)
		}
	}
}

func (s suite) domainRefusals(t *testing.T) {
	domain, public := s.newDomain(t)
	for _, name := range []string{"a b", "a_b.example.com", "-a.example.com", "a..b", "[::1]", "a.example.com:port", "%", strings.Repeat("a", 300)} {
		bad(t, s.Tenant.CreateOrUpdateDomain, core.DomainSettings{Domain: name}, "connectionUriDomain is invalid")
		bad(t, s.Tenant.RemoveDomain, core.RemoveDomain{Domain: name}, "connectionUriDomain is invalid")
	}
	bad(t, s.Tenant.RemoveDomain, core.RemoveDomain{Domain: " "}, "connectionUriDomain should not be an empty String")
	bad(t, s.Tenant.CreateOrUpdateDomain, core.DomainSettings{CoreConfig: object(`{"totp_max_attempts":3}`)}, "Cannot modify base config")
	bad(t, s.Tenant.CreateOrUpdateDomain, core.DomainSettings{Domain: domain, CoreConfig: object(`{"postgresql_host":"x"}`)},
		"Invalid core config: postgresql_host can only be set via the core's base config setting")

	const other = "You must use the default or same connectionUriDomain to create/update a connectionUriDomain"
	forbidden(t, public.Tenant.CreateOrUpdateDomain, core.DomainSettings{Domain: "other.example.com"}, other)
	forbidden(t, public.Tenant.CreateOrUpdateDomain, core.DomainSettings{}, other)
	forbidden(t, public.Tenant.ListDomains, core.TenantName{}, "Only the public tenantId, public appId and default connectionUriDomain is allowed to list all connectionUriDomains and appIds associated with this core")
	forbidden(t, public.Tenant.RemoveDomain, core.RemoveDomain{Domain: domain}, "Only the public tenantId, public appId and default connectionUriDomain is allowed to delete a connectionUriDomain")
	forbidden(t, public.Tenant.RemoveApp, core.RemoveApp{AppID: core.Public}, "Cannot delete the public app, use remove connection uri domain API instead")
	tenant := newTenantOf(t, public)
	forbidden(t, s.Tenant.RemoveDomain, core.RemoveDomain{Domain: domain}, "Please delete all tenants except the public tenant for this app before calling the delete API")
	ok(t, public.Tenant.Remove, core.RemoveTenant{TenantID: tenant})
}

// domainsElsewhere: other instances know a domain within seconds.
func (s suite) domainsElsewhere(t *testing.T) {
	there := func(domain string) *core.Core { return s.second(core.AppKey(domain, core.Public)) }
	ok(t, s.second(core.Public).Service.Ping, struct{}{})
	domain, public := s.newDomain(t)
	s.advance(11 * time.Second)
	email := newEmail()
	ok(t, public.EmailPassword.SignUp, core.SignUp{Email: email, Password: password})
	ok(t, there(domain).EmailPassword.SignIn, core.SignIn{Email: email, Password: password})
}
