package session

import (
	"context"
	"net/http"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/claim"
)

// Authorizer verifies requests for somebody in front of the app, such as an
// API Gateway, who answers them himself.
type Authorizer struct {
	recipe *Recipe
	opts   Options
}

// Authorizer returns one that verifies as [Recipe.Verify] does by opts.
func (r *Recipe) Authorizer(opts Options) Authorizer { return Authorizer{r, opts} }

// Authorize returns who makes a request by a session that is good and meets
// the demands, or nobody where that is allowed. It fails with an [Error]. It
// gives the client nothing and writes nothing: claims that have to be fetched
// are fetched for this check alone.
func (a Authorizer) Authorize(req *http.Request) (postern.Identity, error) {
	s, _, err := a.recipe.pickSession(req, a.opts)
	if err != nil || s == nil {
		return postern.Identity{}, err
	}
	return s.identity(), a.check(req.Context(), s)
}

func (a Authorizer) check(ctx context.Context, s *Session) error {
	demands, err := a.recipe.demands(ctx, s, a.opts)
	if err != nil || len(demands) == 0 {
		return err
	}
	_, bad, err := claim.Validate(ctx, s.subject(), s.Payload(), a.recipe.now(), demands)
	if err == nil && len(bad) > 0 {
		err = &Error{Kind: InvalidClaims, Claims: bad, recipe: a.recipe}
	}
	return err
}
