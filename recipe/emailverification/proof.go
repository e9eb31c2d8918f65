package emailverification

import (
	"context"
	"errors"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/recipe/session"
)

// AddressProved reports whether a login method has proved an address, which
// need not be its own yet.
func (r *Recipe) AddressProved(ctx context.Context, recipeUserID, email string) (bool, error) {
	out, err := r.Functions.IsVerified(ctx, core.UserEmail{UserID: recipeUserID, Email: email})
	return out.IsVerified, err
}

// ProveAddress notes that a login method has proved an address, without asking
// for it.
func (r *Recipe) ProveAddress(ctx context.Context, tenantID, recipeUserID, email string) error {
	token, err := r.CreateToken(ctx, core.CreateVerificationToken{TenantID: tenantID, UserID: recipeUserID, Email: email})
	if errors.Is(err, core.EmailAlreadyVerified) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = r.Verify(ctx, core.VerifyEmail{TenantID: tenantID, Method: "token", Token: token.Token})
	return err
}

// DemandProof fails with the session's invalid claims when its address is not
// proved. The session says so from then on.
func (r *Recipe) DemandProof(ctx context.Context, s *session.Session) error {
	proved, err := r.Proved(ctx, s.RecipeUserID())
	if err != nil {
		return err
	}
	if err := r.sync(ctx, s, proved); err != nil {
		return err
	}
	return s.Demand(ctx, r.IsVerified())
}

// linkProved makes a login method that has proved its address one with whom it
// belongs to by that, unless it has another address by now.
func (r *Recipe) linkProved(ctx context.Context, tenantID string, proved core.ConsumedToken) (core.User, error) {
	out, err := r.app.Core.User.ByID(ctx, core.UserByID{UserID: proved.UserID})
	if errors.Is(err, core.UnknownUserID) {
		return core.User{ID: proved.UserID}, nil
	}
	if err != nil {
		return out.User, err
	}
	if m, ok := out.User.LoginMethod(proved.UserID); !ok || m.Email != proved.Email {
		return out.User, nil
	}
	return r.flow.LinkByAddress(ctx, tenantID, out.User, nil)
}
