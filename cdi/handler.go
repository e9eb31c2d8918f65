package cdi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/localonly"
)

// Config is what [Handler] serves, and to whom.
type Config struct {
	// App returns the core of an app, nil when there is no such app. It may be
	// asked for any id, which is that of [core.AppKey]; what it returns is kept
	// and used again. Required.
	App func(id string) *core.Core
	// Domain returns the connection URI domain that requests to a host are for,
	// "" for the default one. Default: there is no other.
	Domain func(ctx context.Context, host string) (string, error)
	// APIKeys are the keys of which a request needs one, each of at least 20
	// letters, digits, '=' and '-'. Without keys every program that reaches the
	// handler may do everything; web pages may not: requests have to name the
	// server by localhost, an IP address or a connection URI domain, and no
	// Origin from elsewhere.
	APIKeys []core.Secret
	// AnyHost takes, without keys, requests for any host and from any origin:
	// for networks in which nobody else is.
	AnyHost bool
	// BasePath stands before every path, "/core". Default: none.
	BasePath string
	// Settings are the values that the core runs with, by the names of the
	// protocol, where they are not the defaults: what is shown to a dashboard.
	Settings core.Object
	// Log takes what went wrong here. Default: slog.Default().
	Log *slog.Logger
	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

// Handler serves the cores of config. It fails when config has a mistake.
func Handler(config Config) (http.Handler, error) {
	if config.App == nil {
		return nil, errors.New("cdi: Config.App is missing; give it the App method of an engine")
	}
	if strings.Contains(config.BasePath, " ") {
		return nil, errors.New("cdi: Invalid characters in base_path config")
	}
	keys, err := newAPIKeys(config.APIKeys)
	if err != nil {
		return nil, err
	}
	if config.Log == nil {
		config.Log = slog.Default()
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Domain == nil {
		config.Domain = func(context.Context, string) (string, error) { return "", nil }
	}
	return &server{
		apps:   apps{open: config.App, settings: config.Settings, now: config.Now},
		domain: config.Domain,
		base:   basePath(config.BasePath),
		keys:   keys,
		guard:  len(keys) == 0 && !config.AnyHost,
		log:    config.Log,
		table:  newTable(),
	}, nil
}

// basePath returns a path that begins with a slash and does not end with one,
// or "".
func basePath(s string) string {
	parts := strings.FieldsFunc(normalPath(s), func(r rune) bool { return r == '/' })
	if len(parts) == 0 {
		return ""
	}
	return "/" + strings.Join(parts, "/")
}

type server struct {
	apps   apps
	domain func(ctx context.Context, host string) (string, error)
	base   string
	keys   apiKeys
	guard  bool // nobody has to have a key: keep web pages out
	log    *slog.Logger
	table  table
}

// ServeHTTP answers one request. No request can make it panic but by
// http.ErrAbortHandler.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		p := recover()
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(p)
		}
		if p != nil {
			s.writeError(w, r, fmt.Errorf("panic: %v", p))
		}
	}()
	if err := s.serve(w, r); err != nil {
		s.writeError(w, r, err)
	}
}

// serve decides in the order of the protocol: key, path, version, method,
// tenant, input. The key comes first, so that nothing can be learnt, and no
// route be forgotten, without one.
func (s *server) serve(w http.ResponseWriter, r *http.Request) error {
	at := s.place(r.URL.Path)
	if !isOpen(at.api) && !s.keys.allow(r.Header) {
		return &refusal{http.StatusUnauthorized, "Invalid API key"}
	}
	domain, err := s.domain(r.Context(), r.Host)
	if err != nil {
		return err
	}
	if s.guard && !isOpen(at.api) && !localonly.Allowed(r, domain) {
		return &refusal{http.StatusForbidden, "Without API keys the core takes no requests from web pages: name it by localhost or an IP address and send no Origin header, or give it api_keys"}
	}
	if !s.table.has(at.api) {
		return notFound()
	}
	v, err := requestVersion(r.Header, takesAnyVersion(at.api))
	if err != nil {
		return err
	}
	route, err := s.table.choose(w, r, at.api)
	if err != nil {
		return err
	}
	if route.scope == appScope && orPublic(at.tenant) != core.Public && !v.before(v50) {
		return forbiddenTenant()
	}
	at.app = core.AppKey(domain, at.app)
	app, err := s.apps.find(at.app)
	if err != nil {
		return err
	}
	app.requests.add(s.apps.now())
	return call{app: app, at: at, route: route, version: v}.run(w, r)
}

// place is where a path leads. A path outside the base path leads nowhere.
func (s *server) place(path string) place {
	path = normalPath(path)
	rest, ok := strings.CutPrefix(path, s.base)
	if !ok || rest != "" && rest[0] != '/' {
		return place{app: core.Public, api: "outside " + path}
	}
	return splitPath(rest, s.table.has)
}

// isOpen lists what needs no API key: it says nothing that is not public.
func isOpen(api string) bool {
	switch api {
	case "/", "/hello", "/config", "/.well-known/jwks.json":
		return true
	}
	return false
}

// takesAnyVersion lists what is the same in all versions, served or not.
func takesAnyVersion(api string) bool {
	switch api {
	case "/", "/hello", "/apiversion", "/.well-known/jwks.json":
		return true
	}
	return false
}
