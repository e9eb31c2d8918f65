package testdb_test

import (
	"context"
	"strings"
	"testing"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/internal/testdb"
)

func init() {
	testdb.Prepare(func(ctx context.Context, uri string) error {
		_, _, err := engine.Migrate(ctx, engine.Config{Database: core.Secret(uri)})
		return err
	})
}

func TestEach(t *testing.T) {
	t.Parallel()
	for _, each := range []func(*testing.T, func(*testing.T, string)){testdb.Each, testdb.EachEmpty} {
		each(t, func(t *testing.T, uri string) {
			_, kind, _ := strings.Cut(t.Name(), "/")
			if kind, _, _ = strings.Cut(kind, "#"); !strings.HasPrefix(uri, kind) {
				t.Errorf("the %s subtest got %q", kind, uri)
			}
		})
	}
}

func TestEveryCallIsAnotherDatabase(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) string{"sqlite": testdb.SQLite, "postgres": testdb.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if a, b := open(t), open(t); a == b {
				t.Errorf("both are %s", a)
			}
		})
	}
}

// TestMigratedOrEmpty opens them as a program does that migrates nothing.
func TestMigratedOrEmpty(t *testing.T) {
	t.Parallel()
	open := func(t *testing.T, uri string) error {
		e, err := engine.Open(t.Context(), engine.Config{Database: core.Secret(uri), SkipMigrations: true})
		if err == nil {
			t.Cleanup(func() { e.Close() })
		}
		return err
	}
	testdb.Each(t, func(t *testing.T, uri string) {
		if err := open(t, uri); err != nil {
			t.Error(err)
		}
	})
	testdb.EachEmpty(t, func(t *testing.T, uri string) {
		if err := open(t, uri); err == nil || !strings.Contains(err.Error(), "schema version 0") {
			t.Errorf("it is not empty: %v", err)
		}
	})
}
