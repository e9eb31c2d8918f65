package session

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/posternauth/postern/core"
)

// Transfer is how tokens travel between client and backend.
type Transfer string

// The ways tokens travel. Any is the client's choice.
const (
	Any    Transfer = "any"
	Cookie Transfer = "cookie"
	Header Transfer = "header"
)

// allowed returns the way that the application, or else the client, asks for.
func (r *Recipe) allowed(req *http.Request, forCreate bool) Transfer {
	if f := r.cfg.TransferMethod; f != nil {
		return f(req, forCreate)
	}
	if forCreate {
		switch mode := Transfer(strings.ToLower(req.Header.Get("st-auth-mode"))); mode {
		case Header, Cookie:
			return mode
		}
	}
	return Any
}

// forCreate returns how the tokens of a new session travel: in headers, unless
// cookies are asked for.
func (r *Recipe) forCreate(req *http.Request) Transfer {
	if method := r.allowed(req, true); method != Any {
		return method
	}
	if strings.EqualFold(req.Header.Get("st-auth-mode"), string(Cookie)) {
		return Cookie
	}
	return Header
}

// bearer returns the token of the Authorization header.
func bearer(req *http.Request) string {
	token, ok := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return ""
	}
	return strings.TrimSpace(token)
}

// tokens are what a client is given.
type tokens struct {
	access   string
	refresh  core.Token // zero: the client keeps its own
	antiCSRF string
}

// attach gives a client its tokens.
func (r *Recipe) attach(w http.ResponseWriter, req *http.Request, method Transfer, t *accessToken, given tokens) {
	setHeader(w, frontTokenHeader, t.frontToken())
	if method == Cookie {
		setCookie(w, r.accessCookie(req), given.access, r.now().Add(accessCookieLife))
		if given.refresh.Token != "" {
			setCookie(w, r.refreshCookie(req), string(given.refresh.Token), time.UnixMilli(given.refresh.Expiry))
		}
		if r.cfg.ExposeAccessToken {
			setHeader(w, accessTokenHeader, given.access)
		}
	} else {
		setHeader(w, accessTokenHeader, given.access)
		if given.refresh.Token != "" {
			setHeader(w, refreshTokenHeader, string(given.refresh.Token))
		}
	}
	if given.antiCSRF != "" {
		setHeader(w, antiCSRFHeader, given.antiCSRF)
	}
}

// clearOther takes tokens from a client that held them in the other way until
// now, so that it does not send two sessions.
func (r *Recipe) clearOther(w http.ResponseWriter, req *http.Request, method Transfer, header, cookie bool) {
	switch {
	case method == Cookie && header:
		r.clear(w, req, Header)
	case method == Header && cookie:
		r.clear(w, req, Cookie)
	}
}

// checkCookiesWork refuses to give cookies that the browser will not send
// back.
func (r *Recipe) checkCookiesWork(req *http.Request) error {
	if r.sameSite(req) == http.SameSiteNoneMode && !r.secure() && !r.app.Site.Local(req) {
		return errors.New("Since your API and website domain are different, for sessions to work, please use https on your apiDomain and dont set cookieSecure to false.") //nolint:staticcheck // the text that users of the protocol know
	}
	return nil
}
