package cdi_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/posternauth/postern/cdi"
	"github.com/posternauth/postern/core"
)

// TestCoreConfig: what a tenant sets wins over what its app does, that over
// what the core was started with, and that over the default.
func TestCoreConfig(t *testing.T) {
	t.Parallel()
	c := failing(core.Bad("not here"))
	c.Tenant.Read = func(_ context.Context, in core.TenantName) (core.TenantInfo, error) {
		if in.TenantID == "nowhere" {
			return core.TenantInfo{}, core.TenantUnknown
		}
		if in.TenantID == core.Public {
			return core.TenantInfo{CoreConfig: core.Object{"totp_max_attempts": []byte("8"), "refresh_token_validity": []byte("70")}}, nil
		}
		return core.TenantInfo{CoreConfig: core.Object{"totp_max_attempts": []byte("9")}}, nil
	}
	h := handler(t, cdi.Config{App: only(c), Settings: core.Object{
		"totp_max_attempts": []byte("7"), "access_token_validity": []byte("60"), "unknown": []byte("1"),
	}})
	_, text, _ := ask(t, h, "GET /berlin/recipe/dashboard/tenant/core-config", "")
	var got struct{ Config []map[string]any }
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err, text)
	}
	want := map[string]float64{"totp_max_attempts": 9, "refresh_token_validity": 70, "access_token_validity": 60, "passwordless_code_lifetime": 900000}
	for _, setting := range got.Config {
		if value, there := want[setting["key"].(string)]; there && setting["value"] != value {
			t.Errorf("%v, want the value %v", setting, value)
		}
		delete(want, setting["key"].(string))
		if setting["key"] == "unknown" || len(setting) != 10 || setting["description"] == "" || setting["defaultValue"] == nil {
			t.Errorf("incomplete: %v", setting)
		}
	}
	if len(want) > 0 {
		t.Errorf("missing: %v in %s", want, text)
	}
	if code, _, _ := ask(t, h, "GET /nowhere/recipe/dashboard/tenant/core-config", ""); code != 400 {
		t.Errorf("of an unknown tenant: %d", code)
	}
}
