//go:build unix

package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// recovery is how soon everything works again once PostgreSQL accepts
// connections.
const recovery = 2 * time.Second

// TestDatabaseRestart takes PostgreSQL away from an app under load, in three
// ways, and brings it back. What people see meanwhile is 503 and when to try
// again, never that they are signed out; sessions are verified throughout.
func TestDatabaseRestart(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	p := start(t, "dev", "--addr", "127.0.0.1:0", "--no-limits", "--db", c.URI)
	ways := []struct {
		name string
		away func()
	}{
		{"fast", func() { c.stop("fast") }},
		{"immediate", func() { c.stop("immediate") }},
		{"SIGKILL", c.kill},
	}
	if testing.Short() {
		ways = ways[2:]
	}
	for i, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			l := newLoad(t, p.URL, fmt.Sprintf("ada%d@example.com", i))
			stop := l.run()
			l.wait(10, time.Now())
			leaves := time.Now()
			way.away()
			l.wait(5, time.Now())
			back := c.start()
			l.wait(10, back.Add(recovery))
			stop()
			l.hold(leaves, back)
		})
	}
}

// load is people who use an app, each doing one thing over and over.
type load struct {
	t      *testing.T
	people map[string]func(context.Context) (answer, error)

	mu   sync.Mutex
	seen []sight
}

// sight is what one of them saw.
type sight struct {
	what string
	at   time.Time // when it was asked for
	took time.Duration
	answer
	err error
}

func newLoad(t *testing.T, url, email string) *load {
	t.Helper()
	ctx := t.Context()
	a, err := newVisitor(url).signUp(ctx, email)
	want(t, "sign-up", a, err)
	l := &load{t: t, people: map[string]func(context.Context) (answer, error){}}
	for i := range 2 {
		verifies, refreshes, signsIn := newVisitor(url), newVisitor(url), newVisitor(url)
		for _, v := range []*visitor{verifies, refreshes} {
			a, err := v.signIn(ctx, email)
			want(t, "sign-in", a, err)
		}
		l.people[fmt.Sprintf("verify %d", i)] = verifies.me
		l.people[fmt.Sprintf("refresh %d", i)] = refreshes.refreshSession
		l.people[fmt.Sprintf("sign-in %d", i)] = func(ctx context.Context) (answer, error) { return signsIn.signIn(ctx, email) }
	}
	return l
}

// run sets them to work until stop is called.
func (l *load) run() (stop func()) {
	var wait sync.WaitGroup
	done := make(chan struct{})
	for what, ask := range l.people {
		wait.Go(func() {
			for {
				s := sight{what: what, at: time.Now()}
				s.answer, s.err = ask(l.t.Context())
				s.took = time.Since(s.at)
				l.note(s)
				select {
				case <-done:
					return
				case <-time.After(20 * time.Millisecond): // a pace that leaves the machine to others
				}
			}
		})
	}
	return func() { close(done); wait.Wait() }
}

func (l *load) note(s sight) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = append(l.seen, s)
}

// wait waits until each of them has n answers to what was asked after since.
func (l *load) wait(n int, since time.Time) {
	l.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !l.all(n, since); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			l.t.Fatalf("the load stands still: not everybody has %d answers", n)
		}
	}
}

func (l *load) all(n int, since time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	answers := map[string]int{}
	for _, s := range l.seen {
		if s.at.After(since) {
			answers[s.what]++
		}
	}
	for what := range l.people {
		if answers[what] < n {
			return false
		}
	}
	return true
}

// hold holds what was seen against what may be seen of a database that leaves
// and is back at these times.
func (l *load) hold(leaves, back time.Time) {
	l.t.Helper()
	var busy int
	var slowest, late time.Duration
	for _, s := range l.seen {
		good := s.err == nil && s.ok()
		calm := s.at.Add(s.took).Before(leaves) || s.at.After(back.Add(recovery))
		tryLater := s.code == http.StatusServiceUnavailable && s.retryAfter != ""
		if !good && (calm || !tryLater || strings.HasPrefix(s.what, "verify")) {
			l.t.Errorf("%s, %v after the database was back: %d %s (Retry-After %q), %v", s.what, s.at.Sub(back), s.code, s.text, s.retryAfter, s.err)
		}
		if slowest = max(slowest, s.took); !good {
			busy, late = busy+1, max(late, s.at.Sub(back))
		}
	}
	l.t.Logf("away for %v; %d answers, %d of them 503, the last asked for %v after it was back; the slowest took %v",
		back.Sub(leaves), len(l.seen), busy, late, slowest)
}
