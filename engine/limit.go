package engine

import (
	"cmp"
	"context"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/token"
)

// A budget is kept as one time: when it will be full again. An attempt moves
// that time by RefillMs, and is refused when it would be more than the whole
// budget away.

const (
	maxBurst    = 1_000_000
	maxRefillMs = 366 * 24 * 60 * 60 * 1000
)

func (a *app) limit() core.Limit { return core.Limit{Take: a.takeLimits, GiveBack: a.giveBackLimits} }

// budget is a budget with the hash of its key.
type budget struct {
	core.Budget
	hash string
}

// budgets checks budgets and sorts them, so that two transactions lock them in
// the same order.
func budgets(in core.TakeLimits) ([]budget, error) {
	var all []budget
	for _, b := range in.Budgets {
		if b.Burst < 1 || b.Burst > maxBurst {
			return nil, core.Bad("burst must be between 1 and %d", maxBurst)
		}
		if b.RefillMs < 1 || b.RefillMs > maxRefillMs {
			return nil, core.Bad("refillMs must be between 1 and %d", int64(maxRefillMs))
		}
		all = append(all, budget{b, token.Hash(b.Key)})
	}
	slices.SortFunc(all, func(a, b budget) int { return cmp.Compare(a.hash, b.hash) })
	return all, nil
}

func (a *app) takeLimits(ctx context.Context, in core.TakeLimits) (done core.Done, err error) {
	all, err := budgets(in)
	if err != nil {
		return done, err
	}
	takeAll := func(q db.Querier) error {
		now, wait := a.ms(), int64(0)
		for _, b := range all {
			w, err := a.take(ctx, q, b, now)
			if err != nil {
				return err
			}
			wait = max(wait, w)
		}
		if wait > 0 {
			return &core.LimitReached{RetryAfterMs: wait} // and none is taken
		}
		return nil
	}
	if len(all) == 1 {
		err = takeAll(a.db.Writer)
	} else {
		err = a.db.Tx(ctx, takeAll)
	}
	if err == nil {
		a.tidy(ctx)
	}
	return done, err
}

// take spends one attempt, or returns how long to wait for one. In a
// transaction the statement locks the row even when it changes nothing, so that
// what is read after it still holds.
func (a *app) take(ctx context.Context, q db.Querier, b budget, now int64) (wait int64, err error) {
	latest := now + (b.Burst-1)*b.RefillMs
	n, err := q.Exec(ctx, `INSERT INTO rate_limits (app_id, key_hash, full_at)
		SELECT app_id, CAST($2 AS TEXT), CAST($3 AS BIGINT) + CAST($4 AS BIGINT) FROM apps WHERE app_id = $1
		ON CONFLICT (app_id, key_hash) DO UPDATE SET full_at =
			CASE WHEN rate_limits.full_at > $3 THEN rate_limits.full_at ELSE $3 END + $4
		WHERE rate_limits.full_at <= $5`, a.id, b.hash, now, b.RefillMs, latest)
	if err != nil || n > 0 {
		return 0, err
	}
	var fullAt int64
	found, err := q.One(ctx, `SELECT full_at FROM rate_limits WHERE app_id = $1 AND key_hash = $2`, db.Args{a.id, b.hash}, &fullAt)
	if err == nil && !found {
		err = a.checkApp(ctx, q)
	}
	return max(fullAt-latest, 1), err
}

func (a *app) giveBackLimits(ctx context.Context, in core.TakeLimits) (done core.Done, err error) {
	all, err := budgets(in)
	if err != nil {
		return done, err
	}
	for _, b := range all {
		n, err := a.db.Writer.Exec(ctx, `UPDATE rate_limits SET full_at = full_at - $3 WHERE app_id = $1 AND key_hash = $2`, a.id, b.hash, b.RefillMs)
		if err == nil && n == 0 {
			err = a.checkApp(ctx, a.db.Reader)
		}
		if err != nil {
			return done, err
		}
	}
	return done, nil
}
