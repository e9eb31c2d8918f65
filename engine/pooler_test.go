package engine_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/engine/enginetest"
	"github.com/posternauth/postern/internal/testdb"
)

// TestEngineForPooler holds an engine to its contract that speaks to
// PostgreSQL as a transaction pooler needs it, over two connections.
func TestEngineForPooler(t *testing.T) {
	t.Parallel()
	enginetest.Run(t, func(t *testing.T) enginetest.Fixture {
		return custom(t, testdb.Postgres(t), func(cfg *engine.Config) { cfg.Pooler, cfg.MaxConnections = true, 2 })
	})
}

// TestEngineInMemory does so without any file, where one connection is all
// there is.
func TestEngineInMemory(t *testing.T) {
	t.Parallel()
	enginetest.Run(t, func(t *testing.T) enginetest.Fixture {
		return custom(t, "sqlite::memory:", func(cfg *engine.Config) { cfg.MasterKey = "a master key of more than 32 characters" })
	})
}

// custom opens one engine with settings of its own.
func custom(t *testing.T, database string, change func(*engine.Config)) enginetest.Fixture {
	t.Helper()
	var ahead atomic.Int64
	cfg := engine.Config{
		Database:     core.Secret(database),
		RefreshGrace: busyGrace,
		Passwords:    engine.PasswordConfig{Iterations: 1, MemoryKiB: 8, QueueDeadline: time.Minute},
		Now:          func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) },
	}
	change(&cfg)
	e, err := engine.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return enginetest.Fixture{App: e.App, Advance: func(d time.Duration) { ahead.Add(int64(d)) }, Grace: busyGrace}
}
