package person

import (
	"context"
	"sync"

	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
)

const (
	// activeInterval is how often the activity of one user is written, in ms.
	activeInterval = 5 * 60 * 1000
	// maxRecent bounds the users that are remembered as written.
	maxRecent = 100_000
)

// Recent is who was written as active a moment ago.
type Recent struct {
	mu sync.Mutex
	at map[string]int64
}

// take reports whether it is time to write a user again, and takes the turn.
func (r *Recent) take(key string, now int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at, known := r.at[key]; known && !kernel.Elapsed(at, now, activeInterval) {
		return false
	}
	if r.at == nil || len(r.at) >= maxRecent {
		r.at = map[string]int64{}
	}
	r.at[key] = now
	return true
}

func (r *Recent) forget(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.at, key)
}

// MarkActive notes that a primary user, by either of its ids, did something. It
// is statistics: when it fails nothing else does.
func (p *People) MarkActive(ctx context.Context, primaryID string) {
	now := p.Ms()
	key := p.ID + " " + primaryID
	if !p.active.take(key, now) {
		return
	}
	_, err := p.DB.Note(ctx, `INSERT INTO active_users (app_id, user_id, last_active) VALUES ($1, `+InternalID("$2")+`, $3)
		ON CONFLICT (app_id, user_id) DO UPDATE SET last_active = excluded.last_active
		WHERE active_users.last_active < excluded.last_active`, p.ID, primaryID, now)
	if err != nil {
		p.active.forget(key)
		p.Log.DebugContext(ctx, "the activity of a user was not written", "app", p.ID, "err", err)
	}
}

// MoveActivity gives the activity of a user to another one, who may have been
// active later.
func (p *People) MoveActivity(ctx context.Context, q db.Querier, from, to string) error {
	_, err := q.Exec(ctx, `INSERT INTO active_users (app_id, user_id, last_active)
		SELECT app_id, CAST($3 AS TEXT), last_active FROM active_users WHERE app_id = $1 AND user_id = $2
		ON CONFLICT (app_id, user_id) DO UPDATE SET last_active = excluded.last_active
		WHERE active_users.last_active < excluded.last_active`, p.ID, from, to)
	if err != nil {
		return err
	}
	return p.Delete(ctx, q, []string{from}, `active_users`)
}
