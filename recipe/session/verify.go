package session

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"

	"github.com/posternauth/postern/claim"
	"github.com/posternauth/postern/core"
)

// Options change how a request's session is verified.
type Options struct {
	// Optional accepts requests without a session: there is none then, and no
	// error. A session that has expired is an error all the same. A form of
	// another origin has none.
	Optional bool
	// AntiCSRF overrides whether the anti-CSRF check is made; by default it is
	// for every method but GET.
	AntiCSRF Check
	// CheckDatabase asks the core whether the session still exists. Without it
	// a revoked session lives until its access token expires.
	CheckDatabase bool
	// AnyOrigin accepts the cookies of forms and WebSockets of pages anywhere;
	// see [Config].TrustedOrigins.
	AnyOrigin bool
	// Validators returns the demands on the session; global are those that
	// every session has to meet. The default demands just these.
	Validators func(global []claim.Validator) []claim.Validator
}

// Check is whether a check is made.
type Check int

// The values of [Options.AntiCSRF].
const (
	Auto Check = iota
	On
	Off
)

// Verify returns the session of a request. Tokens that the client should use
// from now on, because claims were fetched, are set on w. It fails with an
// [Error], which knows how to answer the request.
func (r *Recipe) Verify(w http.ResponseWriter, req *http.Request, opts Options) (*Session, error) {
	s, err := r.verifyRequest(w, req, opts)
	if err != nil || s == nil {
		return nil, err
	}
	return s, r.demand(req.Context(), s, opts)
}

// VerifyToken verifies tokens that did not come in a request. antiCSRFToken is
// checked if AntiCSRF is VIA_TOKEN, unless it is switched off.
func (r *Recipe) VerifyToken(ctx context.Context, accessToken, antiCSRFToken string, opts Options) (*Session, error) {
	var csrf *string
	if r.cfg.AntiCSRF == AntiCSRFToken && opts.AntiCSRF != Off {
		csrf = &antiCSRFToken
	}
	s, err := r.verifyAccess(ctx, accessToken, csrf, opts)
	if err != nil {
		return nil, err
	}
	return s, r.demand(ctx, s, opts)
}

// verifyRequest finds the session of a request without looking at claims. It
// returns nil when there is none and none is required.
func (r *Recipe) verifyRequest(w http.ResponseWriter, req *http.Request, opts Options) (*Session, error) {
	s, method, err := r.pickSession(req, opts)
	if isNobody(err) && hasCookie(req, legacyCookie) {
		return nil, r.tryRefresh("the request has the cookie of an old version, and no session")
	}
	if err != nil || s == nil {
		return nil, err
	}
	r.clearLegacy(w, req) // anybody of the same site can plant it; it says nothing
	s.w, s.req, s.method = w, req, method
	if s.renewed {
		r.attach(w, req, method, s.token, tokens{access: s.access})
	}
	return s, nil
}

// pickSession verifies the token that the request carries: in a header, else
// in a cookie.
func (r *Recipe) pickSession(req *http.Request, opts Options) (*Session, Transfer, error) {
	allowed := r.allowed(req, false)
	if allowed != Cookie {
		if token := bearer(req); token != "" {
			s, err := r.verifyAccess(req.Context(), token, nil, opts)
			if !errors.Is(err, errNotOurs) {
				return s, Header, err
			}
		}
	}
	if allowed != Header {
		s, err := r.cookieSession(req, opts)
		if s != nil && !opts.AnyOrigin && r.isForeign(req) {
			s, err = nil, &Error{Kind: ForeignOrigin, Detail: "Origin " + req.Header.Get("Origin"), recipe: r}
		}
		if opts.Optional && errors.Is(err, ForeignOrigin) {
			return nil, "", nil
		}
		if opts.Optional && errors.Is(err, TryRefresh) && !ownsCookies(req) {
			return nil, "", nil
		}
		if !errors.Is(err, errNotOurs) {
			return s, Cookie, err
		}
	}
	if opts.Optional {
		return nil, "", nil
	}
	return nil, "", r.notSignedIn("Session does not exist. Are you sending the session tokens in the request with the appropriate token transfer method?")
}

// isNobody reports whether a request that needs a session has none at all.
func isNobody(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == Unauthorised && e.KeepTokens
}

// ownsCookies reports whether a client could refresh what is in its cookies. One
// that holds tokens itself has them from elsewhere, such as a web view.
func ownsCookies(req *http.Request) bool {
	return !strings.EqualFold(req.Header.Get("st-auth-mode"), string(Header))
}

