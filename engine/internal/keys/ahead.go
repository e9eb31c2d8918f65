package keys

import (
	"context"
	"slices"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/token"
)

// Due returns the apps whose newest key is not that of the slot which
// begins next, as far as one has to look ahead who looks every so often. Those
// that never signed are not among them.
func Due(ctx context.Context, k *kernel.Kernel, every time.Duration) (due []string, err error) {
	values, err := k.ValuesOfApps(ctx)
	if err != nil {
		return nil, err
	}
	now := k.Ms()
	err = k.DB.Reader.Each(ctx, `SELECT app_id, MAX(slot) FROM signing_keys WHERE kind = $1 GROUP BY app_id`, db.Args{token.Dynamic},
		func(scan db.Scan) error {
			var key string
			var newest int64
			err := scan(&key, &newest)
			v := values(key)
			s := schedule(&v)
			if newest < s.Slot(now+lookAhead(s, every)+s.Overlap) {
				due = append(due, key)
			}
			return err
		})
	slices.Sort(due)
	return due, err
}

// MakeAhead makes the key of the present, if it is missing, and the next
// one if it is due before the next turn.
func (k *Keys) MakeAhead(ctx context.Context, every time.Duration) error {
	app, err := k.ForTenant(ctx, core.Public)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, ahead := range []int64{0, lookAhead(schedule(app.Values), every)} {
		if _, err := k.makeMissing(ctx, ahead); err != nil {
			return err
		}
	}
	return nil
}

// lookAhead is how much earlier than on the way of calls the next key is made:
// two turns, but never so early that another one lies between.
func lookAhead(s token.Schedule, every time.Duration) int64 {
	return min(2*every.Milliseconds(), (s.Interval-s.Overlap)/2)
}
