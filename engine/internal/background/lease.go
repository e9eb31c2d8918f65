package background

import (
	"context"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
)

// Lease is the right to do a job for a while, of which only one instance has
// it. The database decides, by its own clock: those of the instances may
// differ.
type Lease struct {
	DB     *db.DB
	Name   string
	Holder string // this instance
	Lasts  time.Duration
}

// Take takes the lease if it is free, or prolongs it, and reports whether this
// instance has it.
func (l Lease) Take(ctx context.Context) (bool, error) {
	now := l.DB.Now
	n, err := l.DB.Writer.Exec(ctx, `INSERT INTO leases (app_id, name, holder, expires_at) VALUES ($1, $2, $3, `+now+` + $4)
		ON CONFLICT (app_id, name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
		WHERE leases.holder = excluded.holder OR leases.expires_at <= `+now, core.Public, l.Name, l.Holder, l.Lasts.Milliseconds())
	return n > 0, err
}

// Release gives the lease back, so that nobody waits until it expires.
func (l Lease) Release(ctx context.Context) error {
	_, err := l.DB.Writer.Exec(ctx, `UPDATE leases SET expires_at = 0 WHERE app_id = $1 AND name = $2 AND holder = $3`,
		core.Public, l.Name, l.Holder)
	return err
}
