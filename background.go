package postern

import (
	"context"
	"slices"
	"sync"
	"time"
)

// background is the work that answers do not wait for, and how long it takes
// where they have to.
type background struct {
	running sync.WaitGroup

	mu     sync.Mutex
	recent map[string][]time.Duration // the last ones of each kind
}

const (
	recentDurations = 8
	// What a piece of work is taken for before one was seen, a mail say, and
	// the most that it is taken for.
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

// Discreetly is [App.Background] for work whose being done is nobody's
// business. do is nil if there is none: the answer then takes as long as if
// there were.
func (a *App) Discreetly(ctx context.Context, what string, do func(context.Context) error) {
	if !a.serverless {
		if do != nil {
			a.Background(ctx, what, do)
		}
		return
	}
	start := time.Now()
	until := time.After(a.background.likely(what))
	if do != nil {
		a.Background(ctx, what, do)
		a.background.took(what, time.Since(start))
	}
	select {
	case <-until:
	case <-ctx.Done():
	}
}

// Close waits for what runs in the background.
func (a *App) Close() { a.background.running.Wait() }

// took remembers how long a piece of work took.
func (b *background) took(what string, d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.recent == nil {
		b.recent = map[string][]time.Duration{}
	}
	last := append(b.recent[what], d)
	b.recent[what] = last[max(0, len(last)-recentDurations):]
}

// likely is how long the next one takes at most, going by the last ones.
func (b *background) likely(what string) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.recent[what]) == 0 {
		return likelyDuration
	}
	return min(slices.Max(b.recent[what]), longestDuration)
}
