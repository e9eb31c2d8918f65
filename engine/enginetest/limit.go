package enginetest

import (
	"errors"
	"testing"
	"time"

	"github.com/posternauth/postern/core"
)

// budget is one budget that refills in an hour, and others.
func budget(burst int64, more ...core.Budget) core.TakeLimits {
	return core.TakeLimits{Budgets: append([]core.Budget{{Key: newID("limit"), Burst: burst, RefillMs: 3_600_000}}, more...)}
}

func (s suite) takeLimits(t *testing.T) {
	in := budget(3)
	for range 3 {
		ok(t, s.Limit.Take, in)
	}
	var reached *core.LimitReached
	if err := fails(t, s.Limit.Take, in, "LIMIT_REACHED_ERROR"); !errors.As(err, &reached) || reached.RetryAfterMs <= 0 || reached.RetryAfterMs > 3_600_000 {
		t.Errorf("try again in %+v", reached)
	}
	ok(t, s.Limit.GiveBack, in)
	ok(t, s.Limit.Take, in)
	fails(t, s.Limit.Take, in, "LIMIT_REACHED_ERROR")

	for range 5 { // more than were taken
		ok(t, s.Limit.GiveBack, in)
	}
	for range 3 {
		ok(t, s.Limit.Take, in)
	}
	fails(t, s.Limit.Take, in, "LIMIT_REACHED_ERROR")
	ok(t, s.Limit.Take, budget(3))
}

// takeAllOrNone: an attempt that one budget refuses costs the others nothing.
func (s suite) takeAllOrNone(t *testing.T) {
	wide := budget(2)
	both := budget(1, wide.Budgets...)
	ok(t, s.Limit.Take, both)
	for range 5 {
		fails(t, s.Limit.Take, both, "LIMIT_REACHED_ERROR")
	}
	ok(t, s.Limit.Take, wide)
	fails(t, s.Limit.Take, wide, "LIMIT_REACHED_ERROR")
}

// badLimits: what cannot be counted is a mistake of the caller.
func (s suite) badLimits(t *testing.T) {
	one, many := budget(3), core.TakeLimits{}
	for range 17 {
		many.Budgets = append(many.Budgets, budget(3).Budgets...)
	}
	for text, in := range map[string]core.TakeLimits{
		"burst must be between 1 and 1000000": budget(0),
		"budgets must have different keys":    {Budgets: append(one.Budgets, one.Budgets...)},
		"budgets must be at most 16":          many,
	} {
		bad(t, s.Limit.Take, in, text)
		bad(t, s.Limit.GiveBack, in, text)
	}
	ok(t, s.Limit.Take, core.TakeLimits{})
}

func (s suite) limitsAreShared(t *testing.T) {
	in, other := budget(4), s.second(core.Public)
	for range 2 {
		ok(t, s.Limit.Take, in)
		ok(t, other.Limit.Take, in)
	}
	fails(t, s.Limit.Take, in, "LIMIT_REACHED_ERROR")
	fails(t, other.Limit.Take, in, "LIMIT_REACHED_ERROR")
	_, app := s.newApp(t)
	ok(t, app.Limit.Take, in)
}

func (s suite) limitsRefill(t *testing.T) {
	in := budget(2)
	in.Budgets[0].RefillMs = 60_000
	ok(t, s.Limit.Take, in)
	ok(t, s.Limit.Take, in)
	fails(t, s.Limit.Take, in, "LIMIT_REACHED_ERROR")
	s.advance(61 * time.Second)
	ok(t, s.Limit.Take, in)
	fails(t, s.Limit.Take, in, "LIMIT_REACHED_ERROR")
	s.advance(time.Hour)
	ok(t, s.Limit.Take, in)
	ok(t, s.Limit.Take, in)
	fails(t, s.Limit.Take, in, "LIMIT_REACHED_ERROR")
}
