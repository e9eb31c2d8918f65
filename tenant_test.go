package postern_test

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/cdi"
	"github.com/posternauth/postern/core"
)

// overCDI puts HTTP between an app and its core, whose app "b" belongs to
// somebody else.
func overCDI(t *testing.T, c *postern.Config, others func(appID string)) {
	t.Helper()
	own := c.Core
	handler, err := cdi.Handler(cdi.Config{App: func(id string) *core.Core {
		if id != core.Public {
			others(id)
		}
		return own
	}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	if c.Core, err = cdi.Dial(server.URL, cdi.Options{}); err != nil {
		t.Fatal(err)
	}
}

// TestNoTenantIsAnApp: nothing that stands for a tenant reaches another app, a
// route or a file.
func TestNoTenantIsAnApp(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{App: func(c *postern.Config) {
		c.RateLimits.Disabled = true
		overCDI(t, c, func(id string) { t.Errorf("the app %q was asked", id) })
	}})
	fields := authtest.Fields("email", ada, "password", password)
	for _, tenant := range []string{"appid-b", "APPID-b", "appid-", "recipe", "Users", "..", "%2e%2e", "a%2fb", "%61ppid-b", "public%00"} {
		for _, path := range []string{"signup", "signin", "emailpassword/email/exists?email=a@example.com", "user/password/reset/token"} {
			got := a.Browser().Post("/auth/"+tenant+"/"+path, fields)
			if got.StatusCode == 200 {
				t.Errorf("%s of the tenant %q answers %s", path, tenant, got.Text)
			}
		}
	}
	if n, err := a.Core.User.Count(t.Context(), core.CountUsers{IncludeAllTenants: true}); err != nil || n.Count != 0 {
		t.Errorf("%d users were made, %v", n.Count, err)
	}
}

// TestSpellingsShareLimits: one tenant and one account have one budget, however
// they are written.
func TestSpellingsShareLimits(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*testing.T, *postern.Config){
		"in process": func(*testing.T, *postern.Config) {},
		"over cdi":   func(t *testing.T, c *postern.Config) { overCDI(t, c, func(string) {}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := authtest.New(t, authtest.Config{App: func(c *postern.Config) { change(t, c) }})
			a.Browser().SignUp("zo\u00eb@example.com", password)
			tenants := []string{"", "/public", "/Public", "/pUblic", "/PUBLIC", "/puBliC"}
			emails := []string{"zo\u00eb@example.com", "zoe\u0308@example.com", "ZOE\u0308@example.com", " Zo\u00cb@Example.com "}
			tried := 0
			for i := range 30 {
				path := fmt.Sprintf("/auth%s/signin", tenants[i%len(tenants)])
				got := a.Browser().Post(path, authtest.Fields("email", emails[i%len(emails)], "password", "wrong horse 1"))
				switch {
				case got.StatusCode == 200:
					tried++
				case got.StatusCode != 429:
					t.Fatalf("%s answers %d %s", path, got.StatusCode, got.Text)
				}
			}
			if tried != 10 {
				t.Errorf("%d wrong passwords were looked at, want the 10 of one budget", tried)
			}
		})
	}
}

// TestLimitsGoByMeaning: a limit counts the tenant that is meant, wherever its
// name came from.
func TestLimitsGoByMeaning(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{})
	r := httptest.NewRequest("POST", "/", nil)
	passed := 0
	for i := range 20 {
		tenant := []string{"acme", "Acme", "ACME", " acme"}[i%4]
		if _, err := a.Attempt(r, postern.SignIn, tenant, ada); err == nil {
			passed++
		}
	}
	if passed != 10 {
		t.Errorf("%d attempts passed, want the 10 of one tenant", passed)
	}
}

// TestUnknownClientsShareLimits: clients whose address nobody knows share the
// budgets of one, and those with a port are told apart.
func TestUnknownClientsShareLimits(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		address func(i int) string
		passed  int
	}{
		"unix sockets":            {func(int) string { return "@" }, 30},
		"nonsense":                {func(i int) string { return fmt.Sprint("client ", i) }, 30},
		"one client":              {func(i int) string { return fmt.Sprint("203.0.113.7:", 1000+i) }, 30},
		"one IPv6 network":        {func(i int) string { return fmt.Sprintf("[2001:db8::%x]:443", i+1) }, 30},
		"an address without port": {func(int) string { return "203.0.113.7" }, 30},
		"many clients":            {func(i int) string { return fmt.Sprintf("203.0.113.%d:443", i+1) }, 40},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := authtest.New(t, authtest.Config{})
			passed := 0
			for i := range 40 {
				r := httptest.NewRequest("POST", "/", nil)
				r.RemoteAddr = tt.address(i)
				if _, err := a.Attempt(r, postern.SignUp, core.Public, ""); err == nil {
					passed++
				}
			}
			if passed != tt.passed {
				t.Errorf("%d attempts passed, want %d", passed, tt.passed)
			}
		})
	}
}
