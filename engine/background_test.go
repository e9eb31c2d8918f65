package engine_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/engine/internal/background"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/roomtest"
	"github.com/posternauth/postern/internal/testdb"
)

// jobOf returns a job of an instance.
func jobOf(t *testing.T, e *roomtest.Engine, name string) background.Job {
	t.Helper()
	for _, j := range e.Jobs() {
		if j.Name == name {
			return j
		}
	}
	t.Fatalf("there is no job %q", name)
	return background.Job{}
}

// turn has an instance do a turn of a job.
func turn(t *testing.T, e *roomtest.Engine, name string) background.Turn {
	t.Helper()
	return e.Worker().Turn(t.Context(), jobOf(t, e, name))
}

// TestCleanTurn: one of two instances deletes all that has expired, of all
// apps, and nothing else.
func TestCleanTurn(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		c := roomtest.NewClock()
		one, two := roomtest.Open(t, uri, roomtest.WithClock(c)), roomtest.Open(t, uri, roomtest.WithClock(c))
		roomtest.OK(t, one.App("").Tenant.CreateOrUpdateApp, core.AppSettings{AppID: "shop"})
		roomtest.Start(t, one.App("shop"), "u")
		c.Advance(200 * 24 * time.Hour)
		roomtest.Start(t, two.App("shop"), "u")
		for i := range 2*kernel.CleanRows + 1 {
			one.Exec(t, `INSERT INTO rate_limits (app_id, key_hash, full_at) VALUES ('shop', $1, 1)`, fmt.Sprint(i))
		}
		if turn := turn(t, one, "clean"); !turn.Led || turn.Err != nil || turn.Done < 2*kernel.CleanRows+2 || turn.Job != "clean" || turn.Took <= 0 {
			t.Errorf("a turn with the lease: %+v", turn)
		}
		if turn := turn(t, two, "clean"); turn.Led || turn.Err != nil || turn.Done != 0 {
			t.Errorf("a turn without the lease: %+v", turn)
		}
		if limits, sessions := one.Count(t, "rate_limits"), one.Count(t, "sessions"); limits != 0 || sessions != 1 {
			t.Errorf("%d limits and %d sessions are left, want the live session", limits, sessions)
		}
	})
}

// TestLostLease: who loses the lease stops before the next batch.
func TestLostLease(t *testing.T) {
	t.Parallel()
	e := roomtest.Open(t, testdb.SQLite(t))
	for i := range 3 * kernel.CleanRows {
		e.Exec(t, `INSERT INTO rate_limits (app_id, key_hash, full_at) VALUES ('public', $1, 1)`, fmt.Sprint(i))
	}
	batches := 0
	deleted, err := (&kernel.Cleaner{Kernel: e.Kernel()}).Clean(t.Context(), func() bool { batches++; return batches <= 2 })
	if deleted != 2*kernel.CleanRows || err != nil {
		t.Errorf("deleted %d, %v; want two batches", deleted, err)
	}
}

// TestKeysAhead: the next key is there before anybody asks for it, and only
// that one.
func TestKeysAhead(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		c := roomtest.NewClock()
		c.AtBegin(time.Hour) // where a slot begins
		e := roomtest.Open(t, uri, roomtest.WithClock(c), func(cfg *engine.Config) { cfg.SigningKeyInterval = time.Hour })
		roomtest.OK(t, e.App("").Tenant.CreateOrUpdateApp, core.AppSettings{AppID: "idle"})
		roomtest.OK(t, e.App("").Tenant.CreateOrUpdateApp, core.AppSettings{AppID: "weekly", CoreConfig: core.Object{
			"access_token_dynamic_signing_key_update_interval": []byte("168"),
		}})
		roomtest.Start(t, e.App(""), "u")
		roomtest.Start(t, e.App("weekly"), "u")
		want := func(done int64, keys int) {
			t.Helper()
			if got := turn(t, e, "keys"); got.Done != done || got.Err != nil || !got.Led {
				t.Errorf("%v: %+v, want keys for %d apps", c.Now(), got, done)
			}
			if n := e.Count(t, "signing_keys"); n != keys {
				t.Errorf("%v: %d keys, want %d", c.Now(), n, keys)
			}
		}
		want(0, 2)
		c.Advance(50 * time.Minute)
		want(0, 2)
		c.Advance(8 * time.Minute) // two minutes before the next slot
		want(1, 3)
		want(0, 3)
		c.Advance(time.Minute) // where a call would make it
		roomtest.Start(t, e.App(""), "u")
		want(0, 3)
		c.Advance(150 * time.Minute) // nobody worked meanwhile
		want(1, 4)
	})
}

// TestWork: the jobs begin with the work and end with it, and the leases are
// free then.
func TestWork(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		e := roomtest.Open(t, uri)
		ctx, stop := context.WithCancel(t.Context())
		turns, ended := make(chan engine.Turn, 10), make(chan struct{})
		go func() {
			e.Work(ctx, func(turn engine.Turn) { turns <- turn })
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
			if held, err := background.New(e.DB(), nil).Lease(jobOf(t, e, name)).Take(t.Context()); !held || err != nil {
				t.Errorf("the lease %q is not free: %v", name, err)
			}
		}
	})
}
