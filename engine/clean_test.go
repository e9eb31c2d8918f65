package engine_test

import (
	"testing"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/roomtest"
	"github.com/posternauth/postern/internal/testdb"
)

// TestClean fills every table that empties itself, waits and cleans; what is
// alive stays.
func TestClean(t *testing.T) {
	t.Parallel()
	tables := []string{
		"sessions", "password_reset_tokens", "email_verification_tokens", "email_verification_codes", "code_tries", "rate_limits",
		"passwordless_devices", "passwordless_codes",
	}
	use := func(t *testing.T, app *core.Core, id string) {
		roomtest.Start(t, app, id)
		roomtest.OK(t, app.EmailPassword.CreateResetToken, core.CreateResetToken{UserID: id, Email: "a@example.com"})
		roomtest.OK(t, app.EmailVerification.CreateToken, core.CreateVerificationToken{UserID: id, Email: "a@example.com"})
		app.EmailVerification.VerifyCode(t.Context(), core.VerifyEmailCode{UserID: id, Email: "a@example.com", Code: "wrong"})
		roomtest.OK(t, app.Passwordless.CreateCode, core.CreateCode{Email: "a@example.com"})
		roomtest.OK(t, app.Limit.Take, core.TakeLimits{Budgets: []core.Budget{{Key: time.Now().String(), Burst: 1, RefillMs: 60_000}}})
	}
	testdb.Each(t, func(t *testing.T, uri string) {
		c := roomtest.NewClock()
		e := roomtest.Open(t, uri, roomtest.WithClock(c))
		app := e.App("")
		user := roomtest.SignUp(t, app, "a@example.com")
		use(t, app, user.ID)
		c.Advance(200 * 24 * time.Hour)
		use(t, app, user.ID)
		if err := e.Clean(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, table := range tables {
			if n := e.Count(t, table); n != 1 {
				t.Errorf("%s has %d rows, want the one that is alive", table, n)
			}
		}
		c.Advance(200 * 24 * time.Hour)
		roomtest.Start(t, app, user.ID) // cleans on the way
		for _, table := range tables[1:] {
			if n := e.Count(t, table); n != 0 {
				t.Errorf("%s has %d rows after a call that tidies", table, n)
			}
		}
	})
}
