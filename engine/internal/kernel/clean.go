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
		n, done, err := c.Kernel.App(id).deleteAllExpired(ctx, held)
		if deleted += n; err != nil || !done {
			return deleted, err
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
		if _, _, err := k.App(id).deleteAllExpired(ctx, func() bool { return true }); err != nil {
			return err
		}
	}
	return nil
}

// deleteAllExpired deletes what has expired of an app, a part at a time, while
// held says that this is ours to do. It reports whether it came to the end.
func (a *App) deleteAllExpired(ctx context.Context, held func() bool) (deleted int64, done bool, err error) {
	for more := true; more; {
		if !held() {
			return deleted, false, nil
		}
		var n int64
		if n, more, err = a.DeleteExpired(ctx, CleanRows); err != nil {
			return deleted, false, err
		}
		deleted += n
	}
	return deleted, true, nil
}
