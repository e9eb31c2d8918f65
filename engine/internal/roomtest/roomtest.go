// Package roomtest opens engines for the tests of its rooms, which cost little
// and whose database can be looked into. It is for external test packages
// (session_test): the engine imports the rooms.
package roomtest

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/dbtest"
	"github.com/posternauth/postern/internal/testdb"
	"github.com/posternauth/postern/op"
)

func init() {
	testdb.Prepare(func(ctx context.Context, uri string) error {
		_, _, err := engine.Migrate(ctx, engine.Config{Database: core.Secret(uri)})
		return err
	})
}

// Clock is a time that tests move.
type Clock struct{ ms atomic.Int64 }

// NewClock returns a clock that stands still.
func NewClock() *Clock {
	c := new(Clock)
	c.ms.Store(time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC).UnixMilli())
	return c
}

// Now is what an engine asks.
func (c *Clock) Now() time.Time { return time.UnixMilli(c.ms.Load()) }

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// AtBegin moves the clock back to where an interval began.
func (c *Clock) AtBegin(interval time.Duration) {
	ms := interval.Milliseconds()
	c.ms.Store(c.ms.Load() / ms * ms)
}

// Engine is an engine with a way around it.
type Engine struct {
	*engine.Engine
	// DB opens the database beside the engine. The first call does it.
	DB func() *db.DB
}

// Open opens an engine whose passwords and keys cost little.
func Open(t testing.TB, uri string, change ...func(*engine.Config)) *Engine {
	t.Helper()
	cfg := engine.Config{
		Database:         core.Secret(uri),
		MaxConnections:   4,
		SigningAlgorithm: "ES256",
		Passwords:        engine.PasswordConfig{Iterations: 1, MemoryKiB: 8, QueueDeadline: time.Minute},
		Log:              slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&cfg)
	}
	e, err := engine.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return &Engine{e, sync.OnceValue(func() *db.DB { return dbtest.Open(t, uri) })}
}

// WithClock has an engine go by a clock.
func WithClock(c *Clock) func(*engine.Config) {
	return func(cfg *engine.Config) { cfg.Now = c.Now }
}

// Exec runs SQL as an operator would.
func (e *Engine) Exec(t testing.TB, query string, args ...any) {
	t.Helper()
	dbtest.Exec(t, e.DB(), query, args...)
}

// Count returns the number of rows of a table.
func (e *Engine) Count(t testing.TB, table string) int {
	t.Helper()
	return dbtest.Count(t, e.DB(), table)
}

// OK calls an operation that must succeed.
func OK[In, Out any](t testing.TB, f op.Func[In, Out], in In) Out {
	t.Helper()
	out, err := f(t.Context(), in)
	if err != nil {
		t.Fatalf("%T: %v", in, err)
	}
	return out
}

// Fails calls an operation that must fail with an error of type E.
func Fails[E error, In, Out any](t testing.TB, f op.Func[In, Out], in In) {
	t.Helper()
	var want E
	if _, err := f(t.Context(), in); !errors.As(err, &want) {
		t.Errorf("%T: %v, want %T", in, err, want)
	}
}

// SignUp adds a user with an address and the password "password1".
func SignUp(t testing.TB, c *core.Core, address string) core.User {
	t.Helper()
	return OK(t, c.EmailPassword.SignUp, core.SignUp{Email: address, Password: "password1"}).User
}

// Start starts a session.
func Start(t testing.TB, c *core.Core, user string) core.SessionTokens {
	t.Helper()
	return OK(t, c.Session.Create, core.CreateSession{UserID: user})
}

// KeyID returns the id of the key that signed a token.
func KeyID(t testing.TB, text core.Secret) string {
	t.Helper()
	jws, err := jose.ParseSignedCompact(string(text), []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	return jws.Signatures[0].Protected.KeyID
}
