package enginetest

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/posternauth/postern/core"
)

// settingRefusals: what cannot be set is refused, and by which words.
func (s suite) settingRefusals(t *testing.T) {
	id, app := s.newApp(t)
	tenant := newTenantOf(t, app)
	for config, text := range map[string]string{
		`{"no_such_setting":1}`:                                       "Invalid config key: no_such_setting",
		`{"port":3567}`:                                               "port can only be set via the core's base config setting",
		`{"api_keys":"abcdefghijklmnopqrstuvwxyz"}`:                   "api_keys can only be set via the core's base config setting",
		`{"postgresql_connection_uri":"postgres://x"}`:                "postgresql_connection_uri can only be set via the core's base config setting",
		`{"access_token_validity":"soon"}`:                            "'access_token_validity' must be of type long",
		`{"access_token_validity":1.5}`:                               "'access_token_validity' must be of type long",
		`{"access_token_validity":true}`:                              "'access_token_validity' must be of type long",
		`{"access_token_validity":0}`:                                 "'access_token_validity' must be between 1 and 86400000 seconds inclusive.",
		`{"access_token_validity":86400001}`:                          "'access_token_validity' must be between 1 and 86400000 seconds inclusive.",
		`{"refresh_token_validity":"x"}`:                              "'refresh_token_validity' must be of type double",
		`{"refresh_token_validity":60}`:                               "'refresh_token_validity' must be strictly greater than 'access_token_validity'.",
		`{"access_token_validity":600,"refresh_token_validity":10}`:   "'refresh_token_validity' must be strictly greater than 'access_token_validity'.",
		`{"refresh_token_rotation_grace_period":301}`:                 "'refresh_token_rotation_grace_period' must be between 0 and 300 seconds inclusive.",
		`{"access_token_dynamic_signing_key_update_interval":0.0001}`: "'access_token_dynamic_signing_key_update_interval' must be greater than, equal to 1 second.",
		`{"password_reset_token_lifetime":0}`:                         "'password_reset_token_lifetime' must be >= 0",
		`{"email_verification_token_lifetime":-1}`:                    "'email_verification_token_lifetime' must be >= 0",
		`{"passwordless_code_lifetime":0}`:                            "'passwordless_code_lifetime' must be > 0",
		`{"passwordless_max_code_input_attempts":0}`:                  "'passwordless_max_code_input_attempts' must be between 1 and 100 inclusive.",
		`{"totp_max_attempts":"101"}`:                                 "'totp_max_attempts' must be between 1 and 100 inclusive.",
		`{"totp_rate_limit_cooldown_sec":1e300}`:                      "'totp_rate_limit_cooldown_sec' must be > 0",
		`{"access_token_blacklisting":1}`:                             "'access_token_blacklisting' must be of type boolean",
		`{"saml_sp_entity_id":1}`:                                     "'saml_sp_entity_id' must be of type String",
	} {
		bad(t, s.Tenant.CreateOrUpdateApp, core.AppSettings{AppID: id, CoreConfig: object(config)}, "Invalid core config: "+text)
	}
	bad(t, s.Tenant.CreateOrUpdate, core.TenantSettings{CoreConfig: object(`{"totp_max_attempts":3}`)}, "Cannot modify base config")
	for _, name := range []string{"access_token_validity", "refresh_token_validity", "refresh_token_rotation_grace_period"} {
		config := core.Object{name: []byte("250")}
		bad(t, app.Tenant.CreateOrUpdate, core.TenantSettings{TenantID: tenant, CoreConfig: config},
			"Invalid core config: You cannot set different values for "+name+" for the same appId")
		ok(t, s.Tenant.CreateOrUpdateApp, core.AppSettings{AppID: id, CoreConfig: config})
		ok(t, app.Tenant.CreateOrUpdate, core.TenantSettings{TenantID: tenant, CoreConfig: config})
		bad(t, s.Tenant.CreateOrUpdateApp, core.AppSettings{AppID: id, CoreConfig: core.Object{name: []byte("255")}},
			"Invalid core config: You cannot set different values for "+name+" for the same appId")
	}
	sameJSON(t, "settings", ok(t, app.Tenant.Read, core.TenantName{TenantID: tenant}).CoreConfig,
		object(`{"access_token_validity":250,"refresh_token_validity":250,"refresh_token_rotation_grace_period":250}`))
}

