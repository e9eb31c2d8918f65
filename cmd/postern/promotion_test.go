//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/posternauth/postern/core"
)

// promotionRecovery is how soon everything works once a standby was promoted:
// connections to the primary have to be found dead, and others made.
const promotionRecovery = 5 * time.Second

// TestPromotion kills the primary of two PostgreSQL servers under load, and
// promotes its standby. The server, which was given both addresses, finds the
// new primary, and nothing that it has confirmed is lost.
func TestPromotion(t *testing.T) {
	t.Parallel()
	primary := newCluster(t)
	standby := primary.standby()
	uri := fmt.Sprintf("postgres://postgres@127.0.0.1:%s,127.0.0.1:%s/postgres?sslmode=disable&target_session_attrs=read-write",
		primary.port, standby.port)
	server := start(t, "serve", "--db", uri, "--addr", "127.0.0.1:0")

	j := journal{t: t, core: dial(t, server.URL)}
	stop := j.write(6)
	j.waitForConfirmed(30, time.Time{})
	left := time.Now()
	primary.kill()
	j.waitForUnknown(left)
	standby.run("pg_ctl", "-D", standby.data(), "-w", "promote")
	back := time.Now()
	j.waitForConfirmed(1, back)
	j.waitForConfirmed(20, back.Add(promotionRecovery))
	stop()
	j.hold(left, back)
	holdLaws(t, j.core, j.notes())
	holdTables(t, standby.URI)
}

// standby starts a server that follows c. From now on c confirms only what has
// reached the standby's disk too.
func (c *cluster) standby() *cluster {
	c.t.Helper()
	s := &cluster{t: c.t, bin: c.bin, port: freePort(c.t)}
	s.URI = "postgres://postgres@127.0.0.1:" + s.port + "/postgres?sslmode=disable"
	s.prepareFolder()
	c.t.Cleanup(func() {
		_ = s.command("pg_ctl", "-D", s.data(), "-m", "immediate", "stop").Run()
		os.RemoveAll(s.dir)
	})
	s.run("pg_basebackup", "-D", s.data(), "-R", "-X", "stream", "-c", "fast", "--no-sync",
		"-d", "host=127.0.0.1 port="+c.port+" user=postgres application_name=standby")
	s.start()
	// Only now, or the standby would have the setting too, and wait for another.
	c.execute("ALTER SYSTEM SET synchronous_standby_names = 'standby'", "SELECT pg_reload_conf()")
	c.waitUntil("SELECT COUNT(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync'")
	return s
}

func (c *cluster) execute(statements ...string) {
	c.t.Helper()
	conn, err := pgx.Connect(c.t.Context(), c.URI)
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(c.t.Context()))
	for _, statement := range statements {
		if _, err := conn.Exec(c.t.Context(), statement); err != nil {
			c.t.Fatalf("%s: %v", statement, err)
		}
	}
}

// waitUntil waits until a query answers true.
func (c *cluster) waitUntil(query string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.URI)
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for done := false; !done; time.Sleep(10 * time.Millisecond) {
		if err := conn.QueryRow(ctx, query).Scan(&done); err != nil {
			c.t.Fatalf("%s: %v", query, err)
		}
	}
}

// journal is what clients write down who sign people up over and over.
type journal struct {
	t    *testing.T
	core *core.Core

	mu      sync.Mutex
	entries []entry
}

// entry is a note, when it was begun, how long it took, and what went wrong.
type entry struct {
	*note
	at   time.Time
	took time.Duration
	err  error
}

// write sets so many clients to work until stop is called.
func (j *journal) write(clients int) (stop func()) {
	var all sync.WaitGroup
	done := make(chan struct{})
	for i := range clients {
		all.Go(func() {
			for n := 0; ; n++ {
				e := entry{note: &note{email: fmt.Sprintf("c%d-n%d@example.com", i, n)}, at: time.Now()}
				e.err = j.signUp(e.note)
				e.took = time.Since(e.at)
				j.add(e)
				select {
				case <-done:
					return
				case <-time.After(50 * time.Millisecond): // a pace that leaves the machine to others
				}
			}
		})
	}
	return func() { close(done); all.Wait() }
}

// signUp signs a person up and starts a session.
func (j *journal) signUp(n *note) error {
	ctx := j.t.Context()
	n.signUp = unknown
	user, err := j.core.EmailPassword.SignUp(ctx, core.SignUp{Email: n.email, Password: firstPassword})
	if err != nil {
		return err
	}
	n.userID, n.signUp, n.session = user.RecipeUserID, confirmed, unknown
	tokens, err := createSession(j.t, j.core, n.userID)
	if err != nil {
		return err
	}
	n.handle, n.refresh, n.session = tokens.Session.Handle, tokens.RefreshToken.Token, confirmed
	return nil
}

func (j *journal) add(e entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, e)
}

// waitForConfirmed waits until n of what was begun after since was confirmed.
func (j *journal) waitForConfirmed(n int, since time.Time) {
	j.t.Helper()
	j.waitFor(n, func(e entry) bool { return e.err == nil && e.at.After(since) })
}

// waitForUnknown waits until something went wrong that was begun after since.
func (j *journal) waitForUnknown(since time.Time) {
	j.t.Helper()
	j.waitFor(1, func(e entry) bool { return e.err != nil && e.at.After(since) })
}

func (j *journal) waitFor(n int, such func(entry) bool) {
	j.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); j.count(such) < n; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			j.t.Fatalf("the load stands still: only %d of %d; the last ends with %v", j.count(such), n, j.entries[len(j.entries)-1].err)
		}
	}
}

func (j *journal) count(such func(entry) bool) (n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range j.entries {
		if such(e) {
			n++
		}
	}
	return n
}

// hold holds the journal, which is not written any more, against what may go
// wrong when the primary leaves and the standby is promoted at these times.
func (j *journal) hold(left, back time.Time) {
	j.t.Helper()
	failed, first, slowest := 0, time.Duration(-1), time.Duration(0)
	for _, e := range j.entries {
		slowest = max(slowest, e.took)
		if e.err == nil {
			if e.at.After(back) && (first < 0 || e.at.Add(e.took).Sub(back) < first) {
				first = e.at.Add(e.took).Sub(back)
			}
			continue
		}
		failed++
		var down *core.Unavailable
		calm := e.at.Add(e.took).Before(left) || e.at.After(back.Add(promotionRecovery))
		if calm || !errors.As(e.err, &down) {
			j.t.Errorf("begun %v after the promotion: %v", e.at.Sub(back), e.err)
		}
	}
	if first < 0 || first > promotionRecovery {
		j.t.Errorf("writable again %v after the promotion, want %v at most", first, promotionRecovery)
	}
	j.t.Logf("promoted %v after the primary was killed, writable %v later; %d of %d did not get through; the slowest took %v",
		back.Sub(left), first, failed, len(j.entries), slowest)
}

func (j *journal) notes() (all []*note) {
	for _, e := range j.entries {
		all = append(all, e.note)
	}
	return all
}
