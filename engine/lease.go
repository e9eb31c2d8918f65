package engine

import (
	"context"
	"time"

	"github.com/posternauth/postern/core"
)

// lease is the right to do a job for a while, of which only one instance has
// it. The database decides, by its own clock: those of the instances may
// differ.
type lease struct {
	e      *Engine
	name   string
	holder string // this instance
	lasts  time.Duration
}

// take takes the lease if it is free, or prolongs it, and reports whether this
// instance has it.
func (l lease) take(ctx context.Context) (bool, error) {
	now := l.e.kernel.DB.Now
	n, err := l.e.kernel.DB.Writer.Exec(ctx, `INSERT INTO leases (app_id, name, holder, expires_at) VALUES ($1, $2, $3, `+now+` + $4)
		ON CONFLICT (app_id, name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
		WHERE leases.holder = excluded.holder OR leases.expires_at <= `+now, core.Public, l.name, l.holder, l.lasts.Milliseconds())
	return n > 0, err
}

// release gives the lease back, so that nobody waits until it expires.
func (l lease) release(ctx context.Context) error {
	_, err := l.e.kernel.DB.Writer.Exec(ctx, `UPDATE leases SET expires_at = 0 WHERE app_id = $1 AND name = $2 AND holder = $3`,
		core.Public, l.name, l.holder)
	return err
}
