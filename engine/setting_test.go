package engine

import (
	"testing"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/testdb"
)

// TestSettingsOutliveTheDatabase: settings that were read once hold when they
// cannot be read again.
func TestSettingsOutliveTheDatabase(t *testing.T) {
	t.Parallel()
	c := newClock()
	e := openEngine(t, testdb.SQLite(t), withClock(c))
	ok(t, e.App("").Tenant.CreateOrUpdateApp, core.AppSettings{AppID: "shop", CoreConfig: core.Object{"totp_max_attempts": []byte("3")}})
	most := func() (int, error) {
		a, err := e.app("shop").forTenant(t.Context(), core.Public)
		if err != nil {
			return 0, err
		}
		return a.Values.TOTPMaxAttempts, nil
	}
	if got, err := most(); got != 3 || err != nil {
		t.Fatalf("%d tries, %v", got, err)
	}
	c.advance(time.Minute)
	e.execute(t, `ALTER TABLE tenants RENAME TO tenants_app_id`)
	if got, err := most(); got != 3 || err != nil {
		t.Errorf("%d tries, %v, when the database fails", got, err)
	}
}
