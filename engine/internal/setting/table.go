package setting

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/posternauth/postern/core"
)

// setting is one that apps and tenants may set for themselves, by its name in
// the protocol (CDI §5.1).
type setting struct {
	name, kind string // the kind as errors call it
	perTenant  bool   // whether tenants of one app may differ
	lowest     float64
	highest    float64
	mistake    string // what a value out of range is told
	in         func(*Values) quantity
}

// quantity is a field of Values in the unit of a setting.
type quantity interface {
	read() float64
	write(float64)
}

type lasting struct {
	field *time.Duration
	unit  time.Duration
}

func (l lasting) read() float64   { return float64(*l.field) / float64(l.unit) }
func (l lasting) write(v float64) { *l.field = time.Duration(v * float64(l.unit)) }

type counted struct{ field *int }

func (c counted) read() float64   { return float64(*c.field) }
func (c counted) write(v float64) { *c.field = int(v) }

// The kinds of values.
const (
	aLong    = "long"
	anInt    = "int"
	aDouble  = "double"
	aBoolean = "boolean"
	aWord    = "String"
)

// settings returns those that have an effect.
func settings() []setting {
	const (
		century = 100 * 365 * 24 * time.Hour
		second  = 1.0 / 3600 // in hours
	)
	positive := func(name, kind string, unit time.Duration, mistake string, field func(*Values) *time.Duration) setting {
		return setting{name, kind, true, 1, float64(century / unit), "must be " + mistake, func(v *Values) quantity { return lasting{field(v), unit} }}
	}
	tries := func(name string, most int, field func(*Values) *int) setting {
		return setting{name, anInt, true, 1, float64(most), fmt.Sprintf("must be between 1 and %d inclusive.", most), func(v *Values) quantity { return counted{field(v)} }}
	}
	keyInterval := func(name string) setting {
		return setting{
			name, aDouble, false, second, century.Hours(), "must be greater than, equal to 1 second.",
			func(v *Values) quantity { return lasting{&v.SigningKeyInterval, time.Hour} },
		}
	}
	return []setting{
		{
			"access_token_validity", aLong, false, 1, 86400000, "must be between 1 and 86400000 seconds inclusive.",
			func(v *Values) quantity { return lasting{&v.AccessTokenValidity, time.Second} },
		},
		{
			"refresh_token_validity", aDouble, false, second * 60, century.Minutes(), notLonger,
			func(v *Values) quantity { return lasting{&v.RefreshTokenValidity, time.Minute} },
		},
		{
			"refresh_token_rotation_grace_period", anInt, false, 0, MaxRefreshGrace.Seconds(), "must be between 0 and 300 seconds inclusive.",
			func(v *Values) quantity { return lasting{&v.RefreshGrace, time.Second} },
		},
		keyInterval("access_token_dynamic_signing_key_update_interval"),
		keyInterval("access_token_signing_key_update_interval"),
		positive("password_reset_token_lifetime", aLong, time.Millisecond, ">= 0", func(v *Values) *time.Duration { return &v.ResetTokenLifetime }),
		positive("email_verification_token_lifetime", aLong, time.Millisecond, ">= 0", func(v *Values) *time.Duration { return &v.VerificationTokenLifetime }),
		positive("passwordless_code_lifetime", aLong, time.Millisecond, "> 0", func(v *Values) *time.Duration { return &v.PasswordlessCodeLifetime }),
		tries("passwordless_max_code_input_attempts", MaxPasswordlessTries, func(v *Values) *int { return &v.PasswordlessMaxTries }),
		tries("totp_max_attempts", MaxTOTPAttempts, func(v *Values) *int { return &v.TOTPMaxAttempts }),
		positive("totp_rate_limit_cooldown_sec", anInt, time.Second, "> 0", func(v *Values) *time.Duration { return &v.TOTPCooldown }),
	}
}

const notLonger = "must be strictly greater than 'access_token_validity'."

// idleSettings are kept and shown and change nothing: what they are about is
// always on, always off, or not there. The values are their kinds.
func idleSettings() map[string]string {
	return map[string]string{
		"access_token_blacklisting": aBoolean, "access_token_signing_key_dynamic": aBoolean, "access_token_validity_jitter": aDouble,
		"bulk_migration_batch_size": anInt, "bulk_migration_parallelism": anInt, "bulk_migration_sleep_between_rounds_in_batch_ms": aLong,
		"disable_telemetry": aBoolean, "oauth_provider_admin_service_url": aWord, "oauth_provider_consent_login_base_url": aWord,
		"oauth_provider_public_service_url": aWord, "oauth_provider_url_configured_in_oauth_provider": aWord,
		"password_hashing_alg": aWord, "saml_claims_validity": aLong, "saml_legacy_acs_url": aWord, "saml_relay_state_validity": aLong,
		"saml_sp_entity_id": aWord, "webauthn_recover_account_token_lifetime": aLong,
	}
}

// isBaseSetting reports whether a setting is one of the whole core: how it is
// reached, who may, how much it works, where its data are.
func isBaseSetting(name string) bool {
	return strings.HasPrefix(name, "postgresql_") || strings.HasPrefix(name, "supertokens_") || slices.Contains([]string{
		"api_keys", "argon2_hashing_pool_size", "argon2_iterations", "argon2_memory_kb", "argon2_parallelism", "base_path", "bcrypt_log_rounds",
		"core_config_version", "deadlock_logger_enable", "error_log_path", "firebase_password_hashing_pool_size",
		"firebase_password_hashing_signer_key", "host", "info_log_path", "ip_allow_regex", "ip_deny_regex", "log_level",
		"max_server_pool_size", "migration_mode", "oauth_client_secret_encryption_key", "otel_collector_connection_uri", "port",
		"recent_token_reuse_behaviour", "webserver_https_enabled",
	}, name)
}

func bad(format string, args ...any) error {
	return core.Bad("Invalid core config: "+format, args...)
}

// Check refuses what a setting cannot be: a name that is none, a value of
// another kind or out of range. null takes a setting away, and so is a value of
// each. It fails with [core.BadInput].
func Check(name string, raw json.RawMessage) error {
	i := slices.IndexFunc(settings(), func(s setting) bool { return s.name == name })
	kind, idle := idleSettings()[name]
	switch {
	case i < 0 && !idle && !isBaseSetting(name):
		return bad("Invalid config key: %s", name)
	case string(raw) == "null":
		return nil
	case i >= 0:
		return settings()[i].check(raw)
	case idle && !isOfKind(kind, raw):
		return bad("'%s' must be of type %s", name, kind)
	case idle:
		return nil
	}
	return bad("%s can only be set via the core's base config setting", name)
}

func (s setting) check(raw json.RawMessage) error {
	v, ok := number(raw)
	switch {
	case !ok || s.kind != aDouble && v != math.Trunc(v):
		return bad("'%s' must be of type %s", s.name, s.kind)
	case v < s.lowest || v > s.highest:
		return bad("'%s' %s", s.name, s.mistake)
	}
	return nil
}

// number reads a number, or the text of one.
func number(raw json.RawMessage) (float64, bool) {
	v, err := strconv.ParseFloat(plain(raw), 64)
	return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// plain returns the text of a string, or of any other value as it is written.
func plain(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

func isOfKind(kind string, raw json.RawMessage) bool {
	switch kind {
	case aWord:
		return strings.HasPrefix(string(raw), `"`)
	case aBoolean:
		return plain(raw) == "true" || plain(raw) == "false"
	}
	v, ok := number(raw)
	return ok && (kind == aDouble || v == math.Trunc(v))
}
