package engine_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/roomtest"
	"github.com/posternauth/postern/internal/testdb"
)

// TestMasterKey: with a master key nothing secret lies readable in the
// database, and without it nothing works.
func TestMasterKey(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		with := func(key core.Secret) func(*engine.Config) { return func(cfg *engine.Config) { cfg.MasterKey = key } }
		const right, wrong = "right-right-right-right-right-right", "wrong-wrong-wrong-wrong-wrong-wrong"
		first := roomtest.Open(t, uri, with(right)).App("")
		tokens := roomtest.Start(t, first, "u")
		roomtest.OK(t, first.TOTP.CreateDevice, core.CreateTOTPDevice{UserID: "u", Period: 30})
		roomtest.OK(t, first.Tenant.SetProvider, core.SetProvider{Config: core.Object{
			"thirdPartyId": []byte(`"google"`), "clients": []byte(`[{"clientId":"id","clientSecret":"canary"}]`),
		}})

		again := roomtest.Open(t, uri, with(right))
		roomtest.OK(t, again.App("").Session.Verify, core.VerifySession{AccessToken: tokens.AccessToken.Token})
		roomtest.OK(t, again.App("").Session.Refresh, core.RefreshSession{RefreshToken: tokens.RefreshToken.Token})
		secrets, err := db.Texts(t.Context(), again.DB().Reader,
			`SELECT value FROM key_values WHERE app_id = $1 UNION ALL SELECT private_key FROM signing_keys WHERE app_id = $1
			UNION ALL SELECT secret FROM totp_devices WHERE app_id = $1`, core.Public)
		if err != nil || len(secrets) != 3 {
			t.Fatalf("%d secrets, %v", len(secrets), err)
		}
		for _, s := range secrets {
			if !strings.HasPrefix(s, "aes256gcm:") {
				t.Errorf("%.20q lies in the database", s)
			}
		}
		settings, err := db.Texts(t.Context(), again.DB().Reader, `SELECT settings FROM tenants WHERE app_id = $1`, core.Public)
		if err != nil || len(settings) != 1 || strings.Contains(settings[0], "canary") {
			t.Errorf("the settings of the tenant are %q, %v", settings, err)
		}
		stored := roomtest.OK(t, again.App("").Tenant.Read, core.TenantName{}).ThirdParty.Providers
		if text, _ := json.Marshal(stored); !strings.Contains(string(text), "canary") {
			t.Errorf("the providers are %s", text)
		}
		for _, key := range []core.Secret{wrong, ""} {
			app := roomtest.Open(t, uri, with(key)).App("")
			if out, err := app.Tenant.Read(t.Context(), core.TenantName{}); err == nil || !strings.Contains(err.Error(), "Config.MasterKey") {
				t.Errorf("%v, %v, want an error about Config.MasterKey", out, err)
			}
			if _, err := app.Session.Create(t.Context(), core.CreateSession{UserID: "u"}); err == nil || !strings.Contains(err.Error(), "Config.MasterKey") {
				t.Errorf("err = %v, want one about Config.MasterKey", err)
			}
		}
		a := again.Kernel().App(core.Public)
		if _, err := a.Unseal("another name", a.Seal("name", []byte("x"))); err == nil {
			t.Error("a secret was accepted under another name")
		}
	})
}

// TestNothingUsableAtRest looks through a whole database for what would let a
// reader of a backup in.
func TestNothingUsableAtRest(t *testing.T) {
	t.Parallel()
	e := roomtest.Open(t, testdb.SQLite(t))
	app := e.App("")
	user := roomtest.SignUp(t, app, "a@example.com")
	session := roomtest.Start(t, app, user.ID)
	mail := roomtest.OK(t, app.EmailVerification.CreateToken, core.CreateVerificationToken{UserID: user.ID, Email: "a@example.com"})
	roomtest.OK(t, app.Dashboard.CreateUser, core.CreateDashboardUser{Email: "a@example.com", Password: "password1"})
	administrator := roomtest.OK(t, app.Dashboard.SignIn, core.DashboardSignIn{Email: "a@example.com", Password: "password1"})
	canaries := []core.Secret{
		"password1", administrator.SessionID, session.AccessToken.Token, session.RefreshToken.Token, mail.Token, mail.Code,
		roomtest.OK(t, app.EmailPassword.CreateResetToken, core.CreateResetToken{UserID: user.ID, Email: "a@example.com"}).Token,
	}
	tables := map[string]string{
		"users": `password_hash`, "sessions": `refresh_hash || rotated_at || payload`, "password_reset_tokens": `token_hash`,
		"dashboard_users": `password_hash`, "dashboard_sessions": `session_hash`, "email_verification_tokens": `token_hash`, "email_verification_codes": `code_hash`,
	}
	for table, columns := range tables {
		rows, err := db.Texts(t.Context(), e.DB().Reader, `SELECT `+columns+` FROM `+table)
		if err != nil || len(rows) != 1 {
			t.Fatalf("%s: %d rows, %v", table, len(rows), err)
		}
		for _, canary := range canaries {
			if strings.Contains(rows[0], string(canary)) {
				t.Errorf("%s holds a secret: %s", table, rows[0])
			}
		}
	}
}
