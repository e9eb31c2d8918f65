package session

import (
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/op"
)

// Linking is what a sign-in API is asked about the session that the request
// may carry: true links the new login method to its user, false ignores it.
// Clients before FDI 3.1 do not say.
type Linking struct {
	ShouldTryLinkingWithSessionUser op.Optional[bool] `json:"shouldTryLinkingWithSessionUser,omitzero"`
}

// ForSignIn loads the session that a sign-in starts from, if it does (FDI
// §4.0.1), and returns it with the tenant to sign in to: that of the session,
// else that of the path.
func (r *Recipe) ForSignIn(call fdi.Call, l Linking) (*Session, string, error) {
	link, said := l.ShouldTryLinkingWithSessionUser.Get()
	if !fdi.VersionOf(call.Request).AtLeast(3, 1) {
		said = false
	} else if !said {
		link, said = false, true
	}
	if said && !link {
		return nil, call.TenantID, nil
	}
	s, err := r.verifyRequest(call.Response, call.Request, Options{Optional: !said})
	if err != nil || s == nil {
		return nil, call.TenantID, err
	}
	return s, s.TenantID(), nil
}

// SignIn gives the client a session for a user who just proved to be one,
// unless before is a session of this very user.
func (r *Recipe) SignIn(call fdi.Call, tenantID string, user core.RecipeUser, before *Session) (*Session, error) {
	if before != nil {
		if _, same := user.User.LoginMethod(before.RecipeUserID()); same {
			return before, nil
		}
	}
	return r.Create(call.Response, call.Request, NewSession{
		TenantID: tenantID, RecipeUserID: user.RecipeUserID, User: &user.User,
	})
}

// FactorNotAllowed is a sign-in by a factor that may not be the first in this
// tenant.
func (r *Recipe) FactorNotAllowed() error {
	return r.unauthorised("A valid session is required to authenticate with secondary factors")
}

// Gone is a session whose user is no more: the client loses its tokens.
func (r *Recipe) Gone(detail string) error { return r.unauthorised(detail) }
