package db_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/internal/testdb"
)

func open(t *testing.T, uri string, change ...func(*db.Config)) *db.DB {
	t.Helper()
	cfg := db.Config{URI: uri, MaxConnections: 5}
	for _, f := range change {
		f(&cfg)
	}
	d, err := db.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if _, _, err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

// eachDatabase adds, to those of testdb, a database in memory and one used as
// if a pooler stood before it.
func eachDatabase(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	testdb.Each(t, func(t *testing.T, uri string) { fn(t, open(t, uri)) })
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		fn(t, open(t, "sqlite::memory:"))
	})
	t.Run("pooler", func(t *testing.T) {
		t.Parallel()
		fn(t, open(t, testdb.Postgres(t), func(c *db.Config) { c.Pooler = true }))
	})
}

func TestStatements(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		n, err := d.Writer.Exec(ctx, `INSERT INTO roles (role, app_id) VALUES ($2, $1), ($3, $1)`, "a", "r1", "r2")
		if n != 2 || err != nil {
			t.Fatalf("insert changed %d rows, %v", n, err)
		}
		list, args := db.In(db.Args{"a"}, []string{"r1", "r2", "r3"})
		roles, err := db.Texts(ctx, d.Reader, `SELECT role FROM roles WHERE app_id = $1 AND role IN `+list+` ORDER BY role`, args...)
		if err != nil || strings.Join(roles, " ") != "r1 r2" {
			t.Fatalf("roles = %q, %v", roles, err)
		}
		var role string
		found, err := d.Writer.One(ctx, `DELETE FROM roles WHERE app_id = $1 AND role = $2 RETURNING role`, db.Args{"a", "r1"}, &role)
		if !found || role != "r1" || err != nil {
			t.Fatalf("delete returned %v %q, %v", found, role, err)
		}
		if found, err := d.Reader.One(ctx, `SELECT role FROM roles WHERE role = $1`, db.Args{"r1"}, &role); found || err != nil {
			t.Fatalf("the row is still there: %v, %v", found, err)
		}
		_, err = d.Writer.Exec(ctx, `INSERT INTO roles (app_id, role) VALUES ($1, $2)`, "a", "r2")
		if !d.Conflict(err) {
			t.Errorf("err = %v, want a conflict", err)
		}
	})
}

// TestRefusedText: what one database cannot hold is a mistake of the caller on
// both.
func TestRefusedText(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, d *db.DB) {
		for name, text := range map[string]string{"zero": "a\x00b", "not UTF-8": "a\xff"} {
			var bad *core.BadInput
			if _, err := d.Writer.Exec(t.Context(), `INSERT INTO roles (app_id, role) VALUES ($1, $2)`, "a", text); !errors.As(err, &bad) {
				t.Errorf("%s: err = %v, want BadInput", name, err)
			}
		}
	})
}

// TestTx counts to 40 with read-then-write under a row lock: no increment is
// lost, and what fn refuses is not done.
func TestTx(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		if _, err := d.Writer.Exec(ctx, `INSERT INTO rate_limits (app_id, key_hash, full_at) VALUES ('a', 'k', 0)`); err != nil {
			t.Fatal(err)
		}
		count := func(q db.Querier) (n int64, err error) {
			_, err = q.One(ctx, `SELECT full_at FROM rate_limits WHERE app_id = $1`+d.ForUpdate, db.Args{"a"}, &n)
			return n, err
		}
		increment := func(q db.Querier) error {
			n, err := count(q)
			if err != nil {
				return err
			}
			_, err = q.Exec(ctx, `UPDATE rate_limits SET full_at = $2 WHERE app_id = $1`, "a", n+1)
			return err
		}
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() {
				if err := d.Tx(ctx, increment); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		refusal := errors.New("no")
		err := d.Tx(ctx, func(q db.Querier) error { return errors.Join(increment(q), refusal) })
		if !errors.Is(err, refusal) {
			t.Errorf("err = %v, want %v", err, refusal)
		}
		if n, err := count(d.Writer); n != 40 || err != nil {
			t.Errorf("counted %d, %v", n, err)
		}
	})
}

