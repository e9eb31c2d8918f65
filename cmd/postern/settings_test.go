package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func settingsFrom(t *testing.T, file string, env map[string]string) (settings, error) {
	t.Helper()
	path := ""
	if file != "" {
		path = filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return readSettings(path, func(name string) (string, bool) { v, ok := env[name]; return v, ok })
}

func TestSettings(t *testing.T) {
	t.Parallel()
	s, err := settingsFrom(t, `
core_config_version: 0
# a comment
port: 4567
host: 0.0.0.0
api_keys: "a-key-of-twenty-letters, another-key-of-twenty"
access_token_validity: 60
refresh_token_validity: 0.5
access_token_dynamic_signing_key_update_interval: 24
postgresql_user: ada
postgresql_password: "p@ss/word"
postgresql_database_name: auth
postgresql_table_schema: core
argon2_iterations: null
passwordless_code_lifetime: 1500
passwordless_max_code_input_attempts: 3
totp_max_attempts: 7
totp_rate_limit_cooldown_sec: 60
`, map[string]string{"SUPERTOKENS_PORT": "5678", "ACCESS_TOKEN_VALIDITY": "120", "UNRELATED": "x", "HOST": "not-this", "POSTERN_POOLER": "true"})
	if err != nil {
		t.Fatal(err)
	}
	if s.port != "5678" || s.host != "0.0.0.0" || len(s.apiKeys) != 2 || !s.Pooler {
		t.Errorf("got %+v", s)
	}
	if s.AccessTokenValidity != 2*time.Minute || s.RefreshTokenValidity != 30*time.Second || s.SigningKeyInterval != 24*time.Hour {
		t.Errorf("lifetimes %v, %v, %v", s.AccessTokenValidity, s.RefreshTokenValidity, s.SigningKeyInterval)
	}
	if s.PasswordlessCodeLifetime != 1500*time.Millisecond || s.PasswordlessMaxTries != 3 || s.TOTPMaxAttempts != 7 || s.TOTPCooldown != time.Minute {
		t.Errorf("codes: %v, %d tries; second factor: %d tries, %v", s.PasswordlessCodeLifetime, s.PasswordlessMaxTries, s.TOTPMaxAttempts, s.TOTPCooldown)
	}
	if want := "postgresql://ada:p%40ss%2Fword@localhost:5432/auth?search_path=core"; string(s.Database) != want {
		t.Errorf("database %s, want %s", string(s.Database), want)
	}
}

func TestConnectionURI(t *testing.T) {
	t.Parallel()
	s, err := settingsFrom(t, "", map[string]string{"POSTGRESQL_CONNECTION_URI": "postgresql://u:p@h/d?currentSchema=s&sslmode=require"})
	if want := "postgresql://u:p@h/d?search_path=s&sslmode=require"; err != nil || string(s.Database) != want {
		t.Errorf("database %s, %v, want %s", string(s.Database), err, want)
	}
}

// TestMistakesInSettings holds that all are reported, each with its name.
func TestMistakesInSettings(t *testing.T) {
	t.Parallel()
	_, err := settingsFrom(t, "acces_token_validity: 60\nport: [1]\nargon2_memory_kb: lots\nrefresh_token_validity: -1\nfrobnicate: 1\n", nil)
	for _, want := range []string{
		"acces_token_validity: there is no such setting; did you mean access_token_validity?",
		"port: has to be a plain value", "argon2_memory_kb: is not a whole number",
		"refresh_token_validity: is not a positive number", "frobnicate: there is no such setting; see docs/operation.md",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in:\n%v", want, err)
		}
	}
	if _, err := settingsFrom(t, "- a list", nil); err == nil {
		t.Error("a list is no error")
	}
	if _, err := readSettings("/does/not/exist", os.LookupEnv); err == nil {
		t.Error("a missing file is no error")
	}
}

// TestShownSettings holds that what is shown is what was said, under the same
// name and in the same unit, and nothing else.
func TestShownSettings(t *testing.T) {
	t.Parallel()
	said := map[string]string{
		"access_token_validity": "90", "refresh_token_validity": "0.5", "refresh_token_rotation_grace_period": "4",
		"access_token_dynamic_signing_key_update_interval": "24", "password_reset_token_lifetime": "1001",
		"email_verification_token_lifetime": "1002", "passwordless_code_lifetime": "1003",
		"passwordless_max_code_input_attempts": "6", "totp_max_attempts": "7", "totp_rate_limit_cooldown_sec": "8",
	}
	file := "api_keys: a-key-of-twenty-letters\nmaster_key: " + strings.Repeat("k", 32) + "\n"
	for name, value := range said {
		file += name + ": " + value + "\n"
	}
	s, err := settingsFrom(t, file, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for name, value := range s.shown() {
		got[name] = string(value)
	}
	if diff := cmp.Diff(said, got); diff != "" {
		t.Errorf("(-said +shown):\n%s", diff)
	}
	if none := new(settings).shown(); len(none) > 0 {
		t.Errorf("nothing was said, shown are %v", none)
	}
}

// TestSettingsAreDocumented holds that docs/operation.md has a row for each
// setting, in the same order.
func TestSettingsAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/operation.md")
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	for _, s := range knownSettings() {
		name := "`" + s.name + "`"
		if s.env != "" {
			name += " (`" + s.env + "`)"
		}
		table.WriteString("| " + name + " | " + s.about + " |\n")
	}
	if !strings.Contains(string(page), table.String()) {
		t.Errorf("docs/operation.md lacks this table:\n%s", table.String())
	}
}
