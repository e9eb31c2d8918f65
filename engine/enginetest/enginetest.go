package enginetest

import (
	"cmp"
	"testing"
	"time"

	"github.com/posternauth/postern/core"
)

// Fixture is a core to test, with a database of its own.
type Fixture struct {
	// App returns the core of an app.
	App func(id string) *core.Core
	// Second returns it through another instance on the same database. Without
	// it the tests that need two instances use one.
	Second func(id string) *core.Core
	// Advance moves the clock of all instances. Without it the tests that need
	// one are skipped.
	Advance func(time.Duration)
	// Grace is how long a refresh token that was replaced still serves; default
	// 30 seconds. Where the machine is busy, races may take longer than that.
	Grace time.Duration
}

// Run tests the cores that open makes. It opens one for most tests, and one
// for each that moves the clock. Races run alone, for they need all there is.
// A test that fails says what the contract wants; the last one says what was
// not tried. It returns what was.
func Run(t *testing.T, open func(t *testing.T) Fixture) Tried {
	tried := newCoverage()
	shared := newSuite(open(t), tried)
	t.Run("contract", func(t *testing.T) {
		for _, test := range contract() {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				test.run(shared, t)
			})
		}
	})
	t.Run("clock", func(t *testing.T) {
		for _, test := range clock() {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				s := newSuite(open(t), tried)
				if s.advance == nil {
					t.Skip("this core has no clock to move")
				}
				test.run(s, t)
			})
		}
	})
	for _, test := range races() {
		t.Run(test.name, func(t *testing.T) { test.run(shared, t) })
	}
	t.Run("complete", func(t *testing.T) { tried.check(t) })
	return tried.total()
}

// test is one test of the suite.
type test struct {
	name string
	run  func(suite, *testing.T)
}

// suite is a core whose every call is recorded.
type suite struct {
	*core.Core // of the app "public"
	app        func(id string) *core.Core
	second     func(id string) *core.Core
	advance    func(time.Duration)
	grace      time.Duration
}

func newSuite(f Fixture, tried *coverage) suite {
	s := suite{advance: f.Advance, grace: cmp.Or(f.Grace, 30*time.Second), app: tried.record(f.App)}
	s.second = s.app
	if f.Second != nil {
		s.second = tried.record(f.Second)
	}
	s.Core = s.app(core.Public)
	return s
}
