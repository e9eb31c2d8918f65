package testdb

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Env names the environment variable with the URI of the PostgreSQL server.
const Env = "POSTERN_TEST_POSTGRES"

// Each runs fn as the parallel subtests "sqlite" and "postgres", with the URI
// of an empty database. Without a PostgreSQL server the second is skipped.
func Each(t *testing.T, fn func(t *testing.T, uri string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		fn(t, Postgres(t))
	})
}

// OnEnv names the environment variable that makes [Default] PostgreSQL.
const OnEnv = "POSTERN_TEST_ON"

// Default returns the URI of an empty database for a test that does not say on
// which: on PostgreSQL if POSTERN_TEST_ON is "postgres", else on SQLite.
func Default(t testing.TB) string {
	t.Helper()
	if os.Getenv(OnEnv) == "postgres" {
		return Postgres(t)
	}
	return SQLite(t)
}

// SQLite returns the URI of a file in the test's temporary folder.
func SQLite(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "postern.db")
}

// Postgres returns a URI whose search_path is a new schema, which goes when
// the test ends. It skips the test when there is no server.
func Postgres(t testing.TB) string {
	t.Helper()
	server := os.Getenv(Env)
	if server == "" {
		t.Skipf("%s is not set; `make test` sets it, and so does scripts/with-postgres", Env)
	}
	schema := "test_" + strings.ToLower(rand.Text())
	run(t, server, "CREATE SCHEMA "+schema)
	t.Cleanup(func() { run(t, server, "DROP SCHEMA "+schema+" CASCADE") })

	uri, err := url.Parse(server)
	if err != nil {
		t.Fatalf("%s: %v", Env, err)
	}
	query := uri.Query()
	query.Set("search_path", schema)
	uri.RawQuery = query.Encode()
	return uri.String()
}

// run executes one statement on a connection of its own. The test's context is
// done when its clean-up runs, so the statement does not depend on it.
func run(t testing.TB, server, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatalf("%s: %v", Env, err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
