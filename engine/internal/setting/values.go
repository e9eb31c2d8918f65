package setting

import (
	"time"

	"github.com/posternauth/postern/core"
)

// The most that some settings can be.
const (
	MaxRefreshGrace      = 5 * time.Minute
	MaxPasswordlessTries = 100
	MaxTOTPAttempts      = 100
)

// Values are the settings that hold somewhere. What they mean, and their
// defaults, is written at the fields of engine.Config.
type Values struct {
	AccessTokenValidity  time.Duration
	RefreshTokenValidity time.Duration
	RefreshGrace         time.Duration

	SigningKeyInterval time.Duration
	KeyOverlap         time.Duration
	SigningAlgorithm   string

	ResetTokenLifetime        time.Duration
	VerificationTokenLifetime time.Duration
	VerificationCodeLifetime  time.Duration
	PasswordlessCodeLifetime  time.Duration
	PasswordlessMaxTries      int
	TOTPMaxAttempts           int
	TOTPCooldown              time.Duration
}

// With returns the values with the settings laid over them that an app or a
// tenant has set. They were checked when they were.
func (v Values) With(own core.Object) Values {
	for _, s := range settings() {
		if set, ok := number(own[s.name]); ok {
			s.in(&v).write(set)
		}
	}
	v.KeyOverlap = min(v.KeyOverlap, v.SigningKeyInterval/5)
	return v
}

// CheckApp refuses the values of an app that contradict each other. It fails
// with [core.BadInput].
func (v Values) CheckApp() error {
	if v.RefreshTokenValidity <= v.AccessTokenValidity {
		return bad("'refresh_token_validity' %s", notLonger)
	}
	return nil
}

// CheckTenant refuses settings of a tenant that the app, whose values v are,
// has otherwise and that do not differ from tenant to tenant. It fails with
// [core.BadInput].
func (v Values) CheckTenant(own core.Object) error {
	there := v.With(own)
	for _, s := range settings() {
		if !s.perTenant && s.in(&v).read() != s.in(&there).read() {
			return bad("You cannot set different values for %s for the same appId", s.name)
		}
	}
	return nil
}
