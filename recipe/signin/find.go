package signin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/posternauth/postern/core"
)

// Found is a user, and the login method by which it was found.
type Found struct {
	User   core.User
	Method core.LoginMethod
}

// Check reports whether the credentials of an attempt are right in a tenant.
type Check func(ctx context.Context, tenantID string) (bool, error)

// Find finds who has an account in the tenant (FDI §4.0.10); nil is nobody. If
// it is the session's user, who has it in another tenant only, it becomes one
// of this tenant too, once check says that the credentials are right there.
func (a *Attempt) Find(ctx context.Context, account Account, check Check) (*Found, error) {
	users, err := a.flow.usersWith(ctx, a.TenantID, account)
	if err != nil {
		return nil, err
	}
	var found []*Found
	for _, u := range users {
		if m, ok := account.method(u); ok && slices.Contains(m.TenantIDs, a.TenantID) {
			found = append(found, &Found{u, m})
		}
	}
	switch {
	case len(found) > 1:
		return nil, fmt.Errorf("signin: %d users of tenant %s have the same login by %s", len(found), a.TenantID, account.RecipeID)
	case len(found) == 1:
		return found[0], nil
	}
	return a.FindElsewhere(ctx, account, check)
}

// FindElsewhere is the second half of [Attempt.Find]: it looks at the login
// methods that the session's user has in other tenants.
func (a *Attempt) FindElsewhere(ctx context.Context, account Account, check Check) (*Found, error) {
	if a.Session == nil {
		return nil, nil
	}
	user, err := a.loadUser(ctx)
	if err != nil || !user.IsPrimaryUser {
		return nil, err
	}
	for _, m := range keep(user.LoginMethods, account.is) {
		if slices.Contains(m.TenantIDs, a.TenantID) {
			return &Found{user, m}, nil
		}
		if len(m.TenantIDs) == 0 {
			continue
		}
		if right, err := check(ctx, m.TenantIDs[0]); err != nil || !right {
			return nil, err
		}
		return a.bring(ctx, user.ID, m)
	}
	return nil, nil
}

// bring adds a login method of the session's user to the tenant. It finds
// nobody if somebody else there has the same login.
func (a *Attempt) bring(ctx context.Context, userID string, m core.LoginMethod) (*Found, error) {
	_, err := a.flow.app.Core.Tenant.AddUser(ctx, core.TenantUser{TenantID: a.TenantID, RecipeUserID: m.RecipeUserID})
	var refused *core.AssociationNotAllowed
	switch {
	case errors.As(err, &refused):
		return nil, a.flow.sessions().Gone("the session's user cannot join the tenant: " + refused.Reason)
	case isTaken(err):
		return nil, nil
	case err != nil:
		return nil, err
	}
	user, err := a.flow.reload(ctx, userID)
	m, _ = user.LoginMethod(m.RecipeUserID)
	return &Found{user, m}, err
}

func isTaken(err error) bool {
	for _, status := range []error{core.UnknownUserID, core.EmailAlreadyExists, core.PhoneNumberAlreadyExists, core.ThirdPartyUserAlreadyExists} {
		if errors.Is(err, status) {
			return true
		}
	}
	return false
}