// settingsKept: settings are shown as they were set, null takes one away, and
// those that change nothing here are no mistake.
func (s suite) settingsKept(t *testing.T) {
	id, app := s.newApp(t)
	for _, step := range []struct{ set, want string }{
		{`{"totp_max_attempts":"3","access_token_signing_key_dynamic":"false"}`, `{"totp_max_attempts":"3","access_token_signing_key_dynamic":"false"}`},
		{`{"totp_max_attempts":4,"password_hashing_alg":"BCRYPT"}`, `{"totp_max_attempts":4,"access_token_signing_key_dynamic":"false","password_hashing_alg":"BCRYPT"}`},
		{`{"totp_max_attempts":null,"password_hashing_alg":null,"api_keys":null,"access_token_signing_key_dynamic":null}`, `{}`},
	} {
		ok(t, s.Tenant.CreateOrUpdateApp, core.AppSettings{AppID: id, CoreConfig: object(step.set)})
		sameJSON(t, "settings", ok(t, app.Tenant.Read, core.TenantName{}).CoreConfig, object(step.want))
	}
}

// settingsOfApps: an app's tokens live as long as it says.
func (s suite) settingsOfApps(t *testing.T) {
	id, app := s.newApp(t)
	tenant := newTenantOf(t, app)
	lives := func(token core.Token) time.Duration {
		return (time.Duration(token.Expiry-token.CreatedTime) * time.Millisecond).Round(time.Second)
	}
	for _, tt := range []struct {
		config          string
		access, refresh time.Duration
	}{
		{`{}`, time.Hour, 100 * 24 * time.Hour},
		{`{"access_token_validity":90,"refresh_token_validity":"2.5"}`, 90 * time.Second, 150 * time.Second},
		{`{"access_token_validity":null,"refresh_token_validity":120}`, time.Hour, 2 * time.Hour},
	} {
		ok(t, s.Tenant.CreateOrUpdateApp, core.AppSettings{AppID: id, CoreConfig: object(tt.config)})
		session := start(t, app, tenant, newID("user"))
		refreshed := refreshed(t, app, session.RefreshToken.Token)
		for _, tokens := range []core.SessionTokens{session, refreshed} {
			if a, r := lives(tokens.AccessToken), lives(tokens.RefreshToken); a != tt.access || r != tt.refresh {
				t.Errorf("%s: tokens live %v and %v, want %v and %v", tt.config, a, r, tt.access, tt.refresh)
			}
		}
	}
	if got := lives(start(t, s.Core, "", newID("user")).AccessToken); got != time.Hour {
		t.Errorf("in another app access tokens live %v", got)
	}
}

// settingsOfTenants: a tenant may differ from its app, and the app from others.
func (s suite) settingsOfTenants(t *testing.T) {
	id, app := s.newApp(t)
	ok(t, s.Tenant.CreateOrUpdateApp, core.AppSettings{AppID: id, CoreConfig: object(`{"passwordless_code_lifetime":30000,"passwordless_max_code_input_attempts":7,"totp_max_attempts":"4"}`)})
	tenant := newTenantOf(t, app)
	ok(t, app.Tenant.CreateOrUpdate, core.TenantSettings{TenantID: tenant, CoreConfig: object(`{"passwordless_code_lifetime":20000,"totp_max_attempts":3}`)})
	for name, tt := range map[string]struct {
		app                         *core.Core
		tenant                      string
		lifetime, codeMost, otpMost int64
	}{
		"tenant":    {app, tenant, 20_000, 7, 3},
		"app":       {app, "", 30_000, 7, 4},
		"elsewhere": {s.Core, "", 900_000, 5, 5},
	} {
		code := ok(t, tt.app.Passwordless.CreateCode, core.CreateCode{TenantID: tt.tenant, Email: newEmail()})
		if code.CodeLifetime != tt.lifetime {
			t.Errorf("%s: a code lives %d ms, want %d", name, code.CodeLifetime, tt.lifetime)
		}
		in := byCode(code)
		in.TenantID, in.UserInputCode = tt.tenant, otherThan(code.UserInputCode)
		var wrong *core.WrongCode
		if err := fails(t, tt.app.Passwordless.ConsumeCode, in, core.IncorrectUserInputCode); !errors.As(err, &wrong) || wrong.MaximumCodeInputAttempts != tt.codeMost {
			t.Errorf("%s: %+v, want %d tries", name, wrong, tt.codeMost)
		}
		there := suite{Core: tt.app}
		user := newID("user")
		phone := there.importDevice(t, user)
		err := fails(t, tt.app.TOTP.Verify, core.VerifyTOTP{TenantID: tt.tenant, UserID: user, TOTP: phone.wrong(t, 0)}, "INVALID_TOTP_ERROR")
		checkTries(t, err, 1, tt.otpMost)
	}
}

