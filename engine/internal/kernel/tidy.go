package kernel

import (
	"context"
)

const (
	// tidyInterval is how often calls of one app tidy up, in ms.
	tidyInterval = 60_000
	// tidyRows bounds what one call deletes of each table.
	tidyRows = 200
)

// Tidy deletes some of what has expired, now and then, but not at once: an
// engine that has just started has better things to do. The call that it is
// part of does not fail with it.
func (a *App) Tidy(ctx context.Context) {
	last, now := a.tidied.Load(), a.Ms()
	if !Elapsed(last, now, tidyInterval) || !a.tidied.CompareAndSwap(last, now) || last == 0 {
		return
	}
	if _, _, err := a.DeleteExpired(ctx, tidyRows); err != nil {
		a.Log.DebugContext(ctx, "expired rows were not deleted", "app", a.ID, "err", err)
	}
}

// DeleteExpired deletes so many rows of each table at most, and reports how
// many there were and whether there may be more. Whether a row has expired is
// looked at again when it is deleted: it may have been prolonged since it was
// found.
func (a *App) DeleteExpired(ctx context.Context, most int64) (deleted int64, more bool, err error) {
	now := a.Ms()
	for _, t := range a.Tables {
		if t.Ended == "" {
			continue
		}
		n, err := a.DB.Writer.Exec(ctx, `DELETE FROM `+t.Name+` WHERE app_id = $1 AND `+t.Ended+` AND (`+t.Key+`) IN
			(SELECT `+t.Key+` FROM `+t.Name+` WHERE app_id = $1 AND `+t.Ended+` LIMIT $3)`, a.ID, now, most)
		if err != nil {
			return deleted, false, err
		}
		deleted, more = deleted+n, more || n == most
	}
	return deleted, more, nil
}
