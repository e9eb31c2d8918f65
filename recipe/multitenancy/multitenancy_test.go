package multitenancy_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/testdb"
	"github.com/posternauth/postern/op"
)

const (
	email    = "ada@example.com"
	password = "correct horse 1"
)

func makeTenant(t *testing.T, a *authtest.App, id string, factors op.Optional[[]string]) {
	t.Helper()
	_, err := a.Core.Tenant.CreateOrUpdate(t.Context(), core.TenantSettings{TenantID: id, FirstFactors: factors})
	if err != nil {
		t.Fatal(err)
	}
}

func TestLoginMethods(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{})
	makeTenant(t, a, "closed", op.Optional[[]string]{})
	makeTenant(t, a, "open", op.Some([]string{"emailpassword", "thirdparty"}))
	const form = `{"status":"OK","emailPassword":{"enabled":EP},"thirdParty":{"enabled":false,"providers":[]},"passwordless":{"enabled":false},"webauthn":{"enabled":false},"firstFactors":[FF]}`
	open := strings.NewReplacer("EP", "true", "FF", `"emailpassword"`).Replace(form)
	for path, want := range map[string]string{
		"/auth/loginmethods":        open,
		"/auth/public/loginmethods": open,
		"/auth/open/loginmethods":   open,
		"/auth/closed/loginmethods": strings.NewReplacer("EP", "false", "FF", "").Replace(form),
	} {
		if got := a.Browser().Get(path).OK().Text; got != want {
			t.Errorf("%s\ngot  %s\nwant %s", path, got, want)
		}
	}
}

// TestTenantsAreApart holds that one tenant's users, sessions and tokens mean
// nothing to another.
func TestTenantsAreApart(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		a := authtest.New(t, authtest.Config{Database: uri})
		makeTenant(t, a, "t1", op.Some([]string{"emailpassword"}))
		makeTenant(t, a, "t2", op.Some([]string{"emailpassword"}))
		form := authtest.Fields("email", email, "password", password)
		b := a.Browser()
		b.Post("/auth/t1/signup", form).OK()
		if got := b.Payload()["tId"]; got != "t1" {
			t.Errorf("the session is in %v", got)
		}
		for _, other := range []string{"", "/t2"} {
			c := a.Browser()
			c.Post("/auth"+other+"/signin", form).Status("WRONG_CREDENTIALS_ERROR")
			c.Get("/auth" + other + "/signup/email/exists?email=" + email).OK().Has(`"exists":false`)
			c.Post("/auth"+other+"/user/password/reset/token", authtest.Fields("email", email)).OK()
			if mail, ok := a.Mail.Last(email); ok {
				t.Fatalf("another tenant mailed %s", mail.Text)
			}
		}
		second := a.Browser()
		second.Post("/auth/t2/signup", form).OK()
		if second.Payload()["sub"] == b.Payload()["sub"] {
			t.Error("one user for two tenants")
		}
		second.RefreshSession().Want(200)
		if got := second.Payload()["tId"]; got != "t2" {
			t.Errorf("after a refresh the session is in %v", got)
		}
	})
}

// TestClosedTenant holds that a tenant without the factor lets nobody in.
func TestClosedTenant(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{})
	makeTenant(t, a, "codes", op.Some([]string{"otp-email"}))
	form := authtest.Fields("email", email, "password", password)
	for _, path := range []string{"/auth/codes/signup", "/auth/codes/signin"} {
		a.Browser().Post(path, form).Want(401).Has("unauthorised")
	}
}

// TestTenantOfHost holds that an application may choose the tenant.
func TestTenantOfHost(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{App: func(c *postern.Config) {
		c.TenantID = func(r *http.Request, fromPath string) (string, error) {
			if r.Header.Get("X-Tenant") != "" {
				return r.Header.Get("X-Tenant"), nil
			}
			return fromPath, nil
		}
	}})
	makeTenant(t, a, "t1", op.Some([]string{"emailpassword"}))
	b := a.Browser()
	b.Headers.Set("X-Tenant", "t1")
	b.SignUp(email, password)
	if got := b.Payload()["tId"]; got != "t1" {
		t.Errorf("the session is in %v", got)
	}
}
