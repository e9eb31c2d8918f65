package cdi

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/posternauth/postern/core"
)

// maxLocalKeys bounds the budgets that are in use at once: about 20 MB.
const maxLocalKeys = 200_000

// localLimits counts in this process, for a core that does not count. Several
// processes have budgets of their own then; a new process begins with full ones.
type localLimits struct {
	now func() time.Time
	say sync.Once

	mu     sync.Mutex
	fullAt map[string]int64 // when a budget will be full again, in ms
}

func newLocalLimits() *localLimits {
	return &localLimits{now: time.Now, fullAt: map[string]int64{}}
}

// take spends an attempt of every budget, or of none when one is empty.
func (l *localLimits) take(_ context.Context, _ *core.Core, in any) (any, error) {
	l.say.Do(func() {
		slog.Warn("the core counts no attempts (it has no /recipe/limit): rate limits are counted in this process, and each process has its own")
	})
	budgets := in.(core.TakeLimits).Budgets
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now().UnixMilli()
	if len(l.fullAt)+len(budgets) > maxLocalKeys {
		maps.DeleteFunc(l.fullAt, func(_ string, at int64) bool { return at <= now })
	}
	if len(l.fullAt)+len(budgets) > maxLocalKeys { // nobody gets by because there are many
		return core.Done{}, &core.LimitReached{RetryAfterMs: time.Minute.Milliseconds()}
	}
	var wait int64
	for _, b := range budgets {
		wait = max(wait, l.fullAt[b.Key]-now-(b.Burst-1)*b.RefillMs)
	}
	if wait > 0 {
		return core.Done{}, &core.LimitReached{RetryAfterMs: wait}
	}
	for _, b := range budgets {
		l.fullAt[b.Key] = max(now, l.fullAt[b.Key]) + b.RefillMs
	}
	return core.Done{}, nil
}

func (l *localLimits) giveBack(_ context.Context, _ *core.Core, in any) (any, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range in.(core.TakeLimits).Budgets {
		if at, taken := l.fullAt[b.Key]; taken {
			l.fullAt[b.Key] = at - b.RefillMs
		}
	}
	return core.Done{}, nil
}
