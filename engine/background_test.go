package engine

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/testdb"
)

// jobOf returns a job of an instance.
func (e *Engine) jobOf(t *testing.T, name string) job {
	t.Helper()
	for _, j := range e.jobs() {
		if j.name == name {
			return j
		}
	}
	t.Fatalf("there is no job %q", name)
	return job{}
}

func TestLease(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		one, two := openEngine(t, uri), openEngine(t, uri)
		a, b := one.jobOf(t, "clean"), two.jobOf(t, "clean")
		take := func(l lease, want bool, when string) {
			t.Helper()
			if got, err := l.take(t.Context()); got != want || err != nil {
				t.Errorf("%s: taken %v, %v; want %v", when, got, err, want)
			}
		}
		release := func(l lease) {
			t.Helper()
			if err := l.release(t.Context()); err != nil {
				t.Error(err)
			}
		}
		take(a.lease, true, "free")
		take(a.lease, true, "again")
		take(b.lease, false, "the other has it")
		take(two.jobOf(t, "keys").lease, true, "another job")
		release(b.lease)
		take(b.lease, false, "who has no lease gives none back")
		release(a.lease)
		take(b.lease, true, "given back")
		one.execute(t, `UPDATE leases SET expires_at = 1 WHERE app_id = 'public'`)
		take(a.lease, true, "expired")
		take(b.lease, false, "lost")

		var expiresAt int64
		if _, err := one.kernel.DB.Reader.One(t.Context(), `SELECT expires_at FROM leases WHERE app_id = 'public' AND name = 'clean'`, nil, &expiresAt); err != nil {
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
		e := openEngine(t, uri)
		for round := range 5 {
			var won atomic.Int64
			var all sync.WaitGroup
			for i := range 20 {
				all.Go(func() {
					l := lease{e, fmt.Sprint("race", round), fmt.Sprint("instance ", i), time.Minute}
					if held, err := l.take(t.Context()); err != nil {
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

// TestCleanTurn: one of two instances deletes all that has expired, of all
// apps, and nothing else.
func TestCleanTurn(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		c := newClock()
		one, two := openEngine(t, uri, withClock(c)), openEngine(t, uri, withClock(c))
		ok(t, one.App("").Tenant.CreateOrUpdateApp, core.AppSettings{AppID: "shop"})
		start(t, one.App("shop"), "u")
		c.advance(200 * 24 * time.Hour)
		start(t, two.App("shop"), "u")
		for i := range 2*cleanRows + 1 {
			one.execute(t, `INSERT INTO rate_limits (app_id, key_hash, full_at) VALUES ('shop', $1, 1)`, fmt.Sprint(i))
		}
		a, b := one.jobOf(t, "clean"), two.jobOf(t, "clean")
		if turn := a.turn(t.Context()); !turn.Led || turn.Err != nil || turn.Done < 2*cleanRows+2 || turn.Job != "clean" || turn.Took <= 0 {
			t.Errorf("a turn with the lease: %+v", turn)
		}
		if turn := b.turn(t.Context()); turn.Led || turn.Err != nil || turn.Done != 0 {
			t.Errorf("a turn without the lease: %+v", turn)
		}
		if limits, sessions := one.count(t, "rate_limits"), one.count(t, "sessions"); limits != 0 || sessions != 1 {
			t.Errorf("%d limits and %d sessions are left, want the live session", limits, sessions)
		}
	})
}

// TestLostLease: who loses the lease stops before the next batch.
func TestLostLease(t *testing.T) {
	t.Parallel()
	e := openEngine(t, testdb.SQLite(t))
	for i := range 3 * cleanRows {
		e.execute(t, `INSERT INTO rate_limits (app_id, key_hash, full_at) VALUES ('public', $1, 1)`, fmt.Sprint(i))
	}
	batches := 0
	deleted, err := (&cleaner{e: e}).clean(t.Context(), func() bool { batches++; return batches <= 2 })
	if deleted != 2*cleanRows || err != nil {
		t.Errorf("deleted %d, %v; want two batches", deleted, err)
	}
}

// TestKeysAhead: the next key is there before anybody asks for it, and only
// that one.
func TestKeysAhead(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		c := newClock()
		hour := time.Hour.Milliseconds()
		c.ms.Store(c.ms.Load() / hour * hour) // where a slot begins
		e := openEngine(t, uri, withClock(c), func(cfg *Config) { cfg.SigningKeyInterval = time.Hour })
		ok(t, e.App("").Tenant.CreateOrUpdateApp, core.AppSettings{AppID: "idle"})
		ok(t, e.App("").Tenant.CreateOrUpdateApp, core.AppSettings{AppID: "weekly", CoreConfig: core.Object{
			"access_token_dynamic_signing_key_update_interval": []byte("168"),
		}})
		start(t, e.App(""), "u")
		start(t, e.App("weekly"), "u")
		j := e.jobOf(t, "keys")
		turn := func(done int64, keys int) {
			t.Helper()
			if got := j.turn(t.Context()); got.Done != done || got.Err != nil || !got.Led {
				t.Errorf("%v: %+v, want keys for %d apps", c.now(), got, done)
			}
			if n := e.count(t, "signing_keys"); n != keys {
				t.Errorf("%v: %d keys, want %d", c.now(), n, keys)
			}
		}
		turn(0, 2)
		c.advance(50 * time.Minute)
		turn(0, 2)
		c.advance(8 * time.Minute) // two minutes before the next slot
		turn(1, 3)
		turn(0, 3)
		c.advance(time.Minute) // where a call would make it
		start(t, e.App(""), "u")
		turn(0, 3)
		c.advance(150 * time.Minute) // nobody worked meanwhile
		turn(1, 4)
	})
}

// TestWork: the jobs begin with the work and end with it, and the leases are
// free then.
func TestWork(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		e := openEngine(t, uri)
		ctx, stop := context.WithCancel(t.Context())
		turns, ended := make(chan Turn, 10), make(chan struct{})
		go func() {
			e.Work(ctx, func(turn Turn) { turns <- turn })
			close(ended)
		}()
		jobs := map[string]bool{}
		for len(jobs) < 2 {
			turn := <-turns
			if !turn.Led || turn.Err != nil {
				t.Errorf("%+v, want that the only instance does the work", turn)
			}
			jobs[turn.Job] = true
		}
		stop()
		<-ended
		for name := range jobs {
			if held, err := openEngine(t, uri).jobOf(t, name).take(t.Context()); !held || err != nil {
				t.Errorf("the lease %q is not free: %v", name, err)
			}
		}
	})
}
