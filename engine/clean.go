package engine

import (
	"context"

	"github.com/posternauth/postern/engine/internal/db"
)

const (
	// tidyInterval is how often calls of one app tidy up, in ms.
	tidyInterval = 60_000
	// tidyRows bounds what one call deletes of each table.
	tidyRows = 200
)

// expired are the tables whose rows come to an end: the column that says when,
// and the columns that name a row beside the app.
var expired = []struct{ table, column, id string }{
	{`sessions`, `purge_at`, `handle`},
	{`password_reset_tokens`, `expires_at`, `token_hash`},
	{`email_verification_tokens`, `expires_at`, `token_hash`},
	{`email_verification_codes`, `expires_at`, `user_id, email, tenant_id`},
	{`code_tries`, `expires_at`, `user_id`},
	{`totp_used_codes`, `expires_at`, `user_id, code`},
	{`dashboard_sessions`, `expires_at`, `session_hash`},
	{`passwordless_devices`, `purge_at`, `tenant_id, device_hash`},
	{`passwordless_codes`, `purge_at`, `tenant_id, code_id`},
	{`rate_limits`, `full_at`, `key_hash`},
}

// Clean deletes everything that has expired, of all apps. Engines also do that
// on the way, a little at a time, and in [Engine.Work]; an operator may call
// it, or not.
func (e *Engine) Clean(ctx context.Context) error {
	apps, err := db.Texts(ctx, e.db.Reader, `SELECT app_id FROM apps ORDER BY app_id`)
	if err != nil {
		return err
	}
	for _, id := range apps {
		for more := true; more; {
			if _, more, err = e.app(id).deleteExpired(ctx, cleanRows); err != nil {
				return err
			}
		}
	}
	return nil
}

// tidy deletes some of what has expired, now and then, but not at once: an
// engine that has just started has better things to do. The call that it is
// part of does not fail with it.
func (a *app) tidy(ctx context.Context) {
	last, now := a.state.tidied.Load(), a.ms()
	if !elapsed(last, now, tidyInterval) || !a.state.tidied.CompareAndSwap(last, now) || last == 0 {
		return
	}
	if _, _, err := a.deleteExpired(ctx, tidyRows); err != nil {
		a.log.DebugContext(ctx, "expired rows were not deleted", "app", a.id, "err", err)
	}
}

// deleteExpired deletes so many rows of each table at most, and reports how
// many there were and whether there may be more. Whether a row has expired is
// looked at again when it is deleted: it may have been prolonged since it was
// found.
func (a *app) deleteExpired(ctx context.Context, most int64) (deleted int64, more bool, err error) {
	now := a.ms()
	for _, e := range expired {
		n, err := a.db.Writer.Exec(ctx, `DELETE FROM `+e.table+` WHERE app_id = $1 AND `+e.column+` <= $2 AND (`+e.id+`) IN
			(SELECT `+e.id+` FROM `+e.table+` WHERE app_id = $1 AND `+e.column+` <= $2 LIMIT $3)`, a.id, now, most)
		if err != nil {
			return deleted, false, err
		}
		deleted, more = deleted+n, more || n == most
	}
	n, err := a.db.Writer.Exec(ctx, `DELETE FROM signing_keys WHERE app_id = $1 AND verify_until > 0 AND verify_until < $2`, a.id, now)
	return deleted + n, more, err
}
