package enginetest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// Tried is how often each operation was called, by its name.
type Tried map[string]int

func (c *coverage) total() Tried {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := Tried{}
	for name, outcomes := range c.count {
		for _, n := range outcomes {
			t[name] += n
		}
	}
	return t
}

// Report is what was tried on several cores, by their names. Runs may add to
// it at the same time.
type Report struct {
	mu   sync.Mutex
	runs map[string]Tried
}

// Add notes what a run has tried.
func (r *Report) Add(name string, t Tried) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.runs == nil {
		r.runs = map[string]Tried{}
	}
	r.runs[name] = t
}

// String is a table: how often each operation was called on each core.
func (r *Report) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	names := slices.Sorted(maps.Keys(r.runs))
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "operation\t%s\n", strings.Join(names, "\t"))
	for _, f := range op.Fields(new(core.Core), "cdi") {
		fmt.Fprint(w, f.Name)
		for _, name := range names {
			fmt.Fprintf(w, "\t%d", r.runs[name][f.Name])
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	return b.String()
}
