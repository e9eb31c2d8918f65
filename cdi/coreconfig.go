package cdi

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// coreConfig is the settings of a tenant, for a dashboard to show.
type coreConfig struct {
	Config []shownSetting `json:"config"`
}

type shownSetting struct {
	setting
	Value            json.RawMessage `json:"value"`
	PossibleValues   []string        `json:"possibleValues"`
	IsNullable       bool            `json:"isNullable"`
	IsPlugin         bool            `json:"isPluginProperty"`
	IsPluginEditable bool            `json:"isPluginPropertyEditable"`
}

// setting is what a core can be set to, and what it is without that.
type setting struct {
	Key                     string `json:"key"`
	ValueType               string `json:"valueType"`
	Default                 any    `json:"defaultValue"`
	IsDifferentAcrossTenant bool   `json:"isDifferentAcrossTenants"`
	Description             string `json:"description"`
}

// settings are those that a dashboard may see.
func settings() []setting {
	const number = "number"
	return []setting{
		{"access_token_validity", number, 3600, false, "How long an access token is valid, in seconds. [Default: 3600 (1 hour)]"},
		{"refresh_token_validity", number, 144000, false, "How long a session lives without being refreshed, in minutes. [Default: 144000 (100 days)]"},
		{"refresh_token_rotation_grace_period", number, 30, false, "For how long a refresh token that was replaced still gets the same successor, in seconds. [Default: 30]"},
		{"access_token_dynamic_signing_key_update_interval", number, 168, false, "How long a key signs access tokens, in hours. [Default: 168 (a week)]"},
		{"password_reset_token_lifetime", number, 3600000, true, "How long a link to reset a password is valid, in milliseconds. [Default: 3600000 (1 hour)]"},
		{"email_verification_token_lifetime", number, 3600000, true, "How long a link to verify an email is valid, in milliseconds. [Default: 3600000 (1 hour)]"},
		{"passwordless_max_code_input_attempts", number, 5, true, "How many wrong codes a device may try. [Default: 5]"},
		{"passwordless_code_lifetime", number, 900000, true, "How long a code to sign in is valid, in milliseconds. [Default: 900000 (15 minutes)]"},
		{"totp_max_attempts", number, 5, true, "How many wrong codes of a second factor a user may try in a row. [Default: 5]"},
		{"totp_rate_limit_cooldown_sec", number, 900, true, "How long a user waits after too many wrong codes, in seconds. [Default: 900 (15 minutes)]"},
	}
}

// settingsOf returns the settings of a tenant: its own, else those of its app,
// of the public app of its domain, those that the core was started with, or
// the defaults.
func (a *apps) settingsOf(id string) op.Func[core.TenantName, coreConfig] {
	return func(ctx context.Context, in core.TenantName) (coreConfig, error) {
		domain, _ := core.SplitAppKey(id)
		var layers []core.Object
		for _, of := range []place{{app: id, tenant: in.TenantID}, {app: id, tenant: core.Public}, {app: core.AppKey(domain, core.Public), tenant: core.Public}} {
			app, err := a.find(of.app)
			if err != nil {
				return coreConfig{}, err
			}
			tenant, err := readTenant(ctx, app.core, of.app, of.tenant)
			if err != nil {
				return coreConfig{}, err
			}
			layers = append(layers, tenant.CoreConfig)
		}
		return shown(append(layers, a.settings)), nil
	}
}

// shown takes each setting from the first of the layers that has it.
func shown(layers []core.Object) (out coreConfig) {
	for _, s := range settings() {
		shown := shownSetting{setting: s, Value: jsonOf(s.Default)}
		for _, layer := range slices.Backward(layers) {
			if value, set := layer[s.Key]; set {
				shown.Value = value
			}
		}
		out.Config = append(out.Config, shown)
	}
	return out
}

// readTenant reads a tenant that is a part of the path, and not the question.
func readTenant(ctx context.Context, c *core.Core, app, tenant string) (core.TenantInfo, error) {
	info, err := c.Tenant.Read(ctx, core.TenantName{TenantID: tenant})
	if errors.Is(err, core.TenantUnknown) {
		err = &core.TenantNotFound{AppID: app, TenantID: tenant}
	}
	return info, err
}

// jsonOf writes a default value, which is a plain number.
func jsonOf(v any) json.RawMessage {
	b, _ := json.Marshal(v)
	return b
}
