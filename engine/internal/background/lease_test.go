package background

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/posternauth/postern/engine/internal/dbtest"
	"github.com/posternauth/postern/internal/testdb"
)

func TestLease(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		d := dbtest.Open(t, uri)
		clean, keys := Job{Name: "clean", Every: time.Minute}, Job{Name: "keys", Every: time.Minute}
		one, two := New(d, nil), New(d, nil)
		a, b := one.Lease(clean), two.Lease(clean)
		take := func(l Lease, want bool, when string) {
			t.Helper()
			if got, err := l.Take(t.Context()); got != want || err != nil {
				t.Errorf("%s: taken %v, %v; want %v", when, got, err, want)
			}
		}
		release := func(l Lease) {
			t.Helper()
			if err := l.Release(t.Context()); err != nil {
				t.Error(err)
			}
		}
		take(a, true, "free")
		take(a, true, "again")
		take(b, false, "the other has it")
		take(two.Lease(keys), true, "another job")
		release(b)
		take(b, false, "who has no lease gives none back")
		release(a)
		take(b, true, "given back")
		dbtest.Exec(t, d, `UPDATE leases SET expires_at = 1 WHERE app_id = 'public'`)
		take(a, true, "expired")
		take(b, false, "lost")

		var expiresAt int64
		if _, err := d.Reader.One(t.Context(), `SELECT expires_at FROM leases WHERE app_id = 'public' AND name = 'clean'`, nil, &expiresAt); err != nil {
			t.Fatal(err)
		}
		if left := time.Until(time.UnixMilli(expiresAt)); left < 2*time.Minute || left > 4*time.Minute {
			t.Errorf("the lease lasts for %v more, want three minutes by the clock of the database", left)
		}
	})
}

// TestLeaseRace lets many instances want the same lease at once.
func TestLeaseRace(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		d := dbtest.Open(t, uri)
		for round := range 5 {
			var won atomic.Int64
			var all sync.WaitGroup
			for i := range 20 {
				all.Go(func() {
					l := Lease{d, fmt.Sprint("race", round), fmt.Sprint("instance ", i), time.Minute}
					if held, err := l.Take(t.Context()); err != nil {
						t.Error(err)
					} else if held {
						won.Add(1)
					}
				})
			}
			all.Wait()
			if won.Load() != 1 {
				t.Errorf("%d instances have the lease", won.Load())
			}
		}
	})
}
