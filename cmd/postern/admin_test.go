package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/posternauth/postern/internal/testdb"
)

// TestAdmin holds what operators ask: on a port of its own, with what was done
// on the other one.
func TestAdmin(t *testing.T) {
	t.Parallel()
	admin := newVisitor("http://127.0.0.1:" + freePort(t))
	p := start(t, "serve", "--addr", "127.0.0.1:0", "--admin", strings.TrimPrefix(admin.url, "http://"), "--db", testdb.SQLite(t))
	served := newVisitor(p.URL)
	a, err := served.do(t.Context(), http.MethodGet, "/recipe/roles", "", "")
	want(t, "the roles", a, err)
	for path, text := range map[string]string{
		"/health": "ok\n", "/ready": "ready\n",
		"/metrics": `postern_operations_total{operation="Role.All",outcome="OK"} 1` + "\n",
	} {
		a, err := admin.do(t.Context(), http.MethodGet, path, "", "")
		want(t, path, a, err)
		if !strings.Contains(a.text, text) {
			t.Errorf("%s lacks %q", path, text)
		}
		if a, err := served.do(t.Context(), http.MethodGet, path, "", ""); err != nil || a.code != http.StatusNotFound {
			t.Errorf("%s where everyone asks: %d, %v", path, a.code, err)
		}
	}
}

// TestShownByServe holds that a dashboard sees the settings of the file.
func TestShownByServe(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte("totp_max_attempts: 7\nrefresh_token_validity: 90\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, "serve", "--addr", "127.0.0.1:0", "--config", file, "--db", testdb.SQLite(t))
	a, err := newVisitor(p.URL).do(t.Context(), http.MethodGet, "/recipe/dashboard/tenant/core-config", "", "")
	want(t, "the settings", a, err)
	for name, value := range map[string]string{"totp_max_attempts": "7", "refresh_token_validity": "90", "passwordless_code_lifetime": "900000"} {
		_, rest, _ := strings.Cut(a.text, `"key":"`+name+`"`)
		if setting, _, _ := strings.Cut(rest, "}"); !strings.Contains(setting, `"value":`+value+",") {
			t.Errorf("%s is not %s in %s", name, value, a.text)
		}
	}
}
