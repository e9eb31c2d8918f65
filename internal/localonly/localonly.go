// Package localonly keeps web pages away from servers on this machine that ask
// for no key: a browser sends their requests there, too.
package localonly

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Allowed reports whether a request can come from a program that was given the
// address of this server, and not from the page of a website. It must name the
// server by localhost or an IP address: a name can be made to point here after
// a page was loaded by it (DNS rebinding). And it must not name an Origin
// elsewhere. known are other host names that the server goes by, and websites
// whose pages may ask it.
func Allowed(r *http.Request, known ...string) bool {
	if !AllowedHost(r, known...) {
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" { // "null" is a page without an origin
		return false
	}
	from := u.Hostname()
	return isLocal(from) || u.Host == r.Host || contains(known, from)
}

// AllowedHost is the part of [Allowed] for what people open in a browser, which
// has its own ways to tell where a form came from.
func AllowedHost(r *http.Request, known ...string) bool {
	host := hostname(r.Host)
	return isLocal(host) || isIP(host) || contains(known, host)
}

// Handler serves h to requests with an [AllowedHost], and refuses others with
// what to do.
func Handler(h http.Handler, advice string, known ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !AllowedHost(r, known...) {
			http.Error(w, "This server is not known by the name "+strconv.Quote(r.Host)+": "+advice, http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// Loopback reports whether an address to listen on, "127.0.0.1:3567", is one
// that only this machine reaches.
func Loopback(addr string) bool { return isLocal(hostname(addr)) }

// isLocal reports a name or an address of this machine.
func isLocal(host string) bool {
	ip, err := netip.ParseAddr(host)
	if err == nil {
		return ip.Unmap().IsLoopback()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

func isIP(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

func hostname(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return strings.Trim(address, "[]")
}

func contains(hosts []string, host string) bool {
	for _, h := range hosts {
		if h != "" && strings.EqualFold(h, host) {
			return true
		}
	}
	return false
}
