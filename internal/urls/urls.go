// Package urls normalises what people write for domains and paths in a
// configuration, and answers whether two sites are the same site.
// The rules and their tables are those of the protocol (FDI §1.4–1.6, §3.4).
package urls

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// ErrDomain is text that is no domain.
var ErrDomain = errors.New(`not a domain; write it like "https://api.example.com" or "localhost:3000"`)

// ErrPath is text that is no path.
var ErrPath = errors.New(`not a path; write it like "/auth"`)

// Domain returns a scheme and a host, "https://api.example.com:8080", from
// what a person may write for them. Without a scheme it is https, but http for
// localhost and for IPv4 addresses. User, path, query and default ports go.
func Domain(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if hasScheme(s) {
		return schemeAndHost(s)
	}
	if strings.HasPrefix(s, "/") || strings.Contains(s, "://") {
		return "", ErrDomain
	}
	s = strings.TrimPrefix(s, ".")
	if !strings.Contains(s, ".") && !strings.HasPrefix(s, "localhost") {
		return "", ErrDomain
	}
	d, err := schemeAndHost("https://" + s)
	if err != nil {
		return "", err
	}
	if host := hostname(d); strings.HasPrefix(host, "localhost") || isIP(host) {
		d = "http" + strings.TrimPrefix(d, "https")
	}
	return d, nil
}

func hasScheme(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "supertokens://")
}

func schemeAndHost(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || strings.ContainsAny(u.Host, " \t<>\"'\\") {
		return "", ErrDomain
	}
	host := u.Host
	if p := u.Port(); p == "80" && u.Scheme == "http" || p == "443" && u.Scheme == "https" || p == "" {
		host = strings.TrimSuffix(strings.TrimSuffix(host, p), ":")
	}
	return u.Scheme + "://" + host, nil
}

// Path returns a path that begins with a slash and does not end with one, ""
// for the root, from what a person may write: a path, or a URL that has one.
func Path(s string) (string, error) {
	s = strings.TrimSpace(s)
	if lower := strings.ToLower(s); !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://") {
		switch {
		case looksLikeHost(s):
			s = "http://" + s
		case strings.HasPrefix(s, "/"):
			s = "http://host" + s
		default:
			s = "http://host/" + s
		}
	}
	u, err := url.Parse(s)
	if err != nil {
		return "", ErrPath
	}
	p := new(url.URL).ResolveReference(u).EscapedPath() // resolves dot segments, keeps double slashes
	return strings.TrimSuffix(p, "/"), nil
}

func looksLikeHost(s string) bool {
	if strings.HasPrefix(s, "localhost") {
		return true
	}
	if strings.HasPrefix(s, "/") || !strings.Contains(s, ".") {
		return false
	}
	u, err := url.Parse("http://" + s)
	return err == nil && strings.Contains(u.Hostname(), ".")
}

// Site returns what decides whether two domains are the same site: the
// registrable domain by the Public Suffix List. localhost and all IP addresses
// are one site, as browsers treat their cookies across ports.
func Site(domain string) (string, error) {
	host := hostname(domain)
	if strings.HasPrefix(host, "localhost") || isIP(host) {
		return "localhost", nil
	}
	if site, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return site, nil
	}
	if suffix, _ := publicsuffix.PublicSuffix(host); suffix == host && strings.HasSuffix(host, ".amazonaws.com") {
		return host, nil
	}
	return "", errors.New("the domain " + host + " has no registrable part; use the full domain of the site")
}

// CookieDomain normalises the Domain attribute of a cookie: a host without
// scheme and port, whose leading dot is kept.
func CookieDomain(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	dot := strings.HasPrefix(s, ".")
	s = strings.TrimPrefix(s, ".")
	if !hasScheme(s) {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || strings.ContainsAny(u.Host, " \t;,") {
		return "", errors.New(`not a cookie domain; write it like ".example.com"`)
	}
	host := u.Hostname()
	if dot && host != "localhost" && !isIP(host) {
		host = "." + host
	}
	return host, nil
}

// Hostname returns the host of a normalised domain, without the port.
func hostname(domain string) string {
	if !strings.Contains(domain, "://") {
		domain = "http://" + domain
	}
	u, err := url.Parse(domain)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func isIP(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}
