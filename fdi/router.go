package fdi

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// Router finds the API for a request: the base path, perhaps a tenant, and
// the API's own path. Its zero value serves nothing.
type Router struct {
	// Base is the API base path as requests show it, without the part that a
	// gateway adds: "/auth", or "".
	Base string
	// Tenant turns the tenant of the path into the one that is used; nil keeps it.
	Tenant func(r *http.Request, fromPath string) (string, error)
	// CrossOrigin says which origins may send what a browser sends without
	// asking first (a form, plain text). Nil checks nothing.
	CrossOrigin *http.CrossOriginProtection
	Log         *slog.Logger

	routes map[op.Route][]route
}

type route struct {
	recipe string
	op.Field
	bare     bool
	anywhere bool // other sites may send to it
}

// Add serves the operations of set, a pointer to a struct of [op.Func]s, for
// the recipe with this id. Operations that are nil are switched off.
func (rt *Router) Add(recipe string, set any) {
	if rt.routes == nil {
		rt.routes = map[op.Route][]route{}
	}
	for _, f := range op.Fields(set, "fdi") {
		if f.Nil() {
			continue
		}
		for _, r := range f.Routes() {
			rt.routes[r] = append(rt.routes[r], route{recipe, f, f.Tag.Get("form") == "bare", f.Tag.Get("from") == "anywhere"})
		}
	}
}

// Match returns the handler for a request, or false when no API has its path
// and method.
func (rt *Router) Match(r *http.Request) (http.Handler, bool) {
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), rt.Base)
	if !ok || !strings.HasPrefix(rest, "/") {
		return nil, false
	}
	if len(rest) > 1 {
		rest = strings.TrimSuffix(rest, "/")
	}
	// A path that an API has as it stands wins over one with a tenant: in
	// /user/email/verify "user" is no tenant.
	if api, ok := rt.pick(r, rest); ok {
		return rt.handler(api, core.Public), true
	}
	if tenant, path, ok := splitTenant(rest); ok {
		if api, ok := rt.pick(r, path); ok {
			return rt.handler(api, tenant), true
		}
	}
	return nil, false
}

// splitTenant splits "/t1/signin" into "t1" and "/signin".
func splitTenant(path string) (tenant, rest string, ok bool) {
	first, rest, ok := strings.Cut(path[1:], "/")
	tenant, err := core.TenantID(first)
	return tenant, "/" + rest, ok && first != "" && err == nil
}

// pick chooses among the recipes that serve a path by the rid header, which
// names one, or two joined; else it takes the first.
func (rt *Router) pick(r *http.Request, path string) (route, bool) {
	candidates := rt.routes[op.Route{Method: r.Method, Path: path}]
	if len(candidates) == 0 {
		return route{}, false
	}
	rid := r.Header.Get("rid")
	i := slices.IndexFunc(candidates, func(c route) bool { return rid != "" && strings.Contains(rid, c.recipe) })
	return candidates[max(i, 0)], true
}

func (rt *Router) handler(api route, tenant string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := rt.serve(w, r, api, tenant); err != nil {
			WriteError(w, r, rt.Log, err)
		}
	})
}

func (rt *Router) serve(w http.ResponseWriter, r *http.Request, api route, tenant string) (err error) {
	w.Header().Set("Cache-Control", "no-store")
	if !api.anywhere {
		if err := rt.checkOrigin(r); err != nil {
			return err
		}
	}
	if rt.Tenant != nil {
		if tenant, err = rt.Tenant(r, tenant); err != nil {
			return err
		}
		if tenant, err = core.TenantID(tenant); err != nil {
			return err
		}
	}
	out, err := api.Call(r.Context(), func(in any) error { return decode(Call{r, w, tenant}, in) })
	if err != nil {
		return err
	}
	if to, ok := out.(Redirect); ok {
		to.answer(w)
		return nil
	}
	if v, ok := out.(interface{ ForVersion(Version) any }); ok {
		out = v.ForVersion(VersionOf(r))
	}
	if api.bare {
		WriteJSON(w, http.StatusOK, out)
	} else {
		write(w, "OK", out)
	}
	return nil
}

// checkOrigin refuses what another site can make a browser send without the
// browser asking first: such a request carries cookies, or signs the victim in
// as somebody else. Whatever has a header that forms cannot set was asked for,
// and is the affair of CORS.
func (rt *Router) checkOrigin(r *http.Request) error {
	if rt.CrossOrigin == nil || preflighted(r) {
		return nil
	}
	if rt.CrossOrigin.Check(r) != nil {
		return &httpError{http.StatusForbidden, "This request came from another website. Send it from the website that is configured, as application/json."}
	}
	return nil
}

func preflighted(r *http.Request) bool {
	for _, name := range CORSHeaders() {
		if r.Header.Get(name) != "" {
			return true
		}
	}
	mediaType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(mediaType), "application/json")
}

func containsToken(list, token string) bool {
	for s := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.TrimSpace(s), token) {
			return true
		}
	}
	return false
}
