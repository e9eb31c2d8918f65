package cdi

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/posternauth/postern/core"
)

func FuzzSplitPath(f *testing.F) {
	for _, seed := range []string{"/", "", "/appid-shop/berlin/recipe/signin/", "//recipe/signin", "/appid-", "/\u212a", "/RECIPE/recipe/signin"} {
		f.Add(seed)
	}
	table := newTable()
	f.Fuzz(func(t *testing.T, path string) {
		at := splitPath(path, table.has)
		tenant, err := core.TenantID(at.tenant)
		if !isID(at.app) || err != nil || at.tenant != "" && at.tenant != tenant {
			t.Errorf("%q names the app %q and the tenant %q", path, at.app, at.tenant)
		}
		if table.has(at.api) && !strings.HasSuffix(normalPath(path), strings.TrimSuffix(at.api, "/")) {
			t.Errorf("%q became %q", path, at.api)
		}
	})
}

// FuzzTenant: whatever text a tenant is given by, the client refuses it, or the
// server sees exactly this tenant of exactly this app, and this operation.
func FuzzTenant(f *testing.F) {
	for _, seed := range []string{"", "public", "Berlin", "appid-b", "APPID-b", "appid-", "recipe", "users", "a/../b", "a%2fb", "..", "\u212a", "a\x00", " a", "a?b", "a#b"} {
		f.Add(seed)
	}
	table := newTable()
	f.Fuzz(func(t *testing.T, tenant string) {
		for api := range table {
			m := message{path: tenantSegment + api}
			if api == "/" || m.setTenant(tenant) != nil { // the greeting is of no tenant
				continue
			}
			for _, app := range []string{core.Public, "shop"} {
				path := m.path
				if app != core.Public {
					path = "/" + core.AppPrefix + app + path
				}
				u, err := url.Parse("http://core" + path)
				if err != nil {
					t.Fatalf("%q: %v", tenant, err)
				}
				want, err := core.TenantID(tenant)
				if at := splitPath(u.Path, table.has); err != nil || at.app != app || orPublic(at.tenant) != want || at.api != api {
					t.Errorf("%q: %s is %+v, want %s in the tenant %s of %s (%v)", tenant, path, at, api, want, app, err)
				}
			}
		}
	})
}

func FuzzVersion(f *testing.F) {
	for _, seed := range []string{"", "5.4", "2.10", "5", "5.", ".", "-1", "5.4.0", "99999999999999999999", "٥.٤"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h := http.Header{}
		h.Set(versionHeader, text)
		v, err := requestVersion(h, true)
		if err == nil && (len(v) == 0 || v.before(v)) {
			t.Errorf("%q became %v", text, v)
		}
	})
}

func TestNewestCommon(t *testing.T) {
	t.Parallel()
	for want, lists := range map[string][2][]string{
		"5.4":  {served(), {"3.0", "5.4", "5.6", "4.0"}},
		"2.10": {{"2.9", "2.10"}, {"2.10", "2.9", "nonsense"}},
		"":     {spoken(), {"3.1"}},
	} {
		if got := newestCommon(lists[0], lists[1]); got != want {
			t.Errorf("%v: %q, want %q", lists, got, want)
		}
	}
}
