package limit

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/token"
)

// A budget is kept as one time: when it will be full again. An attempt moves
// that time by RefillMs, and is refused when it would be more than the whole
// budget away.

const (
	maxBurst    = 1_000_000
	maxRefillMs = 366 * 24 * 60 * 60 * 1000
	maxBudgets  = 16 // of one attempt
)

// limits holds the rate limits of an app.
type limits struct {
	*kernel.App
}

// New returns the operations on rate limits, which are an extension of the
// protocol: see [core.Limit].
func New(a *kernel.App) core.Limit {
	l := &limits{a}
	return core.Limit{Take: l.takeAll, GiveBack: l.giveAllBack}
}

// Tables are those of this package.
func Tables() []kernel.Table {
	return []kernel.Table{
		{Name: `rate_limits`, Ended: `full_at <= $2`, Key: `key_hash`},
	}
}

// budget is a budget with the hash of its key.
type budget struct {
	core.Budget
	hash string
}

// ahead is how far away the time may be when there is still an attempt.
func (b budget) ahead() int64 { return (b.Burst - 1) * b.RefillMs }

// budgets checks budgets and sorts them, so that two statements lock them in
// the same order.
func budgets(in core.TakeLimits) ([]budget, error) {
	if len(in.Budgets) > maxBudgets {
		return nil, core.Bad("budgets must be at most %d", maxBudgets)
	}
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
	for i := 1; i < len(all); i++ {
		if all[i].hash == all[i-1].hash {
			return nil, core.Bad("budgets must have different keys")
		}
	}
	return all, nil
}

// table is the budgets as rows in a statement, and args with what is in them:
// the hash, what an attempt costs, and how far ahead the time may be.
func table(args db.Args, all []budget) (string, db.Args) {
	var rows strings.Builder
	for _, b := range all {
		n := len(args)
		fmt.Fprintf(&rows, ",(CAST($%d AS TEXT), CAST($%d AS BIGINT), CAST($%d AS BIGINT))", n+1, n+2, n+3)
		args = append(args, b.hash, b.RefillMs, b.ahead())
	}
	return "(VALUES " + rows.String()[1:] + ")", args
}

func (l *limits) takeAll(ctx context.Context, in core.TakeLimits) (done core.Done, err error) {
	all, err := budgets(in)
	if err != nil || len(all) == 0 {
		return done, err
	}
	now := l.Ms()
	taken, err := l.take(ctx, all, now)
	switch {
	case err != nil:
		return done, err
	case len(taken) == len(all):
		l.Tidy(ctx)
		return done, nil
	case len(taken) > 0:
		if err := l.giveBack(context.WithoutCancel(ctx), taken); err != nil {
			return done, err
		}
	}
	return done, l.refusal(ctx, all, now)
}

// take spends an attempt of every budget, or of none when one is empty, and
// returns those that it took. Each row decides for itself in the end: when
// somebody else takes the last attempt of one meanwhile, the others are taken,
// and have to be given back.
func (l *limits) take(ctx context.Context, all []budget, now int64) (taken []budget, err error) {
	rows, args := table(db.Args{l.ID, now}, all)
	hashes, err := l.DB.Note(ctx, `WITH wanted (key_hash, cost, ahead) AS `+rows+`
		INSERT INTO rate_limits (app_id, key_hash, full_at)
		SELECT a.app_id, w.key_hash, CAST($2 AS BIGINT) + w.cost FROM apps a CROSS JOIN wanted w
		WHERE a.app_id = $1 AND NOT EXISTS (SELECT 1 FROM wanted e
			JOIN rate_limits l ON l.app_id = $1 AND l.key_hash = e.key_hash AND l.full_at > $2 + e.ahead)
		ON CONFLICT (app_id, key_hash) DO UPDATE SET full_at = excluded.full_at +
			CASE WHEN rate_limits.full_at > $2 THEN rate_limits.full_at - $2 ELSE 0 END
		WHERE rate_limits.full_at <= $2 + (SELECT ahead FROM wanted WHERE wanted.key_hash = excluded.key_hash)
		RETURNING key_hash`, args...)
	for _, b := range all {
		if slices.Contains(hashes, b.hash) {
			taken = append(taken, b)
		}
	}
	return taken, err
}

// refusal says how long to wait until every budget has an attempt.
func (l *limits) refusal(ctx context.Context, all []budget, now int64) error {
	rows, args := table(db.Args{l.ID}, all)
	var at int64
	_, err := l.DB.Reader.One(ctx, `WITH wanted (key_hash, cost, ahead) AS `+rows+`
		SELECT COALESCE(MAX(l.full_at - w.ahead), 0) FROM wanted w
		JOIN rate_limits l ON l.app_id = $1 AND l.key_hash = w.key_hash`, args, &at)
	if err == nil && at == 0 {
		err = l.CheckApp(ctx, l.DB.Reader)
	}
	if err != nil {
		return err
	}
	return &core.LimitReached{RetryAfterMs: max(at-now, 1)}
}

func (l *limits) giveAllBack(ctx context.Context, in core.TakeLimits) (done core.Done, err error) {
	all, err := budgets(in)
	if err != nil {
		return done, err
	}
	return done, l.giveBack(ctx, all)
}

func (l *limits) giveBack(ctx context.Context, all []budget) error {
	for _, b := range all {
		hashes, err := l.DB.Note(ctx, `UPDATE rate_limits SET full_at = full_at - $3
			WHERE app_id = $1 AND key_hash = $2 RETURNING key_hash`, l.ID, b.hash, b.RefillMs)
		if err == nil && len(hashes) == 0 {
			err = l.CheckApp(ctx, l.DB.Reader)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
