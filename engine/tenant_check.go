package engine

import (
	"regexp"
	"slices"
	"strings"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// maxIdentifier bounds the ids of apps and tenants, in bytes.
const maxIdentifier = 64

var (
	identifierForm = regexp.MustCompile(`^[a-z0-9-]+$`)
	factorForm     = regexp.MustCompile(`^[0-9a-zA-Z_.-]+$`)
)

// identifier returns the proper form of the id of an app or a tenant.
func identifier(field, id string) (string, error) {
	id = strings.ToLower(strings.TrimSpace(id))
	switch {
	case id == "":
		return "", core.Bad("%s should not be an empty String", field)
	case strings.HasPrefix(id, "appid-"):
		return "", core.Bad("%s must not start with 'appid-'", field)
	case !identifierForm.MatchString(id):
		return "", core.Bad("%s can only contain letters, numbers and hyphens", field)
	case len(id) > maxIdentifier:
		return "", core.Bad("%s is too long: at most %d characters are allowed", field, maxIdentifier)
	}
	return id, nil
}

// checkSettings checks the settings of a tenant of an app.
func (a *app) checkSettings(appID string, in core.TenantSettings) error {
	if err := checkFactors("firstFactors", in.FirstFactors); err != nil {
		return err
	}
	if err := checkFactors("requiredSecondaryFactors", in.RequiredSecondaryFactors); err != nil {
		return err
	}
	if len(in.CoreConfig) > 0 && appID == core.Public && in.TenantID == core.Public {
		return core.Bad("Cannot modify base config")
	}
	for key := range in.CoreConfig {
		if slices.Contains(baseSettings, key) {
			return core.Bad("Invalid core config: %s can only be set via the core's base config setting", key)
		}
		if !slices.Contains(tenantSettingNames, key) {
			return core.Bad("Invalid core config: Invalid config key: %s", key)
		}
	}
	return nil
}

func checkFactors(field string, list op.Optional[[]string]) error {
	factors := list.Or(nil)
	for i, factor := range factors {
		if slices.Contains(factors[:i], factor) {
			return core.Bad("%s input should not contain duplicate values", field)
		}
		if !factorForm.MatchString(factor) {
			return core.Bad("%s should contain only 0-9,a-z,A-Z,_,.,- characters", field)
		}
	}
	return nil
}

// The settings of the protocol. Those of apps and tenants are kept for the
// tools that set and read them; this engine runs by its own Config.
var (
	tenantSettingNames = []string{
		"access_token_validity", "access_token_blacklisting", "refresh_token_validity", "refresh_token_rotation_grace_period",
		"access_token_validity_jitter", "access_token_signing_key_dynamic", "access_token_dynamic_signing_key_update_interval",
		"access_token_signing_key_update_interval", "password_reset_token_lifetime", "email_verification_token_lifetime",
		"passwordless_max_code_input_attempts", "passwordless_code_lifetime", "totp_max_attempts", "totp_rate_limit_cooldown_sec",
		"webauthn_recover_account_token_lifetime", "password_hashing_alg", "firebase_password_hashing_signer_key", "api_keys",
		"supertokens_max_cdi_version", "supertokens_min_cdi_version", "disable_telemetry", "ip_allow_regex", "ip_deny_regex",
		"saml_sp_entity_id", "saml_claims_validity", "saml_relay_state_validity",
	}
	baseSettings = []string{
		"core_config_version", "recent_token_reuse_behaviour", "bcrypt_log_rounds", "argon2_iterations", "argon2_memory_kb",
		"argon2_parallelism", "argon2_hashing_pool_size", "firebase_password_hashing_pool_size", "port", "host",
		"max_server_pool_size", "base_path", "log_level", "info_log_path", "error_log_path",
	}
)
