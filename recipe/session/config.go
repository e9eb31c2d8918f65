package session

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/posternauth/postern/claim"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/urls"
	"github.com/posternauth/postern/op"
)

// Config changes how sessions are kept. Its zero value is right for most.
type Config struct {
	// CookieSecure is "" (secure if the API is reached by https), "always" or
	// "never".
	CookieSecure string
	// CookieSameSite is "" (computed: none if website and API are different
	// sites, else lax), "lax", "strict" or "none".
	CookieSameSite string
	// CookieDomain makes cookies visible to subdomains; default: this host only.
	CookieDomain string
	// OlderCookieDomain is what CookieDomain used to be; Some("") means this
	// host only. Cookies that are still there from then are cleared at the next
	// refresh.
	OlderCookieDomain op.Optional[string]
	// AccessTokenPath is the path of the access token's cookie; default "/".
	AccessTokenPath string
	// AccessCookie and RefreshCookie are the cookies' names; defaults
	// sAccessToken and sRefreshToken. Names that begin with "__Host-" need
	// https, no CookieDomain, and put both at the path "/".
	AccessCookie, RefreshCookie string

	// AntiCSRF is "" (computed: VIA_CUSTOM_HEADER if cookies are sent from other
	// sites, else NONE), NONE, VIA_CUSTOM_HEADER or VIA_TOKEN.
	AntiCSRF string
	// TrustedOrigins are those of pages, besides the website's and the API's own,
	// that may send forms with the cookies of a session, and open WebSockets:
	// "https://admin.example.com".
	TrustedOrigins []string
	// TransferMethod chooses how tokens travel: Cookie, Header or Any. The
	// default is what the request's st-auth-mode asks for.
	TransferMethod func(r *http.Request, forCreate bool) Transfer
	// ExposeAccessToken also sends the access token in a header when it travels
	// in a cookie, for scripts that need it.
	ExposeAccessToken bool

	// Audience is the aud of access tokens, for those who demand one of every
	// token, such as the JWT authorizer of an API Gateway; default none.
	Audience string
	// UseStaticSigningKey signs access tokens with a key that never rotates.
	UseStaticSigningKey bool
	// KeyRefresh is how old the public keys may become before the core is asked
	// again; default 60 s. While the core does not answer, old keys serve.
	KeyRefresh time.Duration
	// CacheSize is how many verified access tokens are remembered; default
	// 10,000, and negative means none.
	CacheSize int

	// UnauthorisedStatus is the HTTP status for "not signed in"; default 401.
	UnauthorisedStatus int
	// InvalidClaimStatus is the HTTP status for demands that are not met;
	// default 403. It must be another one.
	InvalidClaimStatus int
	// OnError answers requests whose session is not good; default
	// [Recipe.Respond].
	OnError func(w http.ResponseWriter, r *http.Request, e *Error)

	// Functions and APIs replace parts of the recipe. They receive the original
	// and return what to use.
	Functions func(original Functions) Functions
	APIs      func(original APIs) APIs
}

// Functions are what the recipe does and an application may replace: every
// operation of the core, and the demands on every session.
type Functions struct {
	core.Session
	// Validators returns the demands on a session; added are those of the
	// other recipes.
	Validators op.Func[ValidatorsInput, []claim.Validator]
}

// ValidatorsInput is the input of Functions.Validators.
type ValidatorsInput struct {
	Subject claim.Subject
	Added   []claim.Validator
}

// The values of [Config.AntiCSRF].
const (
	AntiCSRFNone   = "NONE"
	AntiCSRFHeader = "VIA_CUSTOM_HEADER"
	AntiCSRFToken  = "VIA_TOKEN"
)

const hostPrefix = "__Host-"

// normalise fills in the defaults, and reports all mistakes at once.
func (c *Config) normalise() error {
	var errs []error
	bad := func(field, got, want string) {
		errs = append(errs, fmt.Errorf("%s: %q is not possible; use %s", field, got, want))
	}
	if !slices.Contains([]string{"", "always", "never"}, c.CookieSecure) {
		bad("CookieSecure", c.CookieSecure, `"always", "never" or nothing`)
	}
	c.CookieSameSite = strings.ToLower(strings.TrimSpace(c.CookieSameSite))
	if !slices.Contains([]string{"", "lax", "strict", "none"}, c.CookieSameSite) {
		bad("CookieSameSite", c.CookieSameSite, `"lax", "strict", "none" or nothing`)
	}
	if !slices.Contains([]string{"", AntiCSRFNone, AntiCSRFHeader, AntiCSRFToken}, c.AntiCSRF) {
		bad("AntiCSRF", c.AntiCSRF, "NONE, VIA_CUSTOM_HEADER, VIA_TOKEN or nothing")
	}
	if d, err := cookieDomain(c.CookieDomain); err != nil {
		errs = append(errs, fmt.Errorf("CookieDomain: %w", err))
	} else {
		c.CookieDomain = d
	}
	if older, ok := c.OlderCookieDomain.Get(); ok {
		d, err := cookieDomain(older)
		if err != nil {
			errs = append(errs, fmt.Errorf("OlderCookieDomain: %w", err))
		}
		c.OlderCookieDomain = op.Some(d)
	}
	c.AccessCookie = cmp.Or(c.AccessCookie, "sAccessToken")
	c.RefreshCookie = cmp.Or(c.RefreshCookie, "sRefreshToken")
	if c.CookieDomain != "" && c.hostCookies() {
		bad("CookieDomain", c.CookieDomain, "none with cookies named __Host-")
	}
	c.AccessTokenPath = cmp.Or(c.AccessTokenPath, "/")
	c.KeyRefresh = cmp.Or(c.KeyRefresh, time.Minute)
	c.CacheSize = cmp.Or(c.CacheSize, 10_000)
	c.UnauthorisedStatus = cmp.Or(c.UnauthorisedStatus, http.StatusUnauthorized)
	c.InvalidClaimStatus = cmp.Or(c.InvalidClaimStatus, http.StatusForbidden)
	if c.UnauthorisedStatus == c.InvalidClaimStatus {
		bad("InvalidClaimStatus", fmt.Sprint(c.InvalidClaimStatus), "another one than UnauthorisedStatus")
	}
	return errors.Join(errs...)
}

func (c *Config) hostCookies() bool {
	return strings.HasPrefix(c.AccessCookie, hostPrefix) || strings.HasPrefix(c.RefreshCookie, hostPrefix)
}

func cookieDomain(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	return urls.CookieDomain(s)
}
