package session

import (
	"net/http"

	"github.com/posternauth/postern"
)

// Identify returns who makes a request, whatever the claims say. It answers
// nothing and changes nothing.
func (r *Recipe) Identify(req *http.Request) postern.Identity {
	s, _, err := r.pickSession(req, Options{Optional: true, AntiCSRF: Off})
	if err != nil || s == nil {
		return postern.Identity{}
	}
	return s.identity()
}

func (s *Session) identity() postern.Identity {
	return postern.Identity{
		UserID: s.UserID(), RecipeUserID: s.RecipeUserID(), TenantID: s.TenantID(), SessionHandle: s.Handle(), Expires: s.Expires(),
	}
}
