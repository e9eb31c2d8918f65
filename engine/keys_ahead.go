package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/token"
)

// makeKeysAhead makes the keys that become due before the next turn, of the
// apps that sign.
func (e *Engine) makeKeysAhead(ctx context.Context, held func() bool) (made int64, err error) {
	due, err := e.keysDue(ctx)
	if err != nil {
		return 0, err
	}
	var failed error // of one app; the others get their keys
	for _, key := range due[:min(len(due), keyApps)] {
		if !held() {
			break
		}
		if err := e.app(key).makeKeyAhead(ctx); err != nil {
			failed = errors.Join(failed, fmt.Errorf("app %q: %w", key, err))
			continue
		}
		made++
	}
	return made, failed
}

// keysDue returns the apps whose newest key is not that of the slot which
// begins next, as far as one has to look ahead. Those that never signed
// are not among them.
func (e *Engine) keysDue(ctx context.Context) (due []string, err error) {
	values, err := e.kernel.ValuesOfApps(ctx)
	if err != nil {
		return nil, err
	}
	now := e.kernel.Ms()
	err = e.kernel.DB.Reader.Each(ctx, `SELECT app_id, MAX(slot) FROM signing_keys WHERE kind = $1 GROUP BY app_id`, db.Args{token.Dynamic},
		func(scan db.Scan) error {
			var key string
			var newest int64
			err := scan(&key, &newest)
			v := values(key)
			s := schedule(&v)
			if newest < s.Slot(now+lookAhead(s)+s.Overlap) {
				due = append(due, key)
			}
			return err
		})
	slices.Sort(due)
	return due, err
}

// makeKeyAhead makes the key of the present, if it is missing, and the next
// one if it is due before the next turn.
func (a *app) makeKeyAhead(ctx context.Context) error {
	a, err := a.forTenant(ctx, core.Public)
	if err != nil {
		return err
	}
	a.keysMu.Lock()
	defer a.keysMu.Unlock()
	for _, ahead := range []int64{0, lookAhead(schedule(a.Values))} {
		if _, err := a.makeMissing(ctx, ahead); err != nil {
			return err
		}
	}
	return nil
}

// lookAhead is how much earlier than on the way of calls the next key is made:
// two turns, but never so early that another one lies between.
func lookAhead(s token.Schedule) int64 {
	return min(2*keysEvery.Milliseconds(), (s.Interval-s.Overlap)/2)
}
