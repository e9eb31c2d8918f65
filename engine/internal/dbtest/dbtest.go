// Package dbtest opens databases for tests that look below the operations of a
// core.
package dbtest

import (
	"testing"

	"github.com/posternauth/postern/engine/internal/db"
)

// Open opens a database, brings its schema up to date, and closes it at the
// end of the test.
func Open(t testing.TB, uri string) *db.DB {
	t.Helper()
	d, err := db.Open(db.Config{URI: uri, MaxConnections: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if _, _, err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

// Exec runs SQL as an operator would.
func Exec(t testing.TB, d *db.DB, query string, args ...any) {
	t.Helper()
	if _, err := d.Writer.Exec(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// Count returns the number of rows of a table.
func Count(t testing.TB, d *db.DB, table string) (n int) {
	t.Helper()
	if _, err := d.Reader.One(t.Context(), `SELECT COUNT(*) FROM `+table, nil, &n); err != nil {
		t.Fatal(err)
	}
	return n
}
