package session

import (
	"net/http"

	"github.com/posternauth/postern/claim"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/fdi"
)

// Kind is what is the matter with a session. It is an error, so that
// errors.Is(err, session.Unauthorised) asks for it.
type Kind string

// The kinds of errors; their texts are what clients read.
const (
	// Unauthorised is nobody signed in.
	Unauthorised Kind = "unauthorised"
	// TryRefresh is an access token that no longer serves; the client refreshes
	// and asks again.
	TryRefresh Kind = "try refresh token"
	// TokenTheft is a refresh token used again after its time; the session is
	// revoked.
	TokenTheft Kind = "token theft detected"
	// InvalidClaims is a session that does not meet a demand.
	InvalidClaims Kind = "invalid claim"
	// ForeignOrigin is a form or a WebSocket of a page of another origin.
	ForeignOrigin Kind = "This request came from another website. Send it from the website that is configured, as application/json."
	// DuplicateCookies is cookies of an older domain, just cleared; the client
	// refreshes again.
	DuplicateCookies Kind = "clear duplicate session cookies"
)

func (k Kind) Error() string { return string(k) }

// Error is a request whose session is not good.
type Error struct {
	Kind Kind
	// Detail is for logs.
	Detail string
	// KeepTokens leaves the client's tokens alone: somebody who is not signed
	// in here may just have signed in by a request that is still on its way.
	KeepTokens bool
	// Stolen is the session whose token was used twice.
	Stolen core.StolenSession
	// Claims are the demands that are not met.
	Claims []claim.Invalid

	recipe *Recipe
}

func (e *Error) Error() string {
	if e.Detail == "" {
		return string(e.Kind)
	}
	return string(e.Kind) + ": " + e.Detail
}

// Is reports whether target is the error's kind.
func (e *Error) Is(target error) bool { return target == e.Kind }

// RespondError answers the request.
func (e *Error) RespondError(w http.ResponseWriter, req *http.Request) {
	if on := e.recipe.cfg.OnError; on != nil {
		on(w, req, e)
		return
	}
	e.recipe.Respond(w, req, e)
}

// Respond answers a request whose session is not good as the protocol says:
// 401 or 403, and tokens cleared that will never serve again.
func (r *Recipe) Respond(w http.ResponseWriter, req *http.Request, e *Error) {
	switch e.Kind {
	case InvalidClaims:
		fdi.WriteJSON(w, r.cfg.InvalidClaimStatus, struct {
			Message string          `json:"message"`
			Errors  []claim.Invalid `json:"claimValidationErrors"`
		}{string(e.Kind), e.Claims})
		return
	case DuplicateCookies:
		fdi.WriteMessage(w, http.StatusOK, string(e.Kind))
		return
	case ForeignOrigin:
		fdi.WriteMessage(w, http.StatusForbidden, string(e.Kind))
		return
	case Unauthorised:
		if !e.KeepTokens {
			r.clearAll(w, req)
		}
	case TokenTheft:
		r.clearAll(w, req)
	}
	fdi.WriteMessage(w, r.cfg.UnauthorisedStatus, string(e.Kind))
}

func (r *Recipe) unauthorised(detail string) *Error {
	return &Error{Kind: Unauthorised, Detail: detail, recipe: r}
}

func (r *Recipe) notSignedIn(detail string) *Error {
	return &Error{Kind: Unauthorised, Detail: detail, KeepTokens: true, recipe: r}
}

func (r *Recipe) tryRefresh(detail string) *Error {
	return &Error{Kind: TryRefresh, Detail: detail, recipe: r}
}

// fromCore turns an outcome of the core into the error that clients see.
func (r *Recipe) fromCore(err error) error {
	switch e := err.(type) { //nolint:errorlint // outcomes of the contract are never wrapped
	case *core.Unauthorised:
		return r.unauthorised(e.Message)
	case *core.TryRefreshToken:
		return r.tryRefresh(e.Message)
	case *core.TokenTheft:
		return &Error{Kind: TokenTheft, Detail: e.Error(), Stolen: e.Session, recipe: r}
	}
	return err
}
