package thirdparty

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/internal/urls"
)

const maxURI = 2048

// isAllowed reports whether a provider, or Apple's form, may send people to an
// address: one that is configured exactly, or any of the website or of this
// backend.
func (r *Recipe) isAllowed(req *http.Request, address string) bool {
	if len(address) > maxURI {
		return false
	}
	if slices.Contains(r.cfg.RedirectURIs, address) {
		return true
	}
	origins := []string{r.app.Site.Origin(req), r.app.Site.APIDomain}
	return slices.ContainsFunc(origins, func(origin string) bool { return isBelow(address, origin) })
}

// isBelow reports whether an address is one of an origin, written in the one
// way in which every reader takes it for that.
func isBelow(address, origin string) bool {
	rest, ok := strings.CutPrefix(address, origin)
	if !ok || origin == "" || rest != "" && rest[0] != '/' && rest[0] != '?' {
		return false
	}
	u, err := url.Parse(address)
	return err == nil && urls.IsPrintable(rest) && !strings.Contains(rest, "#") &&
		u.User == nil && u.Scheme+"://"+u.Host == origin && urls.IsPlainPath(u.EscapedPath())
}

// appleState is the state that a website sends along to Apple: where the
// browser goes on.
type appleState struct {
	FrontendRedirectURI string `json:"frontendRedirectURI"`
}

// readState reads it from base64, in any of its forms.
func readState(text string) (appleState, error) {
	var s appleState
	text = strings.TrimRight(strings.NewReplacer("-", "+", "_", "/", " ", "+").Replace(text), "=")
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(raw, &s)
	}
	if err != nil || s.FrontendRedirectURI == "" {
		return s, fdi.BadInput("The form has no state with a frontendRedirectURI; begin the sign-in again")
	}
	return s, nil
}
