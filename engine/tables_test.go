package engine_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/dbtest"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/internal/testdb"
)

// ofNoApp are the tables that belong to the engine and not to an app.
var ofNoApp = []string{"goose_db_version", "leases"}

// TestTables holds what the rooms say of their tables to the schema: no row of
// a user, of a tenant or of an app is left behind, and none that has expired.
func TestTables(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, testdb.SQLite(t))
	texts := func(query string, args ...any) []string {
		found, err := db.Texts(t.Context(), d.Reader, query, args...)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	declared := map[string]kernel.Table{}
	for _, table := range engine.Tables() {
		if _, twice := declared[table.Name]; twice {
			t.Errorf("two rooms own %s", table.Name)
		}
		declared[table.Name] = table
	}
	for _, name := range texts(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`) {
		table, known := declared[name]
		delete(declared, name)
		columns := texts(`SELECT name FROM pragma_table_info($1)`, name)
		has := func(column string) bool { return slices.Contains(columns, column) }
		switch {
		case slices.Contains(ofNoApp, name):
		case !known:
			t.Errorf("no room owns %s: nobody deletes its rows", name)
		case !has("app_id"):
			t.Errorf("%s: the rows belong to no app", name)
		case has("tenant_id") != table.Tenant:
			t.Errorf("%s: Tenant is %v", name, table.Tenant)
		case has("user_id") != (table.User != kernel.Nobody):
			t.Errorf("%s: User is %v", name, table.User)
		case (has("expires_at") || has("purge_at")) && table.Ended == "":
			t.Errorf("%s: rows expire, and nobody deletes them", name)
		}
		for column := range strings.SplitSeq(table.Key, ", ") {
			if column != "" && !has(column) {
				t.Errorf("%s has no column %s of its Key", name, column)
			}
		}
	}
	for name := range declared {
		t.Errorf("there is no table %s", name)
	}
}

// How statements name tables, and how rooms declare theirs.
var (
	written = regexp.MustCompile(`\b(?:INSERT INTO|UPDATE|DELETE FROM) ([a-z_]+)\b`)
	read    = regexp.MustCompile(`\b(?:FROM|JOIN) ([a-z_]+)\b`)
	owned   = regexp.MustCompile("Name: `([a-z_]+)`")
)

// TestRowsBelongToRooms: a room writes to its own tables only, and reads beside
// them only those of the rooms below, which arch_test.go names.
func TestRowsBelongToRooms(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("internal/*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	owner := map[string]string{"leases": "background", "key_values": "kernel"}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range owned.FindAllStringSubmatch(string(source), -1) {
			owner[m[1]] = filepath.Base(filepath.Dir(file))
		}
	}
	below := []string{"person", "tenancy", "keys", "kernel"}
	checked := 0
	for _, file := range files {
		room := filepath.Base(filepath.Dir(file))
		if strings.HasSuffix(file, "_test.go") || room == "db" || room == "dbtest" {
			continue
		}
		statements, err := statementsIn(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range statements {
			for _, m := range written.FindAllStringSubmatch(s, -1) {
				checked++
				if of := owner[m[1]]; of != "" && of != room {
					t.Errorf("%s writes to %s, which is %s's: %q", file, m[1], of, s)
				}
			}
			for _, m := range read.FindAllStringSubmatch(s, -1) {
				checked++
				if of := owner[m[1]]; of != "" && of != room && !slices.Contains(below, of) {
					t.Errorf("%s reads %s, which is %s's: %q", file, m[1], of, s)
				}
			}
		}
	}
	if checked < 100 {
		t.Errorf("only %d tables in statements: the test looks in the wrong place", checked)
	}
}
