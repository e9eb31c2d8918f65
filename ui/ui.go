package ui

import (
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"
)

// UI is the pages. It is safe for concurrent use.
type UI struct {
	cfg       Config
	texts     texts
	assets    assets
	templates map[string]*template.Template
	origins   *http.CrossOriginProtection
	routes    map[string]route
}

// route is what a path answers. A nil post means that there is nothing to send.
type route struct{ get, post func(*visit) }

// New checks the settings and returns every mistake in them.
func New(cfg Config) (*UI, error) {
	cfg = cfg.withDefaults()
	says, textsErr := newTexts(cfg.Texts)
	if err := errors.Join(cfg.check(), textsErr); err != nil {
		return nil, err
	}
	cfg.Theme = cfg.Theme.withDefaults()
	u := &UI{cfg: cfg, texts: says, origins: http.NewCrossOriginProtection()}
	if cfg.Origin != "" {
		if err := u.origins.AddTrustedOrigin(cfg.Origin); err != nil {
			return nil, fmt.Errorf("ui: Config.Origin: %w", err)
		}
	}
	var err error
	if u.assets, err = newAssets(cfg.WebsiteBasePath, cfg.AppName, cfg.Theme); err != nil {
		return nil, fmt.Errorf("ui: %w", err)
	}
	if u.templates, err = u.newTemplates(); err != nil {
		return nil, fmt.Errorf("ui: %w", err)
	}
	u.routes = u.newRoutes()
	return u, nil
}

func (u *UI) newRoutes() map[string]route {
	routes := map[string]route{
		u.requestPath(""):                {get: (*visit).showHome, post: (*visit).postHome},
		u.requestPath("/reset-password"): {get: (*visit).showReset, post: (*visit).postReset},
		u.requestPath("/verify-email"):   {get: (*visit).showVerify, post: (*visit).postVerify},
	}
	if u.cfg.Outbox != nil {
		routes[u.requestPath("/outbox")] = route{get: (*visit).showOutbox}
		routes[u.requestPath("/outbox/mail")] = route{get: (*visit).showMail}
	}
	for path, a := range u.assets.all() {
		routes[path] = route{get: func(v *visit) { a.ServeHTTP(v.w, v.r) }}
	}
	return routes
}

// path is the path of a page as the browser sees it: path("/outbox") is
// "/auth/outbox", or "/dev/auth/outbox" behind a gateway. All links use it.
func (u *UI) path(page string) string { return u.cfg.GatewayPath + u.requestPath(page) }

// requestPath is the path of a page as requests show it.
func (u *UI) requestPath(page string) string {
	if page == "" && u.cfg.WebsiteBasePath == "" {
		return "/"
	}
	return u.cfg.WebsiteBasePath + page
}

// route finds the page of a request; one slash at the end does not matter.
func (u *UI) route(r *http.Request) (route, bool) {
	path := r.URL.Path
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	found, ok := u.routes[path]
	return found, ok
}

// Serves reports whether the request is for one of the pages. What it denies
// belongs to somebody else: the API, or the app.
func (u *UI) Serves(r *http.Request) bool {
	found, ok := u.route(r)
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return ok
	case http.MethodPost:
		return ok && found.post != nil
	}
	return false
}

// ServeHTTP answers what [UI.Serves] accepts, and anything else with 404.
func (u *UI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !u.Serves(r) {
		http.NotFound(w, r)
		return
	}
	u.secure(w, r)
	found, _ := u.route(r)
	v := &visit{UI: u, w: w, r: r}
	if r.Method != http.MethodPost {
		found.get(v)
		return
	}
	if err := u.origins.Check(r); err != nil {
		v.refuse(http.StatusForbidden, "error.cross-origin")
		return
	}
	if !v.parseForm() {
		v.refuse(http.StatusBadRequest, "error.form")
		return
	}
	found.post(v)
}
