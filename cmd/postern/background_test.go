package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/posternauth/postern/internal/testdb"
)

// TestBackground runs two servers over one database: one of them does each
// job, and when it is stopped its leases are free.
func TestBackground(t *testing.T) {
	t.Parallel()
	uri := testdb.Postgres(t)
	admins := [2]string{"127.0.0.1:" + freePort(t), "127.0.0.1:" + freePort(t)}
	servers := [2]*process{}
	for i, admin := range admins {
		servers[i] = start(t, "serve", "--addr", "127.0.0.1:0", "--admin", admin, "--db", uri)
	}
	for _, job := range []string{"clean", "keys"} {
		led, elsewhere := 0, 0
		for _, admin := range admins {
			switch text := turnsOf(t, admin, job); {
			case strings.Contains(text, `postern_background_turns_total{job="`+job+`",outcome="done"} 1`) &&
				strings.Contains(text, `postern_background_leads{job="`+job+`"} 1`):
				led++
			case strings.Contains(text, `postern_background_turns_total{job="`+job+`",outcome="elsewhere"} 1`) &&
				strings.Contains(text, `postern_background_leads{job="`+job+`"} 0`):
				elsewhere++
			}
		}
		if led != 1 || elsewhere != 1 {
			t.Errorf("%s: %d servers do it and %d leave it to the other", job, led, elsewhere)
		}
	}
	db := openSQL(t, uri)
	defer db.Close()
	var held int
	count := func() {
		t.Helper()
		if err := db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM leases WHERE expires_at > 0`).Scan(&held); err != nil {
			t.Fatal(err)
		}
	}
	if count(); held != 2 {
		t.Errorf("%d leases are held, want two", held)
	}
	for _, p := range servers {
		p.stop()
		if code := p.wait(); code != 0 {
			t.Errorf("exit code %d: %s", code, &p.stderr)
		}
	}
	if count(); held != 0 {
		t.Errorf("%d leases are held by servers that have ended", held)
	}
}

// turnsOf returns the metrics of a server when it has had a turn of a job.
func turnsOf(t *testing.T, admin, job string) string {
	t.Helper()
	v := newVisitor("http://" + admin)
	for ends := time.Now().Add(20 * time.Second); time.Now().Before(ends); time.Sleep(50 * time.Millisecond) {
		a, err := v.do(t.Context(), http.MethodGet, "/metrics", "", "")
		if err == nil && strings.Contains(a.text, `postern_background_leads{job="`+job+`"}`) {
			return a.text
		}
	}
	t.Fatalf("%s never had a turn of %s", admin, job)
	return ""
}
