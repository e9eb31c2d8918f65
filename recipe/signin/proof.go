package signin

import (
	"context"

	"github.com/posternauth/postern/core"
)

// ShareProof proves the address of a login method of a primary user if another
// of its login methods has proved the same address (FDI §4.0.11). It returns
// the user as it is then.
func (f *Flow) ShareProof(ctx context.Context, tenantID string, user core.User, recipeUserID string) (core.User, error) {
	m, ok := user.LoginMethod(recipeUserID)
	v := f.verification()
	if v == nil || !ok || !user.IsPrimaryUser || m.Email == "" || m.Verified || !(Account{Email: m.Email}).provedBy(user) {
		return user, nil
	}
	if err := v.ProveAddress(ctx, tenantID, recipeUserID, m.Email); err != nil {
		return user, err
	}
	return f.reload(ctx, user.ID)
}

// ShareProofOf is [Flow.ShareProof] for a login method that has just got
// another email; user is as it was before.
func (f *Flow) ShareProofOf(ctx context.Context, user core.User, recipeUserID string) error {
	if !user.IsPrimaryUser {
		return nil
	}
	user, err := f.reload(ctx, user.ID)
	if err == nil && len(user.TenantIDs) > 0 {
		_, err = f.ShareProof(ctx, user.TenantIDs[0], user, recipeUserID)
	}
	return err
}

// AddressProved reports whether a login method has proved an address, which
// need not be its own yet. Without a recipe that proves addresses nothing is.
func (f *Flow) AddressProved(ctx context.Context, recipeUserID, email string) (bool, error) {
	if v := f.verification(); v != nil {
		return v.AddressProved(ctx, recipeUserID, email)
	}
	return false, nil
}

// Prove notes that a login method has proved an address. Without a recipe that
// proves addresses it does nothing.
func (f *Flow) Prove(ctx context.Context, tenantID, recipeUserID, email string) error {
	if v := f.verification(); v != nil {
		return v.ProveAddress(ctx, tenantID, recipeUserID, email)
	}
	return nil
}

// ProveAndLink notes that a login method has proved its address, and makes it
// one with whom it belongs to by that.
func (f *Flow) ProveAndLink(ctx context.Context, tenantID, recipeUserID, email string) (core.User, error) {
	if err := f.Prove(ctx, tenantID, recipeUserID, email); err != nil {
		return core.User{}, err
	}
	user, err := f.reload(ctx, recipeUserID)
	if err != nil {
		return user, err
	}
	return f.LinkByAddress(ctx, tenantID, user, nil)
}

// PrimaryAmong returns the primary user among users of a tenant, the oldest
// first, else the oldest if it should become one, else nil.
func (f *Flow) PrimaryAmong(ctx context.Context, tenantID string, users []core.User) (*core.User, error) {
	if primary := firstPrimary(users); primary != nil || len(users) == 0 {
		return primary, nil
	}
	if may, err := f.mayBePrimary(ctx, tenantID, users[0], nil); !may || err != nil {
		return nil, err
	}
	return &users[0], nil
}

// PrimaryWith returns the primary user of a tenant who has an account's
// address or login at a provider; nil if there is none.
func (f *Flow) PrimaryWith(ctx context.Context, tenantID string, account Account) (*core.User, error) {
	users, err := f.usersWith(ctx, tenantID, account)
	return firstPrimary(users), err
}

// WouldLink reports whether the policy makes an account one with a user.
func (f *Flow) WouldLink(ctx context.Context, tenantID string, account Account, user core.User) (bool, error) {
	answer, err := f.ask(ctx, account, &user, nil, tenantID)
	return answer.Link, err
}
