package session

import (
	"context"

	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/op"
)

// APIs is what the recipe serves. A nil API is not served.
type APIs struct {
	Refresh op.Func[RefreshPost, struct{}] `fdi:"POST /session/refresh" form:"bare"`
	SignOut op.Func[SignOutPost, struct{}] `fdi:"POST /signout"`
}

// RefreshPost is the input of [APIs].Refresh.
type RefreshPost struct{ fdi.Call }

// SignOutPost is the input of [APIs].SignOut.
type SignOutPost struct{ fdi.Call }

func (r *Recipe) refreshAPI(_ context.Context, in RefreshPost) (struct{}, error) {
	_, err := r.Refresh(in.Response, in.Request)
	return struct{}{}, err
}

// signOutAPI ends the session. Clients that sent the other kind of token too
// lose both.
func (r *Recipe) signOutAPI(ctx context.Context, in SignOutPost) (out struct{}, err error) {
	s, err := r.verifyRequest(in.Response, in.Request, Options{})
	if err != nil {
		return out, err
	}
	both := bearer(in.Request) != "" && hasCookie(in.Request, r.cfg.AccessCookie)
	if err := s.Revoke(ctx); err != nil {
		return out, err
	}
	if both {
		r.clearAll(in.Response, in.Request)
	}
	return out, nil
}
