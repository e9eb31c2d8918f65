package postern

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"
)

// background is the work that answers do not wait for, and how long an answer
// takes that must not tell whether there is such work.
type background struct {
	running sync.WaitGroup

	mu     sync.Mutex
	recent map[string][]time.Duration // the last ones of each kind
}

const (
	recentDurations = 8
	// What an answer takes before the first work was seen, and at most.
	likelyDuration  = 200 * time.Millisecond
	longestDuration = 2 * time.Second
)

// Background runs what an answer need not wait for, such as sending a mail:
// after the answer, or before it where the process may be frozen
// ([Config].ServerlessEnv). A failure is logged. what is the kind of work,
// "mailing a password reset link".
func (a *App) Background(ctx context.Context, what string, do func(context.Context) error) {
	run := func(ctx context.Context) {
		if err := do(ctx); err != nil {
			a.Log.ErrorContext(ctx, what+" failed", "err", err)
		}
	}
	if a.serverless {
		run(ctx)
		return
	}
	a.background.running.Go(func() { run(context.WithoutCancel(ctx)) })
}

// Discreetly finds out whether there is something to do, and has it done in the
// background, where that is nobody's business: the answer takes as long either
// way. find returns nil if there is nothing.
func (a *App) Discreetly(ctx context.Context, what string, find func(context.Context) (do func(context.Context) error, err error)) error {
	start := time.Now()
	until := start.Add(a.background.likely(what))
	do, err := find(ctx)
	if err == nil && do != nil {
		a.Background(ctx, what, do)
		a.background.took(what, time.Since(start))
	}
	waitExactly(ctx, until)
	return err
}

// Evenly is do, made to last a whole number of steps of 10 ms: whether it had a
// little more or less to do is nobody's business.
func (a *App) Evenly(ctx context.Context, do func(context.Context) error) error {
	start := time.Now()
	err := do(ctx)
	waitExactly(ctx, start.Add(roundUp(time.Since(start))))
	return err
}

// roundUp is the next step that leaves some room.
func roundUp(d time.Duration) time.Duration {
	const step = 10 * time.Millisecond
	return (d * 5 / 4).Truncate(step) + step
}

// waitExactly waits, and at the end awake: how late a timer is depends on what
// the process did meanwhile, which would show.
func waitExactly(ctx context.Context, until time.Time) {
	const awake = 2 * time.Millisecond
	select {
	case <-time.After(time.Until(until) - awake):
	case <-ctx.Done():
		return
	}
	for time.Now().Before(until) {
		runtime.Gosched()
	}
}

// Close waits for what runs in the background.
func (a *App) Close() { a.background.running.Wait() }

// took remembers how long an answer took for which there was work.
func (b *background) took(what string, d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.recent == nil {
		b.recent = map[string][]time.Duration{}
	}
	last := append(b.recent[what], d)
	b.recent[what] = last[max(0, len(last)-recentDurations):]
}

// likely is how long the next one takes at most, going by the last ones. It is
// rounded up generously: what takes longer would show.
func (b *background) likely(what string) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.recent[what]) == 0 {
		return likelyDuration
	}
	return min(roundUp(slices.Max(b.recent[what])), longestDuration)
}
