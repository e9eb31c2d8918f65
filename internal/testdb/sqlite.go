package testdb

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// SQLite returns the URI of a file in the test's temporary folder.
func SQLite(t testing.TB) string {
	t.Helper()
	if migrate == nil {
		return EmptySQLite(t)
	}
	content, err := migratedFile()
	if err != nil {
		t.Fatal(err)
	}
	file := fileOf(t)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + file
}

// EmptySQLite is [SQLite] with a file that is not there yet.
func EmptySQLite(t testing.TB) string {
	t.Helper()
	return "sqlite:" + fileOf(t)
}

func fileOf(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "postern.db")
}

// migratedFile is the content of a file that was migrated.
var migratedFile = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "postern-testdb-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "postern.db")
	if err := migrate(context.Background(), "sqlite:"+file); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})
