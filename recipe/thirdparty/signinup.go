package thirdparty

import (
	"context"
	"errors"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/internal/address"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/signin"
)

const refused op.Status = "SIGN_IN_UP_NOT_ALLOWED"

func refusals() signin.Refusals {
	return signin.Refusals{Status: refused, SignIn: 4, SignUp: 6, Links: [4]int{20, 21, 22, 23}}
}

// enter signs in, or up, who the provider says it is.
func (r *Recipe) enter(ctx context.Context, attempt *signin.Attempt, p *provider, info UserInfo) (out fdi.SignedInUp, err error) {
	info, err = p.withEmail(ctx, info, attempt.TenantID)
	if err != nil {
		return out, err
	}
	account := signin.Account{
		RecipeID: RecipeID, ThirdParty: core.ThirdParty{ID: p.ThirdPartyID, UserID: info.ThirdPartyUserID},
	}
	// Only the provider's id of the user identifies: the email is not looked for.
	found, err := attempt.Find(ctx, account, func(ctx context.Context, tenantID string) (bool, error) { return r.isAlso(ctx, p, tenantID) })
	if err != nil {
		return out, err
	}
	account.Email = info.Email
	c := signin.Candidate{Account: account}
	if found != nil {
		if err := r.mayChangeEmail(ctx, attempt, *found, &info); err != nil {
			return out, err
		}
		c.User = &found.User
	}
	c.Verified, c.ProvesAddress = info.EmailVerified, info.EmailVerified
	if err := attempt.Allow(ctx, c); err != nil {
		return out, err
	}
	return r.save(ctx, attempt, p, info)
}

// isAlso reports whether a provider is the same in another tenant: only then is
// who it says somebody is the same person there.
func (r *Recipe) isAlso(ctx context.Context, p *provider, tenantID string) (bool, error) {
	other, err := r.provider(ctx, tenantID, p.ThirdPartyID, p.client.ClientType)
	var none *core.BadInput
	if errors.As(err, &none) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	here, err := p.source(ctx)
	if err != nil {
		return false, err
	}
	there, err := other.source(ctx)
	return here == there, err
}

// withEmail makes sure that there is an address.
func (p *provider) withEmail(ctx context.Context, info UserInfo, tenantID string) (UserInfo, error) {
	if !p.believed || p.UntrustedEmail || isTrue(p.client.additional("untrustedEmail")) {
		info.EmailVerified = false
	}
	switch {
	case info.Email != "":
		return info, nil
	case !p.EmailOptional:
		return info, NoEmailGiven
	case p.FakeEmail != nil:
		info.Email = p.FakeEmail(ctx, info.ThirdPartyUserID, tenantID)
	default:
		info.Email = info.ThirdPartyUserID + "." + p.ThirdPartyID + address.FakeDomain
	}
	info.EmailVerified = true
	return info, nil
}

// mayChangeEmail decides whether the login method may take over the address
// that the provider tells now. An address that the user has proved to us stays
// proved, whatever the provider says.
func (r *Recipe) mayChangeEmail(ctx context.Context, attempt *signin.Attempt, found signin.Found, info *UserInfo) (err error) {
	if !info.EmailVerified {
		if info.EmailVerified, err = r.flow.AddressProved(ctx, found.Method.RecipeUserID, info.Email); err != nil {
			return err
		}
	}
	if address.Same(found.Method.Email, info.Email) {
		return nil
	}
	err = r.flow.MayChangeEmail(ctx, signin.EmailChange{
		User: found.User, RecipeUserID: found.Method.RecipeUserID, Email: info.Email, Verified: info.EmailVerified, Session: attempt.Session,
	})
	switch {
	case errors.Is(err, signin.PrimaryUserConflict):
		return emailConflict()
	case errors.Is(err, signin.AccountTakeoverRisk):
		return &fdi.NotAllowed{Status: refused, Reason: signin.WithCode("Your address at the provider has changed, and is not confirmed there. Confirm it there and sign in again, or contact support.", 24)}
	}
	return err
}

func emailConflict() error {
	return &fdi.NotAllowed{Status: refused, Reason: signin.WithCode("Your address at the provider has changed to one that belongs to another account here. Sign in to that account, or contact support.", 5)}
}

// save adds the login method or brings it up to date, and gives the client its
// session.
func (r *Recipe) save(ctx context.Context, attempt *signin.Attempt, p *provider, info UserInfo) (out fdi.SignedInUp, err error) {
	saved, err := r.SignInUp(ctx, core.ThirdPartySignInUp{
		TenantID: attempt.TenantID, ThirdPartyID: p.ThirdPartyID, ThirdPartyUserID: info.ThirdPartyUserID,
		Email: core.ThirdPartyEmail{ID: info.Email, IsVerified: info.EmailVerified},
	})
	var taken *core.EmailChangeNotAllowed
	if errors.As(err, &taken) {
		return out, emailConflict()
	}
	if err != nil {
		return out, err
	}
	user, err := r.flow.ShareProof(ctx, attempt.TenantID, saved.User, saved.RecipeUserID)
	if err != nil {
		return out, err
	}
	if user, err = attempt.Link(ctx, user, saved.RecipeUserID); err != nil {
		return out, err
	}
	_, err = attempt.Finish(ctx, user, saved.RecipeUserID, RecipeID)
	return fdi.SignedInUp{SignedIn: fdi.SignedIn{User: user, RecipeUserID: saved.RecipeUserID}, CreatedNewRecipeUser: saved.CreatedNewUser}, err
}
