package main

import (
	"strconv"
	"time"

	"github.com/posternauth/postern/core"
)

// shown is what a dashboard may see of the settings, by their names and in
// their units. What is not set is left out: there the default holds.
func (s settings) shown() core.Object {
	milliseconds := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	out := core.Object{}
	for name, value := range map[string]float64{
		"access_token_validity":                            s.AccessTokenValidity.Seconds(),
		"refresh_token_validity":                           s.RefreshTokenValidity.Minutes(),
		"refresh_token_rotation_grace_period":              s.RefreshGrace.Seconds(),
		"access_token_dynamic_signing_key_update_interval": s.SigningKeyInterval.Hours(),
		"password_reset_token_lifetime":                    milliseconds(s.ResetTokenLifetime),
		"email_verification_token_lifetime":                milliseconds(s.VerificationTokenLifetime),
		"passwordless_code_lifetime":                       milliseconds(s.PasswordlessCodeLifetime),
		"passwordless_max_code_input_attempts":             float64(s.PasswordlessMaxTries),
		"totp_max_attempts":                                float64(s.TOTPMaxAttempts),
		"totp_rate_limit_cooldown_sec":                     s.TOTPCooldown.Seconds(),
	} {
		if value != 0 {
			out[name] = strconv.AppendFloat(nil, value, 'f', -1, 64)
		}
	}
	return out
}
