package kernel

import (
	"log/slog"
	"sync"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/setting"
)

// Config is what all apps of an engine share; every field but MasterKey is set.
type Config struct {
	DB        *db.DB
	Log       *slog.Logger
	Now       func() time.Time
	MasterKey core.Secret
	Values    setting.Values // that hold where nothing else is set
	Tables    []Table        // of all features, in the order in which rows are deleted of them
}

// Kernel makes the apps of an engine.
type Kernel struct {
	DB     *db.DB
	Log    *slog.Logger
	Tables []Table

	now    func() time.Time
	base   setting.Values
	sealer *sealer  // nil without a master key
	apps   sync.Map // those that are known to exist: id → *App
}

// New returns the kernel of an engine.
func New(cfg Config) (*Kernel, error) {
	sealer, err := newSealer(cfg.MasterKey)
	if err != nil {
		return nil, err
	}
	tables := append(cfg.Tables[:len(cfg.Tables):len(cfg.Tables)], keyValues)
	return &Kernel{DB: cfg.DB, Log: cfg.Log, Tables: tables, now: cfg.Now, base: cfg.Values, sealer: sealer}, nil
}

// Ms returns the time in milliseconds.
func (k *Kernel) Ms() int64 { return k.now().UnixMilli() }

// After returns the time in milliseconds when a lifetime that begins now ends.
func (k *Kernel) After(lifetime time.Duration) int64 { return k.Ms() + lifetime.Milliseconds() }
