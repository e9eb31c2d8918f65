package emailverification

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/recipe/signin"
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

// settle makes a login method that has proved its address one with whom it
// belongs to by that, unless it has another address by now. What was there
// before is disarmed first if s, the session of the request or nil, is not one
// of the user's: who made the account need not be who proves its address.
func (r *Recipe) settle(ctx context.Context, tenantID string, s *session.Session, proved core.ConsumedToken) (core.User, error) {
	out, err := r.app.Core.User.ByID(ctx, core.UserByID{UserID: proved.UserID})
	if errors.Is(err, core.UnknownUserID) {
		return core.User{ID: proved.UserID}, nil
	}
	if err != nil {
		return out.User, r.forget(ctx, proved, err)
	}
	m, ok := out.User.LoginMethod(proved.UserID)
	if !isSignedIn(s, out.User) {
		counts, err := r.flow.ProvedByStranger(ctx, signin.Disarmed{TenantID: tenantID, User: out.User, Method: m}, proved.Email)
		if err != nil {
			return out.User, r.forget(ctx, proved, err)
		}
		if !counts {
			return out.User, r.forget(ctx, proved, core.InvalidVerificationToken)
		}
		if out, err = r.app.Core.User.ByID(ctx, core.UserByID{UserID: proved.UserID}); err != nil {
			return out.User, err
		}
	}
	if !ok || m.Email != proved.Email {
		return out.User, nil
	}
	return r.flow.LinkByAddress(ctx, tenantID, out.User, nil)
}

func isSignedIn(s *session.Session, u core.User) bool {
	if s == nil {
		return false
	}
	_, member := u.LoginMethod(s.RecipeUserID())
	return member
}

// forget takes a proof back that does not count, and fails with why.
func (r *Recipe) forget(ctx context.Context, proved core.ConsumedToken, why error) error {
	_, err := r.Unverify(ctx, core.UserEmail(proved))
	if err == nil {
		err = r.flow.Part(ctx, proved.UserID)
	}
	if err != nil {
		return errors.Join(why, err)
	}
	return why
}

// TellDisarmed mails to the address of a login method that its password was
// replaced.
func (r *Recipe) TellDisarmed(ctx context.Context, d signin.Disarmed) {
	m := DisarmedMail{
		UserID: d.User.ID, RecipeUserID: d.Method.RecipeUserID, Email: d.Method.Email, TenantID: d.TenantID, Made: time.UnixMilli(d.Method.TimeJoined),
		Link: r.app.Site.Website(nil) + "/reset-password?tenantId=" + url.QueryEscape(d.TenantID),
	}
	r.app.Background(ctx, "mailing that a password was replaced", func(ctx context.Context) error {
		mail, err := r.cfg.DisarmedMail(ctx, m)
		if err != nil {
			return err
		}
		return r.cfg.Email.Send(ctx, mail)
	})
}

func (r *Recipe) defaultDisarmedMail(_ context.Context, m DisarmedMail) (delivery.Email, error) {
	return delivery.Disarmed{AppName: r.app.Site.Name, To: m.Email, Link: m.Link, Made: m.Made}.Email()
}
