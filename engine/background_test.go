package engine

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/background"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/internal/testdb"
)

// jobOf returns a job of an instance.
func (e *Engine) jobOf(t *testing.T, name string) background.Job {
	t.Helper()
	for _, j := range e.jobs() {
		if j.Name == name {
			return j
		}
	}
	t.Fatalf("there is no job %q", name)
	return background.Job{}
}

// turn has an instance do a turn of a job.
func (e *Engine) turn(t *testing.T, name string) background.Turn {
	t.Helper()
	return e.worker.Turn(t.Context(), e.jobOf(t, name))
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
		for i := range 2*kernel.CleanRows + 1 {
			one.execute(t, `INSERT INTO rate_limits (app_id, key_hash, full_at) VALUES ('shop', $1, 1)`, fmt.Sprint(i))
		}
		if turn := one.turn(t, "clean"); !turn.Led || turn.Err != nil || turn.Done < 2*kernel.CleanRows+2 || turn.Job != "clean" || turn.Took <= 0 {
			t.Errorf("a turn with the lease: %+v", turn)
		}
		if turn := two.turn(t, "clean"); turn.Led || turn.Err != nil || turn.Done != 0 {
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
	for i := range 3 * kernel.CleanRows {
		e.execute(t, `INSERT INTO rate_limits (app_id, key_hash, full_at) VALUES ('public', $1, 1)`, fmt.Sprint(i))
	}
	batches := 0
	deleted, err := (&kernel.Cleaner{Kernel: e.kernel}).Clean(t.Context(), func() bool { batches++; return batches <= 2 })
	if deleted != 2*kernel.CleanRows || err != nil {
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
		turn := func(done int64, keys int) {
			t.Helper()
			if got := e.turn(t, "keys"); got.Done != done || got.Err != nil || !got.Led {
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
			if held, err := background.New(e.kernel.DB, e.kernel.Log).Lease(e.jobOf(t, name)).Take(t.Context()); !held || err != nil {
				t.Errorf("the lease %q is not free: %v", name, err)
			}
		}
	})
}
