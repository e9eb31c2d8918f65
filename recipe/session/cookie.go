package session

import (
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/posternauth/postern/fdi"
)

const (
	frontTokenHeader   = "front-token"
	antiCSRFHeader     = "anti-csrf"
	accessTokenHeader  = "st-access-token"
	refreshTokenHeader = "st-refresh-token"
	// legacyCookie is from versions that had a third cookie; it is only cleared.
	legacyCookie = "sIdRefreshToken"
	// The access token's cookie outlives the token: that the token has expired
	// is for the server to say.
	accessCookieLife = 365 * 24 * time.Hour
)

// cookies yields the values of the request's cookies of this name, as the
// browser sent them: more than one if there are cookies of several domains or
// paths. It allocates nothing for plain values.
func cookies(req *http.Request, name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, line := range req.Header["Cookie"] {
			for pair := range strings.SplitSeq(line, ";") {
				key, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
				if key == name && !yield(unescape(value)) {
					return
				}
			}
		}
	}
}

// unescape undoes what encodeURIComponent did; what is not escaped well stays.
func unescape(s string) string {
	s = strings.Trim(s, `"`)
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

// distinct collects the different non-empty values of a cookie. A browser has
// at most one for each domain and path; more is somebody's game.
func distinct(req *http.Request, name string) []string {
	const most = 16
	var values []string
	for v := range cookies(req, name) {
		if v != "" && !slices.Contains(values, v) && len(values) < most {
			values = append(values, v)
		}
	}
	return values
}

func hasCookie(req *http.Request, name string) bool {
	for range cookies(req, name) {
		return true
	}
	return false
}

// cookie returns a cookie of ours without its value.
func (r *Recipe) cookie(req *http.Request, name, path string) *http.Cookie {
	if strings.HasPrefix(name, hostPrefix) {
		path = "/"
	}
	return &http.Cookie{
		Name: name, Path: path, Domain: r.cfg.CookieDomain,
		HttpOnly: true, Secure: r.secure(), SameSite: r.sameSite(req),
	}
}

func (r *Recipe) accessCookie(req *http.Request) *http.Cookie {
	return r.cookie(req, r.cfg.AccessCookie, r.cfg.AccessTokenPath)
}

func (r *Recipe) refreshCookie(req *http.Request) *http.Cookie {
	return r.cookie(req, r.cfg.RefreshCookie, r.app.Site.APIBasePath+"/session/refresh")
}

func setCookie(w http.ResponseWriter, c *http.Cookie, value string, expires time.Time) {
	c.Value, c.Expires = strings.ReplaceAll(url.QueryEscape(value), "+", "%20"), expires
	replaceCookie(w.Header(), c)
}

func clearCookie(w http.ResponseWriter, c *http.Cookie) { setCookie(w, c, "", time.Unix(0, 0)) }

// replaceCookie adds a cookie to the answer in place of one with the same
// name, domain and path: clients keep the last one anyway, and headers are
// limited.
func replaceCookie(h http.Header, c *http.Cookie) {
	lines := h["Set-Cookie"]
	kept := make([]string, 0, len(lines)+1)
	for _, line := range lines {
		old, err := http.ParseSetCookie(line)
		if err != nil || old.Name != c.Name || old.Domain != c.Domain || old.Path != c.Path {
			kept = append(kept, line)
		}
	}
	h["Set-Cookie"] = append(kept, c.String())
}

// clearLegacy clears the cookie of old versions, if there.
func (r *Recipe) clearLegacy(w http.ResponseWriter, req *http.Request) {
	if hasCookie(req, legacyCookie) {
		clearCookie(w, r.cookie(req, legacyCookie, r.cfg.AccessTokenPath))
	}
}

// clear takes the tokens from a client that holds them by method.
func (r *Recipe) clear(w http.ResponseWriter, req *http.Request, method Transfer) {
	if method == Cookie {
		clearCookie(w, r.accessCookie(req))
		clearCookie(w, r.refreshCookie(req))
	} else {
		setHeader(w, accessTokenHeader, "")
		setHeader(w, refreshTokenHeader, "")
	}
	w.Header().Del(antiCSRFHeader)
	setHeader(w, frontTokenHeader, "remove")
}

// clearAll takes the tokens from a client however it holds them.
func (r *Recipe) clearAll(w http.ResponseWriter, req *http.Request) {
	r.clear(w, req, Cookie)
	r.clear(w, req, Header)
	r.clearLegacy(w, req)
}

// setHeader sets a header that scripts of the website may read.
func setHeader(w http.ResponseWriter, name, value string) {
	w.Header().Set(name, value)
	fdi.Expose(w.Header(), name)
}
