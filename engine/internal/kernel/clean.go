package kernel

import (
	"context"

	"github.com/posternauth/postern/engine/internal/db"
)

const (
	// CleanRows bounds what is deleted of a table at once, cleanApps for how
	// many apps in one turn.
	CleanRows = 500
	cleanApps = 200
)

// Cleaner deletes what has expired, of some apps in each turn.
type Cleaner struct {
	Kernel *Kernel
	last   string // the app that it was at
}

// Clean does a turn, and reports how many rows it deleted. It ends when held
// says that somebody else does the work.
func (c *Cleaner) Clean(ctx context.Context, held func() bool) (deleted int64, err error) {
	apps, err := db.Texts(ctx, c.Kernel.DB.Reader, `SELECT app_id FROM apps WHERE app_id > $1 ORDER BY app_id LIMIT $2`, c.last, int64(cleanApps))
	if err != nil {
		return 0, err
	}
	for _, id := range apps {
		for more := true; more; {
			if !held() {
				return deleted, nil
			}
			var n int64
			if n, more, err = c.Kernel.App(id).DeleteExpired(ctx, CleanRows); err != nil {
				return deleted, err
			}
			deleted += n
		}
		c.last = id
	}
	if len(apps) < cleanApps {
		c.last = "" // begin anew
	}
	return deleted, nil
}

// Clean deletes everything that has expired, of all apps.
func (k *Kernel) Clean(ctx context.Context) error {
	apps, err := db.Texts(ctx, k.DB.Reader, `SELECT app_id FROM apps ORDER BY app_id`)
	if err != nil {
		return err
	}
	for _, id := range apps {
		for more := true; more; {
			if _, more, err = k.App(id).DeleteExpired(ctx, CleanRows); err != nil {
				return err
			}
		}
	}
	return nil
}
