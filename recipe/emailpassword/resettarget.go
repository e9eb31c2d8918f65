package emailpassword

import (
	"context"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/internal/address"
	"github.com/posternauth/postern/recipe/signin"
)

// target is whom a link to set a password is for.
type target struct {
	user core.User
	// recipeUserID is the login method that gets the password. It is empty if
	// there is none with a password yet: setting one adds it to the user.
	recipeUserID string
	email        string
}

// tokenFor is whose token it is.
func (t target) tokenFor() string {
	if t.recipeUserID != "" {
		return t.recipeUserID
	}
	return t.user.ID
}

// resetTarget finds whom a link that is mailed to an address is for (FDI
// §4.2); nil is nobody. It fails with fdi.NotAllowed when the address is not
// proof enough for the account that it would open.
func (r *Recipe) resetTarget(ctx context.Context, tenantID, email string) (*target, error) {
	users, err := r.usersByEmail(ctx, tenantID, email)
	if err != nil || len(users) == 0 {
		return nil, err
	}
	own, has := passwordLogin(users, email)
	candidate, err := r.flow.PrimaryAmong(ctx, tenantID, users)
	switch {
	case err != nil:
		return nil, err
	case candidate == nil || !candidate.IsPrimaryUser && len(users) == 1:
		if !has {
			return nil, nil
		}
		return &target{own.user, own.method.RecipeUserID, own.method.Email}, nil
	case mayTakeOver(*candidate, email):
		return nil, &fdi.NotAllowed{Status: "PASSWORD_RESET_NOT_ALLOWED", Reason: signin.WithCode(resetRefused, 1)}
	case has && own.user.ID == candidate.ID:
		return &target{own.user, own.method.RecipeUserID, own.method.Email}, nil
	}
	return r.linkedTarget(ctx, tenantID, email, *candidate, own, has)
}

const resetRefused = "We cannot mail a link to set a password, because this address is not confirmed for the account that it would open. Please contact support."

// linkedTarget is whom the link is for when the primary user with the address
// has no password: one that is linked to it when the password is set.
func (r *Recipe) linkedTarget(ctx context.Context, tenantID, email string, candidate core.User, own login, has bool) (*target, error) {
	account := signin.Account{RecipeID: RecipeID, Email: email}
	if has {
		account = signin.AccountOf(own.method)
	}
	links, err := r.flow.WouldLink(ctx, tenantID, account, candidate)
	switch {
	case err != nil:
		return nil, err
	case has && links:
		return &target{candidate, own.method.RecipeUserID, own.method.Email}, nil
	case has:
		return &target{own.user, own.method.RecipeUserID, own.method.Email}, nil
	case !links:
		return nil, nil
	}
	ok, err := r.flow.SignUpAllowed(ctx, signin.Entry{TenantID: tenantID, Account: account, Verified: true})
	if err != nil || !ok {
		return nil, err
	}
	return &target{candidate, "", email}, nil
}

// mayTakeOver reports whether a user has never proved an address while having
// others: who reads its mail need not be that user.
func mayTakeOver(u core.User, email string) bool {
	proved := slices.ContainsFunc(u.LoginMethods, func(m core.LoginMethod) bool {
		return m.Verified && address.Same(m.Email, email)
	})
	others := slices.ContainsFunc(u.LoginMethods, func(m core.LoginMethod) bool {
		return m.PhoneNumber != "" || m.Email != "" && !address.Same(m.Email, email)
	})
	return !proved && others
}
