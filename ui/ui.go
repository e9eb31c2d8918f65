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
	sealer    *sealer
	texts     texts
	assets    assets
	templates map[string]*template.Template
	origins   *http.CrossOriginProtection
	routes    map[string]route
	named     map[string]route // by what stands before a name, "/auth/provider/"
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
	u := &UI{cfg: cfg, sealer: &sealer{key: cfg.Key}, texts: says, origins: http.NewCrossOriginProtection()}
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
	u.routes, u.named = u.newRoutes(), u.newNamedRoutes()
	return u, nil
}

func (u *UI) newRoutes() map[string]route {
	routes := map[string]route{
		u.requestPath(""):                {get: (*visit).showHome, post: (*visit).postHome},
		u.requestPath("/reset-password"): {get: (*visit).showReset, post: (*visit).postReset},
		u.requestPath("/verify-email"):   {get: (*visit).showVerify, post: (*visit).postVerify},
		u.requestPath("/callback"):       {get: (*visit).showHome, post: (*visit).postCallback},
		u.requestPath("/code"):           {get: (*visit).showCode, post: (*visit).postCode},
		u.requestPath("/verify"):         {get: (*visit).showLink, post: (*visit).postLink},
		u.requestPath("/mfa"):            {get: (*visit).showMFA},
		u.requestPath("/mfa/totp"):       {get: (*visit).showTOTP, post: (*visit).postTOTP},
		u.requestPath("/mfa/otp-email"):  {get: (*visit).showOTP, post: (*visit).postOTP},
		u.requestPath("/mfa/otp-phone"):  {get: (*visit).showOTP, post: (*visit).postOTP},
		u.requestPath("/logins"):         {get: (*visit).showLogins, post: (*visit).postLogins},
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

// newNamedRoutes are the pages of one provider each.
func (u *UI) newNamedRoutes() map[string]route {
	return map[string]route{
		u.requestPath("/provider/"): {get: (*visit).startProvider},
		u.requestPath("/callback/"): {get: (*visit).showCallback},
	}
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
	if found, ok := u.routes[path]; ok {
		return found, true
	}
	dir, name := splitName(path)
	found, ok := u.named[dir]
	return found, ok && isName(name)
}

// splitName splits "/auth/provider/google" before the name.
func splitName(path string) (dir, name string) {
	i := strings.LastIndexByte(path, '/') + 1
	return path[:i], path[i:]
}

// isName reports whether this can be the id of a provider.
func isName(s string) bool {
	return s != "" && len(s) <= 28 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == ""
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
