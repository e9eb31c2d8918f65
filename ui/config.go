package ui

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/internal/urls"
)

// Config is the settings of the pages.
type Config struct {
	AppName string // required; what people call the app

	APIBasePath     string // where API serves the FDI; default "/auth"
	WebsiteBasePath string // where the pages are; default "/auth"

	// GatewayPath is what a gateway cuts off the path of a request before it
	// comes here, such as the stage of an Amazon API Gateway, "/dev". The base
	// paths are without it; links, redirects and cookies have it.
	GatewayPath string

	// API serves the FDI routes under APIBasePath. It is called in this
	// process, with the visitor's address, cookies and forwarding headers.
	API http.Handler

	// SignedIn says who makes a request, from its cookies, and false for
	// nobody. Default: nobody, ever.
	SignedIn func(*http.Request) (Account, bool)

	// DefaultRedirect is where to go after signing in: a path as the browser
	// sees it; default "/" behind GatewayPath.
	DefaultRedirect string

	// RequireVerifiedEmail leads people whose address is not proved to the page
	// where they prove it, after signing up or in, and sends them the mail.
	RequireVerifiedEmail bool

	// MayLink says that the app links login methods: people are offered to add
	// one to their account.
	MayLink bool

	// Origin is the site as the browser sees it, "https://example.com". Forms
	// from it are accepted even when a proxy changes the Host header, and with
	// https the pages say that the site is only ever to be used so. Default:
	// the Host header of each request.
	Origin string

	Theme Theme
	Lang  string            // of Texts; default "en"
	Texts map[string]string // replaces texts, by the keys of texts/en.json

	// Outbox adds the page {base}/outbox, which shows all mails to everybody.
	// For development only.
	Outbox *delivery.Outbox

	// Key returns the secret that seals what the pages keep in cookies, at least
	// 32 random bytes, the same in all processes. It is asked for once. Default: a
	// random one of this process; [For] has one that all processes share.
	Key func(context.Context) ([]byte, error)

	Log *slog.Logger     // default slog.Default()
	Now func() time.Time // default time.Now
}

// Account is somebody who is signed in.
type Account struct {
	UserID        string
	Session       string // the id of the session, to which cookies are bound
	TenantID      string // of the session, if it is known: logins are added there
	Email         string
	EmailVerified bool
	Logins        []Login // the ways in that they have
	// Expires is when the access token ends. The page renews the session before
	// that; zero means that it does not.
	Expires time.Time
}

func (c Config) withDefaults() Config {
	if c.APIBasePath == "" {
		c.APIBasePath = "/auth"
	}
	if c.WebsiteBasePath == "" {
		c.WebsiteBasePath = "/auth"
	}
	if c.SignedIn == nil {
		c.SignedIn = func(*http.Request) (Account, bool) { return Account{}, false }
	}
	if c.Lang == "" {
		c.Lang = "en"
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Key == nil {
		c.Key = randomKey()
	}
	return c
}

var languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

// check returns all mistakes, each with the name of its field, and brings the
// paths into the form "/auth" or "".
func (c *Config) check() error {
	var errs []error
	wrong := func(field, format string, args ...any) {
		errs = append(errs, fmt.Errorf("ui: Config.%s: %s", field, fmt.Sprintf(format, args...)))
	}
	if strings.TrimSpace(c.AppName) == "" {
		wrong("AppName", "is missing; the pages show it")
	}
	if c.API == nil {
		wrong("API", "is missing; it is the handler that serves the FDI")
	}
	for field, path := range map[string]*string{
		"APIBasePath": &c.APIBasePath, "WebsiteBasePath": &c.WebsiteBasePath, "GatewayPath": &c.GatewayPath,
	} {
		normal, err := urls.Path(*path)
		if err != nil {
			wrong(field, "%q is %v", *path, err)
		}
		*path = normal
	}
	if c.DefaultRedirect == "" {
		c.DefaultRedirect = c.GatewayPath + "/"
	}
	if SafeRedirect(c.DefaultRedirect, "") == "" {
		wrong("DefaultRedirect", "%q must be a path on this site, like /app", c.DefaultRedirect)
	}
	if c.Origin != "" {
		if u, err := url.Parse(c.Origin); err != nil || u.Host == "" || c.Origin != u.Scheme+"://"+u.Host || u.Scheme != "https" && u.Scheme != "http" {
			wrong("Origin", "%q must be a scheme and a host, like https://example.com", c.Origin)
		}
	}
	if !languageTag.MatchString(c.Lang) {
		wrong("Lang", "%q must be a language tag, like en or de-CH", c.Lang)
	}
	return errors.Join(append(errs, c.Theme.check())...)
}
