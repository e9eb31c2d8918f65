package testdb_test

import (
	"strings"
	"testing"

	"github.com/posternauth/postern/internal/testdb"
)

func TestEach(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		_, kind, _ := strings.Cut(t.Name(), "/")
		if !strings.HasPrefix(uri, kind) {
			t.Errorf("the %s subtest got %q", kind, uri)
		}
	})
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