// TestNote: notes, statements and transactions take turns, and all see what the
// others wrote. Only notes do not wait for the disk.
func TestNote(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		const insert = `INSERT INTO roles (app_id, role) VALUES ($1, $2)`
		var all sync.WaitGroup
		for i := range 60 {
			all.Go(func() {
				var err error
				switch role := fmt.Sprint(i); i % 3 {
				case 0:
					var noted []string
					if noted, err = d.Note(ctx, insert+` RETURNING role`, "a", role); len(noted) != 1 || noted[0] != role {
						t.Errorf("%q was noted for %q", noted, role)
					}
				case 1:
					_, err = d.Writer.Exec(ctx, insert, "a", role)
				case 2:
					err = d.Tx(ctx, func(q db.Querier) error { _, err := q.Exec(ctx, insert, "a", role); return err })
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if roles, err := db.Texts(ctx, d.Reader, `SELECT role FROM roles WHERE app_id = $1`, "a"); len(roles) != 60 || err != nil {
			t.Errorf("%d roles, %v; want 60", len(roles), err)
		}
		if d.Name != "sqlite" {
			return
		}
		var level int64
		if _, err := d.Writer.One(ctx, `PRAGMA synchronous`, nil, &level); level != 2 || err != nil {
			t.Errorf("writes are synchronous at level %d, %v; want 2, which is FULL", level, err)
		}
	})
}

func TestUnavailable(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close() // nobody listens here now
	d, err := db.Open(db.Config{URI: "postgres://u:canary@" + address + "/x", MaxConnections: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var down *core.Unavailable
	if err := d.Ping(t.Context()); !errors.As(err, &down) || strings.Contains(err.Error(), "canary") {
		t.Errorf("err = %v, want Unavailable without the password", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Ping(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want that the caller has gone", err)
	}
}

// TestTerminated ends the connections of the pool on the server: reads do not
// notice, and writes answer Unavailable at most.
func TestTerminated(t *testing.T) {
	t.Parallel()
	uri := testdb.Postgres(t)
	d, killer := open(t, uri), open(t, uri)
	const name = "TestTerminated"
	ctx := t.Context()
	for range 3 {
		if _, err := d.Writer.Exec(ctx, "SET application_name = '"+name+"'"); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Texts(ctx, killer.Reader, `SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE application_name = $1`, name); err != nil {
			t.Fatal(err)
		}
		if err := d.Ping(ctx); err != nil {
			t.Errorf("a read after the connection died: %v", err)
		}
	}
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		ctx := t.Context()
		var wg sync.WaitGroup
		for range 3 { // instances that start at once
			wg.Go(func() {
				d, err := db.Open(db.Config{URI: uri, MaxConnections: 2})
				if err != nil {
					t.Error(err)
					return
				}
				defer d.Close()
				if _, _, err := d.Migrate(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		d := open(t, uri)
		from, to, err := d.Migrate(ctx)
		if from != to || to < 1 || err != nil {
			t.Errorf("a second migration went from %d to %d, %v", from, to, err)
		}
		if _, err := d.Writer.Exec(ctx, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)`); err != nil {
			t.Fatal(err)
		}
		var newer *db.NewerSchemaError
		if _, _, err := d.Migrate(ctx); !errors.As(err, &newer) {
			t.Errorf("err = %v, want NewerSchemaError", err)
		}
	})
}

func TestSQLiteFileIsPrivate(t *testing.T) {
	t.Parallel()
	uri := testdb.SQLite(t)
	open(t, uri)
	info, err := os.Stat(strings.TrimPrefix(uri, "sqlite:"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %v, %v", info.Mode(), err)
	}
}

// TestDiskFull fills a SQLite database up to a limit: what does not fit is
// Unavailable, what was acknowledged is there, and reads go on.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	d := open(t, testdb.SQLite(t))
	ctx := t.Context()
	if _, err := db.Texts(ctx, d.Writer, "PRAGMA max_page_count = 80"); err != nil {
		t.Fatal(err)
	}
	acknowledged, name := 0, strings.Repeat("x", 500)
	var err error
	for err == nil {
		err = d.Tx(ctx, func(q db.Querier) error {
			_, err := q.Exec(ctx, `INSERT INTO roles (app_id, role) VALUES ('a', $1)`, fmt.Sprint(name, acknowledged))
			return err
		})
		if err == nil {
			acknowledged++
		}
	}
	var down *core.Unavailable
	if !errors.As(err, &down) {
		t.Errorf("err = %v, want Unavailable", err)
	}
	roles, err := db.Texts(ctx, d.Reader, `SELECT role FROM roles WHERE app_id = 'a'`)
	if len(roles) != acknowledged || err != nil {
		t.Errorf("%d of %d acknowledged rows are there, %v", len(roles), acknowledged, err)
	}
	if _, err := d.Writer.Exec(ctx, `DELETE FROM roles WHERE app_id = 'a'`); err != nil {
		t.Errorf("room cannot be made: %v", err)
	}
}

// TestStatistics: SQLite knows that an app has many rows, and takes the index
// that leads to one.
func TestStatistics(t *testing.T) {
	t.Parallel()
	d := open(t, testdb.SQLite(t))
	var plan []string
	err := d.Reader.Each(t.Context(), `EXPLAIN QUERY PLAN SELECT t.tenant_id FROM users u
		LEFT JOIN tenant_users t ON t.app_id = u.app_id AND t.user_id = u.user_id
		WHERE u.app_id = 'a' AND u.primary_user_id = 'p'`, nil, func(scan db.Scan) error {
		var id, parent, unused int
		var step string
		err := scan(&id, &parent, &unused, &step)
		plan = append(plan, step)
		return err
	})
	if text := strings.Join(plan, "; "); err != nil || !strings.Contains(text, "COVERING INDEX tenant_users_of_user (app_id=? AND user_id=?)") {
		t.Errorf("plan: %s, %v", text, err)
	}
}
