package session

import (
	"context"
	"errors"
	"net/http"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// Refresh replaces the tokens of a request by new ones (FDI §3.9).
func (r *Recipe) Refresh(w http.ResponseWriter, req *http.Request) (*Session, error) {
	allowed := r.allowed(req, false)
	if allowed != Header {
		if err := r.clearOlder(w, req); err != nil {
			return nil, err
		}
	}
	candidates, method := r.refreshTokens(req, allowed)
	if len(candidates) == 0 {
		return nil, r.unauthorised("Refresh token not found. Are you sending the refresh token in the request?")
	}
	antiCSRF := ""
	if method == Cookie {
		antiCSRF = r.antiCSRF(req)
		if antiCSRF == AntiCSRFHeader && req.Header.Get("rid") == "" {
			return nil, r.unauthorised("anti-csrf check failed. Please pass 'rid: \"session\"' header in the request.")
		}
	}
	s, err := r.refreshFirst(req.Context(), candidates, req.Header.Get(antiCSRFHeader), antiCSRF == AntiCSRFToken)
	if err != nil {
		return nil, err
	}
	r.clearOther(w, req, method, bearer(req) != "", hasCookie(req, r.cfg.RefreshCookie))
	r.clearLegacy(w, req)
	s.w, s.req, s.method = w, req, method
	r.attach(w, req, method, s.token, s.given)
	return s, nil
}

// RefreshTokens replaces the tokens of a client that is not served by HTTP.
func (r *Recipe) RefreshTokens(ctx context.Context, refreshToken core.Secret, antiCSRFToken string) (*Session, error) {
	return r.refreshOne(ctx, string(refreshToken), antiCSRFToken, r.cfg.AntiCSRF == AntiCSRFToken)
}

// refreshTokens returns what may be the refresh token of a request.
func (r *Recipe) refreshTokens(req *http.Request, allowed Transfer) ([]string, Transfer) {
	if allowed != Cookie {
		if token := bearer(req); token != "" {
			return []string{token}, Header
		}
	}
	if allowed != Header {
		return r.inOrder(req, distinct(req, r.cfg.RefreshCookie)), Cookie
	}
	return nil, Header
}

// refreshFirst uses the first of several tokens that is good. It is theft only if
// none is.
func (r *Recipe) refreshFirst(ctx context.Context, candidates []string, antiCSRFToken string, viaToken bool) (*Session, error) {
	var first error
	for _, token := range candidates {
		s, err := r.refreshOne(ctx, token, antiCSRFToken, viaToken)
		var bad *Error
		switch {
		case err == nil:
			return s, nil
		case !errors.As(err, &bad):
			return nil, err
		case first == nil || bad.Kind == TokenTheft:
			first = err
		}
	}
	return nil, first
}

func (r *Recipe) refreshOne(ctx context.Context, token, antiCSRFToken string, viaToken bool) (*Session, error) {
	out, err := r.Functions.Session.Refresh(ctx, core.RefreshSession{
		RefreshToken: core.Secret(token), AntiCSRFToken: antiCSRFToken, EnableAntiCSRF: viaToken,
		UseDynamicSigningKey: op.Some(!r.cfg.UseStaticSigningKey),
	})
	var theft *core.TokenTheft
	if errors.As(err, &theft) {
		r.app.Log.WarnContext(ctx, "a spent refresh token was used again; the session is revoked",
			"session", theft.Session.Handle, "user", theft.Session.UserID)
		// The core has revoked it; one that is not ours may leave it to us.
		if _, err := r.RevokeHandle(ctx, theft.Session.Handle); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, r.fromCore(err)
	}
	return r.fromTokens(out)
}

// clearOlder clears the cookies of an older domain, which would shadow the new
// ones. The client then refreshes again.
func (r *Recipe) clearOlder(w http.ResponseWriter, req *http.Request) error {
	domain, ok := r.cfg.OlderCookieDomain.Get()
	if !ok {
		return nil
	}
	cleared := false
	for _, c := range []*http.Cookie{r.accessCookie(req), r.refreshCookie(req)} {
		n := 0
		for range cookies(req, c.Name) {
			n++
		}
		if n > 1 {
			c.Domain = domain
			clearCookie(w, c)
			cleared = true
		}
	}
	if cleared {
		return &Error{Kind: DuplicateCookies, Detail: "cookies of OlderCookieDomain were there", recipe: r}
	}
	return nil
}
