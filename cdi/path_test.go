package cdi

import (
	"net/http"
	"strings"
	"testing"
)

func FuzzSplitPath(f *testing.F) {
	for _, seed := range []string{"/", "", "/appid-shop/berlin/recipe/signin/", "//recipe/signin", "/appid-", "/\u212a", "/RECIPE/recipe/signin"} {
		f.Add(seed)
	}
	table := newTable()
	f.Fuzz(func(t *testing.T, path string) {
		at := splitPath(path, table.has)
		if !isID(at.app) || at.tenant != "" && (!isID(at.tenant) || isStopWord(at.tenant)) {
			t.Errorf("%q names the app %q and the tenant %q", path, at.app, at.tenant)
		}
		if table.has(at.api) && !strings.HasSuffix(normalPath(path), strings.TrimSuffix(at.api, "/")) {
			t.Errorf("%q became %q", path, at.api)
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