// settingsInTime: grace, the ends of mailed tokens, cooldown and the rotation of
// keys are what an app says, for every instance within seconds.
func (s suite) settingsInTime(t *testing.T) {
	id, app := s.newApp(t)
	other := s.second(id)
	start(t, other, "", "u") // which knows the app from before
	ok(t, s.Tenant.CreateOrUpdateApp, core.AppSettings{AppID: id, CoreConfig: object(`{
		"refresh_token_rotation_grace_period":0, "password_reset_token_lifetime":5000, "email_verification_token_lifetime":"5000",
		"totp_max_attempts":1, "totp_rate_limit_cooldown_sec":60, "access_token_dynamic_signing_key_update_interval":1}`)})
	s.advance(11 * time.Second)

	session := start(t, other, "", "u")
	refreshed(t, other, session.RefreshToken.Token)
	user := ok(t, app.EmailPassword.SignUp, core.SignUp{Email: newEmail(), Password: password}).User
	reset := ok(t, other.EmailPassword.CreateResetToken, core.CreateResetToken{UserID: user.ID, Email: user.Emails[0]}).Token
	verify := ok(t, other.EmailVerification.CreateToken, core.CreateVerificationToken{UserID: user.ID, Email: user.Emails[0]}).Token
	there := suite{Core: other}
	phone := there.importDevice(t, user.ID)
	fails(t, other.TOTP.Verify, core.VerifyTOTP{UserID: user.ID, TOTP: phone.wrong(t, 11*time.Second)}, "INVALID_TOTP_ERROR")
	fails(t, other.TOTP.Verify, core.VerifyTOTP{UserID: user.ID, TOTP: phone.code(t, 0, 11*time.Second)}, "LIMIT_REACHED_ERROR")
	s.advance(6 * time.Second)
	fails(t, other.Session.Refresh, core.RefreshSession{RefreshToken: session.RefreshToken.Token}, "TOKEN_THEFT_DETECTED")
	fails(t, other.EmailPassword.ConsumeResetToken, core.ConsumeToken{Token: reset}, core.InvalidResetToken)
	fails(t, other.EmailVerification.Verify, core.VerifyEmail{Method: "token", Token: verify}, core.InvalidVerificationToken)
	s.advance(time.Minute)
	ok(t, other.TOTP.Verify, core.VerifyTOTP{UserID: user.ID, TOTP: phone.code(t, 0, 77*time.Second)})

	before, _ := claims(t, other, start(t, other, "", "u").AccessToken.Token)
	s.advance(2 * time.Hour)
	start(t, other, "", "u") // asks for a key of this hour, which is published for a while before it signs
	s.advance(2 * time.Minute)
	after, _ := claims(t, app, start(t, other, "", "u").AccessToken.Token)
	if before.KeyID == after.KeyID {
		t.Errorf("two hours later the key %s still signs", after.KeyID)
	}
}

// settingsProlongKeys: when tokens are to live longer, so are the keys that
// sign them.
func (s suite) settingsProlongKeys(t *testing.T) {
	id, app := s.newApp(t)
	start(t, app, "", "u")
	const days = 20
	ok(t, s.Tenant.CreateOrUpdateApp, core.AppSettings{AppID: id, CoreConfig: core.Object{
		"access_token_validity": strconv.AppendInt(nil, days*24*60*60, 10),
	}})
	token := start(t, app, "", "u").AccessToken.Token
	s.advance(days*24*time.Hour - time.Minute)
	for _, c := range []*core.Core{app, s.second(id)} {
		ok(t, c.Session.Verify, core.VerifySession{AccessToken: token})
	}
}
