package engine

import (
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/op"
)

// clock is a time that tests move.
type clock struct{ ms atomic.Int64 }

func newClock() *clock {
	c := new(clock)
	c.ms.Store(time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC).UnixMilli())
	return c
}

func (c *clock) now() time.Time          { return time.UnixMilli(c.ms.Load()) }
func (c *clock) advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// openEngine opens an engine whose passwords and keys cost little.
func openEngine(t *testing.T, uri string, change ...func(*Config)) *Engine {
	t.Helper()
	cfg := Config{
		Database:         core.Secret(uri),
		MaxConnections:   4,
		SigningAlgorithm: "ES256",
		Passwords:        PasswordConfig{Iterations: 1, MemoryKiB: 8, QueueDeadline: time.Minute},
		Log:              slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&cfg)
	}
	e, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func withClock(c *clock) func(*Config) { return func(cfg *Config) { cfg.Now = c.now } }

// ok calls an operation that must succeed.
func ok[In, Out any](t *testing.T, f op.Func[In, Out], in In) Out {
	t.Helper()
	out, err := f(t.Context(), in)
	if err != nil {
		t.Fatalf("%T: %v", in, err)
	}
	return out
}

// fails calls an operation that must fail with an error of type E.
func fails[E error, In, Out any](t *testing.T, f op.Func[In, Out], in In) {
	t.Helper()
	var want E
	if _, err := f(t.Context(), in); !errors.As(err, &want) {
		t.Errorf("%T: %v, want %T", in, err, want)
	}
}

// execute runs SQL as an operator would.
func (e *Engine) execute(t *testing.T, query string, args ...any) {
	t.Helper()
	if _, err := e.kernel.DB.Writer.Exec(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// count returns the number of rows of a table.
func (e *Engine) count(t *testing.T, table string) (n int) {
	t.Helper()
	err := e.kernel.DB.Reader.Each(t.Context(), `SELECT COUNT(*) FROM `+table, nil, func(scan db.Scan) error { return scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// signUp adds a user with an address and the password "password1".
func signUp(t *testing.T, c *core.Core, address string) core.User {
	t.Helper()
	return ok(t, c.EmailPassword.SignUp, core.SignUp{Email: address, Password: "password1"}).User
}

func start(t *testing.T, c *core.Core, user string) core.SessionTokens {
	t.Helper()
	return ok(t, c.Session.Create, core.CreateSession{UserID: user})
}

// kidOf returns the id of the key that signed a token.
func kidOf(t *testing.T, text core.Secret) string {
	t.Helper()
	jws, err := jose.ParseSignedCompact(string(text), []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	return jws.Signatures[0].Protected.KeyID
}