// cookieSession verifies the access token's cookie. When there are several,
// from several domains or paths, one session has to be good and no other, and
// its newest token decides: an older one may have what was taken away since.
func (r *Recipe) cookieSession(req *http.Request, opts Options) (found *Session, err error) {
	err = errNotOurs
	for token := range cookies(req, r.cfg.AccessCookie) {
		s, e := r.verifyCookie(req, token, opts)
		switch {
		case errors.Is(e, errNotOurs):
		case e != nil && found == nil:
			err = e
		case e == nil && found != nil && found.Handle() != s.Handle():
			return nil, r.tryRefresh("the request has access tokens of several sessions")
		case e == nil && (found == nil || s.token.issued > found.token.issued):
			found, err = s, nil
		}
	}
	return found, err
}

func (r *Recipe) verifyCookie(req *http.Request, token string, opts Options) (*Session, error) {
	if len(token) > maxToken || strings.Count(token, ".") != 2 {
		return nil, errNotOurs
	}
	check := opts.AntiCSRF == On || opts.AntiCSRF == Auto && req.Method != http.MethodGet
	if !check {
		return r.verifyAccess(req.Context(), token, nil, opts)
	}
	switch r.antiCSRF(req) {
	case AntiCSRFHeader:
		if req.Header.Get("rid") == "" {
			return nil, r.tryRefresh("the request has no rid header, which other websites cannot send")
		}
	case AntiCSRFToken:
		csrf := req.Header.Get(antiCSRFHeader)
		return r.verifyAccess(req.Context(), token, &csrf, opts)
	}
	return r.verifyAccess(req.Context(), token, nil, opts)
}

// verifyAccess verifies a token: from memory, else by its signature, and by
// the database if it must be. csrf is compared if it is not nil. It fails with
// errNotOurs when the token is none of ours at all.
func (r *Recipe) verifyAccess(ctx context.Context, access string, csrf *string, opts Options) (*Session, error) {
	t, err := r.verifySignature(ctx, access)
	if err != nil {
		return nil, err
	}
	switch {
	case t.expired(r.now()):
		return nil, r.tryRefresh("the access token has expired")
	case strings.HasPrefix(t.kid, "s-") != r.cfg.UseStaticSigningKey:
		return nil, r.tryRefresh("the access token is signed by the other class of keys than UseStaticSigningKey says")
	case csrf != nil && !equal(*csrf, t.antiCSRF):
		return nil, r.tryRefresh("the anti-csrf token is missing or wrong")
	}
	s := &Session{recipe: r, token: t, access: access}
	if !opts.CheckDatabase && !t.child {
		return s, nil
	}
	return s, s.verifyInCore(ctx, opts.CheckDatabase)
}

func equal(given, want string) bool {
	return want != "" && subtle.ConstantTimeCompare([]byte(given), []byte(want)) == 1
}

// verifySignature returns the parsed token. A token that was verified before
// by a key that is still there is not verified again.
func (r *Recipe) verifySignature(ctx context.Context, access string) (*accessToken, error) {
	v, cached := r.verified.find(access)
	if !cached {
		var err error
		if v.accessToken, err = parse(access, &r.headers); err != nil {
			return nil, err
		}
	}
	key, err := r.keys.find(ctx, v.kid)
	switch {
	case err != nil:
		return nil, err
	case key == nil:
		return nil, r.tryRefresh("the access token is signed by a key that is gone")
	case cached && v.key == key:
		return v.accessToken, nil
	}
	if err := v.verify(key); err != nil {
		return nil, r.tryRefresh("the signature of the access token is wrong")
	}
	r.headers.add(v.accessToken)
	r.verified.add(access, verifiedToken{v.accessToken, key})
	return v.accessToken, nil
}

// verifyInCore asks the core, which may have a newer access token.
func (s *Session) verifyInCore(ctx context.Context, checkDatabase bool) error {
	out, err := s.recipe.Functions.Session.Verify(ctx, core.VerifySession{AccessToken: core.Secret(s.access), CheckDatabase: checkDatabase})
	if err != nil {
		return s.recipe.fromCore(err)
	}
	if out.AccessToken.Token == "" {
		return nil
	}
	return s.renew(string(out.AccessToken.Token))
}

// demand checks the claims. Claims that were fetched go into the session
// before it fails, so that the client sees them.
func (r *Recipe) demand(ctx context.Context, s *Session, opts Options) error {
	demands, err := r.demands(ctx, s, opts)
	if err != nil || len(demands) == 0 {
		return err
	}
	return s.Demand(ctx, demands...)
}

// demands are those on a session by opts.
func (r *Recipe) demands(ctx context.Context, s *Session, opts Options) (demands []claim.Validator, err error) {
	demands = r.validators
	if f := r.Validators; f != nil {
		if demands, err = f(ctx, ValidatorsInput{s.subject(), demands}); err != nil {
			return nil, err
		}
	}
	if opts.Validators != nil {
		demands = opts.Validators(demands)
	}
	return demands, nil
}
