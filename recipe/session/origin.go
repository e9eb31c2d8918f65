package session

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/internal/urls"
)

// SameSite cookies keep out other sites, and not other origins of the same site:
// forum.example.com can have a browser post a form to api.example.com, cookies
// included. So what a browser sends without asking first has to come from the
// website, from here, or from an origin that is configured. What it has to ask
// for is the affair of CORS.

// trustOrigins sets which origins may use the cookies of a session.
func (r *Recipe) trustOrigins() error {
	r.origins = http.NewCrossOriginProtection()
	var errs []error
	for i, origin := range append([]string{r.app.Site.APIDomain}, r.cfg.TrustedOrigins...) {
		if err := r.origins.AddTrustedOrigin(strings.TrimSuffix(origin, "/")); err != nil {
			errs = append(errs, fmt.Errorf(`TrustedOrigins[%d]: %q is no origin; write it like "https://admin.example.com"`, i-1, origin))
		}
	}
	return errors.Join(errs...)
}

// isForeign reports whether a request that changes something was sent by a page
// of another origin, as any page can.
func (r *Recipe) isForeign(req *http.Request) bool {
	upgrade := req.Header.Get("Upgrade") != "" // a WebSocket writes, and no browser asks before it opens one
	if !upgrade && asksFirst(req) {
		return false
	}
	if upgrade {
		writing := *req
		writing.Method = http.MethodPost
		req = &writing
	}
	if r.origins.Check(req) == nil {
		return false
	}
	origin, err := urls.Domain(req.Header.Get("Origin"))
	return err != nil || origin != r.app.Site.Origin(req)
}

// asksFirst reports whether a browser asks the server before it sends this for
// another origin: forms can neither set such a header nor send JSON.
func asksFirst(req *http.Request) bool {
	for _, name := range fdi.CORSHeaders() {
		if req.Header.Get(name) != "" {
			return true
		}
	}
	mediaType, _, _ := strings.Cut(req.Header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(mediaType), "application/json")
}
