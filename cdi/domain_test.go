package cdi_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/posternauth/postern/cdi"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// TestHostChoosesDomain: an app is looked for in the domain of the host, which
// the errors name.
func TestHostChoosesDomain(t *testing.T) {
	t.Parallel()
	var asked []string
	h := handler(t, cdi.Config{
		App: func(key string) *core.Core {
			c := failing(&core.TenantNotFound{AppID: key, TenantID: "nowhere"})
			c.Role.All = func(context.Context, struct{}) (core.RoleNames, error) {
				asked = append(asked, key)
				return core.RoleNames{Roles: []string{}}, nil
			}
			return c
		},
		Domain: func(_ context.Context, host string) (string, error) {
			switch host {
			case "eu.example.com:3567":
				return "eu.example.com", nil
			case "down.example.com":
				return "", &core.Unavailable{Err: errors.New("no database")}
			}
			return "", nil
		},
	})
	get := func(host, path string) (int, string) {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	get("localhost", "/recipe/roles")
	get("eu.example.com:3567", "/recipe/roles")
	get("eu.example.com:3567", "/appid-shop/recipe/roles")
	if got := strings.Join(asked, " "); got != "public public@eu.example.com shop@eu.example.com" {
		t.Errorf("asked the apps %s", got)
	}
	if code, text := get("eu.example.com:3567", "/appid-shop/nowhere/users/count"); code != 400 || !strings.HasSuffix(text, "not found: (eu.example.com, shop, nowhere)\n") {
		t.Errorf("a missing tenant: %d %s", code, text)
	}
	if code, _ := get("down.example.com", "/recipe/roles"); code != 503 {
		t.Errorf("nobody knows whose host it is: %d", code)
	}
	if code, text := get("eu.example.com:3567", "/config?pid=1"); code != 403 {
		t.Errorf("what only the default domain is told: %d %s", code, text)
	}
}

// TestOldDomains: the old form of domains, with switches for recipes.
func TestOldDomains(t *testing.T) {
	t.Parallel()
	c := failing(core.Bad("not here"))
	limited := core.TenantInfo{TenantID: "public", FirstFactors: op.Some([]string{"emailpassword"}), CoreConfig: core.Object{}}
	limited.ThirdParty.Providers = []core.Object{}
	c.Tenant.ListDomains = func(context.Context, core.TenantName) (core.DomainList, error) {
		return core.DomainList{Domains: []core.DomainInfo{
			{Apps: []core.AppInfo{}},
			{Domain: "eu.example.com", Apps: []core.AppInfo{{AppID: "public", Tenants: []core.TenantInfo{limited}}}},
		}}, nil
	}
	var got core.DomainSettings
	c.Tenant.CreateOrUpdateDomain = func(_ context.Context, in core.DomainSettings) (core.Created, error) {
		got = in
		return core.Created{}, nil
	}
	const path = " /recipe/multitenancy/connectionuridomain"
	for body, want := range map[string]string{
		`{"connectionUriDomain":"EU.example.com:3567","thirdPartyEnabled":true}`:        "emailpassword thirdparty",
		`{"connectionUriDomain":"eu.example.com","firstFactors":["totp"]}`:              "totp",
		`{"connectionUriDomain":"new.example.com","passwordlessEnabled":false}`:         "emailpassword thirdparty",
		`{"connectionUriDomain":"eu.example.com","emailPasswordEnabled":false}`:         "",
		`{"connectionUriDomain":"eu.example.com","coreConfig":{"totp_max_attempts":3}}`: "absent",
	} {
		got = core.DomainSettings{}
		_, text, _ := ask(t, serve(t, c), "PUT"+path, body)
		factors := strings.Join(got.FirstFactors.Or(nil), " ")
		if got.FirstFactors.IsZero() {
			factors = "absent"
		}
		if factors != want {
			t.Errorf("%s: the first factors are %q, want %q; %s", body, factors, want, text)
		}
	}
	want := `{"status":"OK","connectionUriDomains":[{"connectionUriDomain":"","apps":[]},{"connectionUriDomain":"eu.example.com","apps":[{"appId":"public","tenants":[` +
		`{"tenantId":"public","emailPassword":{"enabled":true},"thirdParty":{"enabled":false,"providers":[]},"passwordless":{"enabled":false},"firstFactors":["emailpassword"],"coreConfig":{}}]}]}]}`
	if _, text, _ := ask(t, serve(t, c), "GET"+path+"/list", ""); text != want+"\n" {
		t.Errorf("got  %swant %s", text, want)
	}
	if _, text, _ := ask(t, serve(t, c), "GET"+path+"/list", "", "cdi-version: 3.1"); strings.Contains(text, "actors") {
		t.Errorf("factors before 5.0: %s", text)
	}
}
