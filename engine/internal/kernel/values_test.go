package kernel_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/dbtest"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/setting"
	"github.com/posternauth/postern/internal/testdb"
)

// TestValuesOutliveTheDatabase: settings that were read once hold when they
// cannot be read again.
func TestValuesOutliveTheDatabase(t *testing.T) {
	t.Parallel()
	now, d := time.Now(), dbtest.Open(t, testdb.SQLite(t))
	k, err := kernel.New(kernel.Config{
		DB: d, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }, Values: setting.Values{TOTPMaxAttempts: 5},
	})
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Exec(t, d, `INSERT INTO tenants (app_id, tenant_id, settings, created_at)
		VALUES ('shop', 'public', '{"coreConfig": {"totp_max_attempts": 3}}', 0)`)
	most := func() (int, error) {
		a, err := k.App("shop").ForTenant(t.Context(), core.Public)
		if err != nil {
			return 0, err
		}
		return a.Values.TOTPMaxAttempts, nil
	}
	if got, err := most(); got != 3 || err != nil {
		t.Fatalf("%d tries, %v", got, err)
	}
	now = now.Add(time.Minute)
	dbtest.Exec(t, d, `ALTER TABLE tenants RENAME TO tenants_app_id`)
	if got, err := most(); got != 3 || err != nil {
		t.Errorf("%d tries, %v, when the database fails", got, err)
	}
}
