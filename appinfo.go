package postern

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/posternauth/postern/internal/urls"
)

// AppInfo says what the app is called and where it is. The rules by which
// domains and paths are read are those of FDI §1.2–1.5: "example.com" means
// https://example.com, "localhost:3000" means http://localhost:3000, "auth/"
// means /auth.
type AppInfo struct {
	// Name is shown to people, in mails for example. Required.
	Name string
	// APIDomain is where this backend is reached. Required.
	APIDomain string
	// WebsiteDomain is where the website is. Required, unless Origin is there.
	WebsiteDomain string
	// Origin chooses the website for a request, for a backend that serves
	// several. r is nil outside of requests. It must not trust what a request
	// says: mail links are built from it.
	Origin func(r *http.Request) string
	// APIBasePath is where the APIs are; default "/auth", and "/" is the root.
	APIBasePath string
	// WebsiteBasePath is where the website's sign-in pages are, as the browser
	// sees it; default "/auth". For pages of package ui behind the stage of a
	// gateway it begins with APIGatewayPath: "/dev/auth".
	WebsiteBasePath string
	// APIGatewayPath is what a gateway adds in front of the paths that this
	// backend sees, such as the stage of an Amazon API Gateway: "/dev".
	APIGatewayPath string
}

// Site is an [AppInfo] in normal form.
type Site struct {
	Name            string
	APIDomain       string // "https://api.example.com"
	APIBasePath     string // as the outside sees it: "/dev/auth", "" for the root
	WebsiteBasePath string // "/auth"

	origin      func(r *http.Request) string
	website     string
	apiSite     string
	gateway     string // "/dev"
	requestBase string // the API base path as requests show it, without the gateway's part
}

const defaultBasePath = "/auth"

// normalise reports all mistakes at once, each with its field.
func (i AppInfo) normalise() (*Site, error) {
	s := &Site{Name: i.Name, origin: i.Origin}
	var errs []error
	set := func(field string, to *string, normal func(string) (string, error), value string) {
		var err error
		if *to, err = normal(value); err != nil {
			errs = append(errs, fmt.Errorf("App.%s: %q is %w", field, value, err))
		}
	}
	if i.Name == "" {
		errs = append(errs, errors.New("App.Name: is missing; give the name that people see in mails"))
	}
	if i.APIDomain == "" {
		errs = append(errs, errors.New(`App.APIDomain: is missing; give where this backend is reached, like "https://api.example.com"`))
	} else if set("APIDomain", &s.APIDomain, urls.Domain, i.APIDomain); s.APIDomain != "" {
		set("APIDomain", &s.apiSite, urls.Site, s.APIDomain)
	}
	switch {
	case i.WebsiteDomain != "":
		set("WebsiteDomain", &s.website, urls.Domain, i.WebsiteDomain)
		if s.website != "" {
			set("WebsiteDomain", new(string), urls.Site, s.website)
		}
	case i.Origin == nil:
		errs = append(errs, errors.New(`App.WebsiteDomain: is missing; give where the website is, like "https://example.com", or set App.Origin`))
	}
	set("APIGatewayPath", &s.gateway, urls.Path, i.APIGatewayPath)
	set("APIBasePath", &s.requestBase, urls.Path, cmp.Or(i.APIBasePath, defaultBasePath))
	set("WebsiteBasePath", &s.WebsiteBasePath, urls.Path, cmp.Or(i.WebsiteBasePath, defaultBasePath))
	s.APIBasePath = s.gateway + s.requestBase
	return s, errors.Join(errs...)
}

// Origin returns the website for a request, or for none: a scheme and a host.
func (s *Site) Origin(r *http.Request) string {
	if s.origin != nil {
		if o, err := urls.Domain(s.origin(r)); err == nil {
			return o
		}
	}
	return s.website
}

// Website returns where the sign-in pages are: origin and base path.
func (s *Site) Website(r *http.Request) string { return s.Origin(r) + s.WebsiteBasePath }

// API returns where the APIs are from outside: domain and base path. It is
// the issuer of tokens.
func (s *Site) API() string { return s.APIDomain + s.APIBasePath }

// RequestBasePath returns the API base path as requests show it.
func (s *Site) RequestBasePath() string { return s.requestBase }

// GatewayPath returns what a gateway adds in front of the paths that requests
// show: "/dev", or "".
func (s *Site) GatewayPath() string { return s.gateway }

// SecureAPI reports whether the API is reached by https.
func (s *Site) SecureAPI() bool { return isHTTPS(s.APIDomain) }

// CrossSite reports whether browsers take website and API for different
// sites, so that cookies need SameSite=None: other registrable domain, or
// other scheme.
func (s *Site) CrossSite(r *http.Request) bool {
	origin := s.Origin(r)
	site, err := urls.Site(origin)
	return err != nil || site != s.apiSite || isHTTPS(origin) != s.SecureAPI()
}

// Local reports whether website and API are both on this machine or named by
// address.
func (s *Site) Local(r *http.Request) bool {
	site, err := urls.Site(s.Origin(r))
	return err == nil && site == "localhost" && s.apiSite == "localhost"
}

func isHTTPS(domain string) bool { return strings.HasPrefix(domain, "https:") }
