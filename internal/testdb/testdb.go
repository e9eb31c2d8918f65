package testdb

import (
	"context"
	"os"
	"testing"
)

// Env names the environment variable with the URI of the PostgreSQL server.
const Env = "POSTERN_TEST_POSTGRES"

// OnEnv names the environment variable that makes [Default] PostgreSQL.
const OnEnv = "POSTERN_TEST_ON"

// migrate is set by [Prepare].
var migrate func(ctx context.Context, uri string) error

// Prepare says how an empty database gets its schema. It is for functions init
// of test code, once for a program: this package cannot know the engine, whose
// own tests use it.
func Prepare(f func(ctx context.Context, uri string) error) { migrate = f }

// Each runs fn as the parallel subtests "sqlite" and "postgres", with the URI
// of a database. Without a PostgreSQL server the second is skipped.
func Each(t *testing.T, fn func(t *testing.T, uri string)) {
	t.Helper()
	each(t, fn, SQLite, Postgres)
}

// EachEmpty is [Each] with databases that have no schema.
func EachEmpty(t *testing.T, fn func(t *testing.T, uri string)) {
	t.Helper()
	each(t, fn, EmptySQLite, EmptyPostgres)
}

func each(t *testing.T, fn func(t *testing.T, uri string), sqlite, postgres func(testing.TB) string) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, sqlite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		fn(t, postgres(t))
	})
}

// Default returns the URI of a database for a test that does not say on which:
// on PostgreSQL if POSTERN_TEST_ON is "postgres", else on SQLite.
func Default(t testing.TB) string {
	t.Helper()
	if os.Getenv(OnEnv) == "postgres" {
		return Postgres(t)
	}
	return SQLite(t)
}
