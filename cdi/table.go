package cdi

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// scope is which tenants an operation can be called from.
type scope int

const (
	appScope    scope = iota // the public tenant only, since 5.0
	tenantScope              // the tenant in the path
	anyScope                 // whatever the path says
)

// route is one way to an operation.
type route struct {
	method    string
	rid       string // the recipe, where several share a path
	scope     scope
	operation int // its place in operations
}

// table is the routes by their path without the tenant.
type table map[string][]route

const tenantSegment = "/{tenant}"

// newTable reads the tags of all operations, once: they are the same for
// every app.
func newTable() table {
	t := table{}
	for i, f := range operations(new(core.Core), new(protocol)) {
		for _, r := range f.Routes() {
			api, inTenant := strings.CutPrefix(r.Path, tenantSegment)
			rt := route{method: r.Method, rid: f.Tag.Get("rid"), operation: i}
			if inTenant {
				rt.scope = tenantScope
			} else if f.Tag.Get("form") == "text" {
				rt.scope = anyScope
			}
			t[api] = append(t[api], rt)
		}
	}
	return t
}

func (t table) has(api string) bool { return t[api] != nil }

// choose returns the route for the method and, where recipes share a path, the
// recipe that the request names; the first one is the default.
func (t table) choose(w http.ResponseWriter, r *http.Request, api string) (route, error) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	var first *route
	for _, rt := range t[api] {
		if rt.method != method {
			continue
		}
		if rt.rid == "" || strings.EqualFold(rt.rid, r.Header.Get("rid")) {
			return rt, nil
		}
		if first == nil {
			first = &rt
		}
	}
	switch {
	case first == nil:
		w.Header().Set("Allow", strings.Join(t.methods(api), ", "))
		return route{}, &refusal{http.StatusMethodNotAllowed, "Method not supported"}
	case sharesPath(r.Header.Get("rid")):
		return route{}, notFound()
	}
	return *first, nil
}

// sharesPath lists the recipes, other than the default, that must be named to
// be reached. To serve another one in their place would do the wrong thing.
func sharesPath(rid string) bool {
	return strings.EqualFold(rid, "thirdparty") || strings.EqualFold(rid, "passwordless")
}

func (t table) methods(api string) []string {
	var all []string
	for _, rt := range t[api] {
		all = append(all, rt.method)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// operations lists what an app answers to: its core, and what belongs to the
// protocol.
func operations(c *core.Core, p *protocol) []op.Field {
	return append(op.Fields(c, "cdi"), op.Fields(p, "cdi")...)
}

// app is the operations of one app.
type app struct {
	core       *core.Core
	operations []op.Field
	requests   *requests
}

// maxApps bounds what is kept of apps: their ids come from requests.
const maxApps = 250

// apps keeps the operations of the apps that were asked for, since finding
// them takes longer than most calls.
type apps struct {
	open     func(id string) *core.Core
	settings core.Object
	now      func() time.Time

	mu      sync.Mutex
	byID    map[string]app
	licence licence
}

func (a *apps) find(id string) (app, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if found, ok := a.byID[id]; ok {
		return found, nil
	}
	c := a.open(id)
	if c == nil {
		return app{}, &core.TenantNotFound{AppID: id}
	}
	if a.byID == nil || len(a.byID) >= maxApps {
		a.byID = map[string]app{}
	}
	made := app{core: c, requests: new(requests)}
	made.operations = operations(c, a.newProtocol(id, made))
	a.byID[id] = made
	return made, nil
}
