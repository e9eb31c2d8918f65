package enginetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// coverage counts how often each operation had each outcome.
type coverage struct {
	mu    sync.Mutex
	count map[string]map[op.Status]int
}

func newCoverage() *coverage { return &coverage{count: map[string]map[op.Status]int{}} }

// record returns apps whose cores count their outcomes.
func (c *coverage) record(app func(string) *core.Core) func(string) *core.Core {
	return func(id string) *core.Core {
		recorded := *app(id)
		for _, f := range op.Fields(&recorded, "cdi") {
			if !f.Nil() {
				f.Wrap(c.count1)
			}
		}
		return &recorded
	}
}

// count1 is the middleware that counts one call.
func (c *coverage) count1(ctx context.Context, f op.Field, _ any, next func(context.Context) (any, error)) (any, error) {
	out, err := next(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.count[f.Name] == nil {
		c.count[f.Name] = map[op.Status]int{}
	}
	c.count[f.Name][outcomeOf(err)]++
	return out, err
}

// outcomeOf names the outcome of a call as its table does.
func outcomeOf(err error) op.Status {
	var (
		fail   op.Failer
		status op.Status
		bad    *core.BadInput
		no     *core.Forbidden
		tenant *core.TenantNotFound
		down   *core.Unavailable
	)
	switch {
	case err == nil:
		return "OK"
	case errors.As(err, &fail):
		return fail.FailStatus()
	case errors.As(err, &status):
		return status
	case errors.As(err, &bad), errors.As(err, &tenant):
		return "400"
	case errors.As(err, &no):
		return "403"
	case errors.As(err, &down):
		return "503"
	}
	return "error"
}

// unreachable lists the outcomes that need what the contract has no operation
// for, and what that is.
func unreachable() map[string]string {
	return map[string]string{
		"Dashboard.Verify USER_SUSPENDED_ERROR": "paying",
	}
}

// check fails for each operation and each declared outcome that was not tried,
// and prints the table of what was.
func (c *coverage) check(t *testing.T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	unreachable := unreachable()
	for _, f := range op.Fields(new(core.Core), "cdi") {
		for _, outcome := range append([]op.Status{"OK"}, f.Fails...) {
			key := fmt.Sprintf("%s %s", f.Name, outcome)
			n, reason := c.count[f.Name][outcome], unreachable[key]
			switch {
			case n == 0 && reason == "":
				t.Errorf("%s was never seen", key)
			case n > 0 && reason != "":
				t.Errorf("%s was seen; take it from the list of what is unreachable", key)
			}
			fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", f.Name, outcome, n, reason)
		}
		c.checkUndeclared(t, f)
	}
	w.Flush()
	t.Log("operation, outcome, times\n" + b.String())
}

// checkUndeclared fails for outcomes that an operation does not declare.
func (c *coverage) checkUndeclared(t *testing.T, f op.Field) {
	for outcome, n := range c.count[f.Name] {
		switch outcome {
		case "OK", "400", "403", "503": // an overloaded machine may make a race wait
		default:
			if !slices.Contains(f.Fails, outcome) {
				t.Errorf("%s: %d undeclared outcomes %q", f.Name, n, outcome)
			}
		}
	}
}
