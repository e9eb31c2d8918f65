package session

import (
	"context"
	"net/http"

	"github.com/posternauth/postern/claim"
	"github.com/posternauth/postern/fdi"
)

type contextKey struct{}

// FromContext returns the session that [Recipe.Require] or
// [Recipe.VerifySession] found, or nil.
func FromContext(ctx context.Context) *Session {
	s, _ := ctx.Value(contextKey{}).(*Session)
	return s
}

// Require serves next to people who are signed in and meet the demands: those
// that every session has to meet, and these. Others get 401 or 403.
func (r *Recipe) Require(next http.HandlerFunc, demands ...claim.Validator) http.Handler {
	opts := Options{}
	if len(demands) > 0 {
		opts.Validators = func(global []claim.Validator) []claim.Validator {
			return append(global[:len(global):len(global)], demands...)
		}
	}
	return r.VerifySession(opts, next)
}

// VerifySession serves next to requests whose session is good by opts; with
// Optional also to those without. That holds for every method: preflight
// requests are answered by postern.CORS, outside of it.
func (r *Recipe) VerifySession(opts Options, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		s, err := r.Verify(w, req, opts)
		if err != nil {
			fdi.WriteError(w, req, r.app.Log, err)
			return
		}
		if s != nil {
			req = req.WithContext(context.WithValue(req.Context(), contextKey{}, s))
		}
		next.ServeHTTP(w, req)
	})
}
