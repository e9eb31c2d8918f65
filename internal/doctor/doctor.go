// Package doctor looks at a backend from outside, as a browser would, and
// names what is wrong with how it is set up. It needs no account and changes
// nothing.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/posternauth/postern/internal/urls"
)

// Config says what to look at.
type Config struct {
	// URL is where the APIs are, with stage and base path:
	// "https://abc.execute-api.eu-central-1.amazonaws.com/dev/auth". Required.
	URL string
	// Website is the frontend: its origin and, if it has one other than /auth,
	// the path of its sign-in pages. Default: that of URL, where the built-in
	// pages are.
	Website string
	// Client makes the requests; default one that waits 15 seconds and follows
	// no redirects.
	Client *http.Client
	// Now is the clock; default time.Now.
	Now func() time.Time
}

// Finding is one mistake, and what to do about it.
type Finding struct {
	Name string `json:"name"` // "cookie-path"
	What string `json:"what"`
	Fix  string `json:"fix"`
}

// Report is what is seen of a backend.
type Report struct {
	// Findings are the mistakes, the most important first. None is good news.
	Findings []Finding `json:"findings"`
	// Providers are those that people can sign in with. They are not asked
	// anything: what is registered there, only they know.
	Providers []Provider `json:"providers,omitempty"`
}

// Check looks at a backend. It fails when it was asked for nonsense.
func Check(ctx context.Context, cfg Config) (Report, error) {
	v, err := newVisit(cfg)
	if err != nil {
		return Report{}, err
	}
	v.look(ctx)
	return Report{Findings: v.findings(), Providers: v.providers}, nil
}

func (v *visit) findings() []Finding {
	found := []Finding{}
	for _, m := range mistakes() {
		what := m.find(v)
		if what == "" {
			continue
		}
		found = append(found, Finding{m.name, what, strings.NewReplacer("{url}", v.url, "{website}", v.website, "{path}", v.path).Replace(m.fix)})
		if m.final { // the rest would follow from it
			break
		}
	}
	return found
}

// visit is what was seen of a backend.
type visit struct {
	cfg     Config
	url     string // without a slash at the end
	origin  string
	path    string // "/dev/auth"
	website string
	pages   string // where the website's sign-in pages are: "/dev/auth"

	refresh   *answer // a refresh without a token
	exists    *answer // a question that needs the database
	preflight *answer
	discovery *answer
	keys      *answer
	providers []Provider
}

func newVisit(cfg Config) (*visit, error) {
	u, err := url.Parse(strings.TrimSuffix(cfg.URL, "/"))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("URL: %q is no address; give where the APIs are, like https://api.example.com/dev/auth", cfg.URL)
	}
	v := &visit{cfg: cfg, url: u.String(), origin: u.Scheme + "://" + u.Host, path: u.EscapedPath()}
	if err := v.readWebsite(cfg.Website); err != nil {
		return nil, fmt.Errorf("website: %q is %w", cfg.Website, err)
	}
	if v.cfg.Now == nil {
		v.cfg.Now = time.Now
	}
	if v.cfg.Client == nil {
		v.cfg.Client = &http.Client{Timeout: 15 * time.Second}
	}
	client := *v.cfg.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	v.cfg.Client = &client
	return v, nil
}

// readWebsite reads where the frontend is: the built-in pages are where the
// APIs are.
func (v *visit) readWebsite(address string) (err error) {
	if address == "" {
		v.website, v.pages = v.origin, v.path
		return nil
	}
	if v.website, err = urls.Domain(address); err != nil {
		return err
	}
	v.pages, err = urls.Path(address)
	switch {
	case v.pages == "" && v.website == v.origin:
		v.pages = v.path
	case v.pages == "":
		v.pages = defaultPages
	}
	return err
}

// look makes every request that the checks need.
func (v *visit) look(ctx context.Context) {
	v.refresh = v.ask(ctx, http.MethodPost, v.url+"/session/refresh", http.Header{
		"Rid": {"session"}, "Fdi-Version": {"3.1"}, "St-Auth-Mode": {"cookie"}, "Content-Type": {"application/json"},
	})
	if v.refresh.err != nil {
		return
	}
	v.exists = v.ask(ctx, http.MethodGet, v.url+"/signup/email/exists?email=doctor%40example.com", http.Header{"Rid": {"emailpassword"}})
	v.preflight = v.ask(ctx, http.MethodOptions, v.url+"/signin", http.Header{
		"Access-Control-Request-Method": {"POST"}, "Access-Control-Request-Headers": {"content-type,fdi-version,rid,st-auth-mode"},
	})
	v.discovery = v.ask(ctx, http.MethodGet, v.url+"/.well-known/openid-configuration", http.Header{})
	if keys := v.discovery.member("jwks_uri"); keys != "" {
		v.keys = v.ask(ctx, http.MethodGet, keys, http.Header{})
	}
	v.providers = v.askProviders(ctx)
}

// otherOrigin reports whether frontends need CORS.
func (v *visit) otherOrigin() bool { return v.website != v.origin }

// otherSite reports whether the API's cookies are those of a third party.
func (v *visit) otherSite() bool {
	api, errAPI := urls.Site(v.origin)
	website, errWebsite := urls.Site(v.website)
	return errors.Join(errAPI, errWebsite) == nil && api != website
}

func (v *visit) local() bool {
	site, err := urls.Site(v.origin)
	return err == nil && site == "localhost"
}
