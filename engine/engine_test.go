package engine_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/posternauth/postern/cdi"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/engine/enginetest"
	"github.com/posternauth/postern/internal/testdb"
)

// TestEngine holds the engine to its contract on each database, in this
// process and over the core driver interface. At the end it prints which
// operation was called how often where.
func TestEngine(t *testing.T) {
	t.Parallel()
	var report enginetest.Report
	t.Cleanup(func() { t.Log("calls of each operation\n" + report.String()) })
	for database, newDatabase := range map[string]func(testing.TB) string{"sqlite": testdb.SQLite, "postgres": testdb.Postgres} {
		for transport, reach := range map[string]reach{"in process": inProcess, "over cdi": overCDI} {
			t.Run(database+" "+transport, func(t *testing.T) {
				t.Parallel()
				report.Add(database+" "+transport, enginetest.Run(t, func(t *testing.T) enginetest.Fixture {
					return fixture(t, newDatabase(t), reach)
				}))
			})
		}
	}
}

// busyGrace is a window that a race of a thousand refreshes does not outlast on
// a busy machine.
const busyGrace = 5 * time.Minute

// reach is a way from here to the cores of an engine.
type reach func(*testing.T, *engine.Engine) (app func(id string) *core.Core)

func inProcess(_ *testing.T, e *engine.Engine) func(string) *core.Core { return e.App }

func overCDI(t *testing.T, e *engine.Engine) func(string) *core.Core {
	const key core.Secret = "this-is-an-api-key-0123456789"
	handler, err := cdi.Handler(cdi.Config{App: e.App, Domain: e.Domain, APIKeys: []core.Secret{key}, BasePath: "/core"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 100
	return func(id string) *core.Core {
		domain, app := core.SplitAppKey(id)
		c, err := cdi.Dial(server.URL+"/core", cdi.Options{
			APIKey: key, AppID: app, Timeout: time.Minute, HTTP: &http.Client{Transport: toHost{transport, domain}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

// toHost sends requests to the server as if it were a host, if there is one.
type toHost struct {
	http.RoundTripper
	host string
}

func (h toHost) RoundTrip(r *http.Request) (*http.Response, error) {
	if h.host != "" {
		r = r.Clone(r.Context())
		r.Host = h.host
	}
	return h.RoundTripper.RoundTrip(r)
}

// fixture opens an engine, and a second one when a test asks for it, with
// passwords that cost little and a clock that the test moves.
func fixture(t *testing.T, database string, reach reach) enginetest.Fixture {
	t.Helper()
	var ahead atomic.Int64
	open := func() func(string) *core.Core {
		e, err := engine.Open(t.Context(), engine.Config{
			Database:       core.Secret(database),
			MaxConnections: 5,
			RefreshGrace:   busyGrace,
			Passwords:      engine.PasswordConfig{Iterations: 1, MemoryKiB: 8, QueueDeadline: time.Minute},
			Now:            func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) },
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		})
		return reach(t, e)
	}
	second := sync.OnceValue(open)
	return enginetest.Fixture{
		App:     open(),
		Second:  func(id string) *core.Core { return second()(id) },
		Advance: func(d time.Duration) { ahead.Add(int64(d)) },
		Grace:   busyGrace,
	}
}
