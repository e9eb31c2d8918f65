package signin

import (
	"context"
	"fmt"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/session"
)

// Why an email may not be changed.
const (
	PrimaryUserConflict op.Status = "PRIMARY_USER_CONFLICT"
	AccountTakeoverRisk op.Status = "ACCOUNT_TAKEOVER_RISK"
)

// EmailChange is a question whether a login method may get another email.
type EmailChange struct {
	User         core.User
	RecipeUserID string
	Email        string // the new one
	Verified     bool   // it is proved
	Session      *session.Session
}

// MayChangeEmail fails with [PrimaryUserConflict] or [AccountTakeoverRisk] if a
// login method may not get an email (FDI §4.0.9).
func (f *Flow) MayChangeEmail(ctx context.Context, c EmailChange) error {
	m, ok := c.User.LoginMethod(c.RecipeUserID)
	if !ok {
		return fmt.Errorf("signin: user %s has no login method %s", c.User.ID, c.RecipeUserID)
	}
	if f.policy() == nil && !c.User.IsPrimaryUser {
		return nil
	}
	for _, tenantID := range c.User.TenantIDs {
		others, err := f.others(ctx, Entry{TenantID: tenantID, Account: Account{Email: c.Email}, User: &c.User})
		if err != nil {
			return err
		}
		check := f.changeOfOther
		if c.User.IsPrimaryUser {
			check = f.changeOfPrimary
		}
		if err := check(ctx, tenantID, c, m, others); err != nil {
			return err
		}
	}
	return nil
}

func (f *Flow) changeOfPrimary(ctx context.Context, tenantID string, c EmailChange, m core.LoginMethod, others []core.User) error {
	if len(keep(others, func(u core.User) bool { return u.IsPrimaryUser })) > 0 {
		return PrimaryUserConflict
	}
	if c.Verified || len(others) == 0 || (Account{Email: c.Email}).provedBy(c.User) {
		return nil
	}
	return f.riskOf(ctx, Question{New: AccountOf(others[0].LoginMethods[0]), User: &c.User, Session: c.Session, TenantID: tenantID})
}

func (f *Flow) changeOfOther(ctx context.Context, tenantID string, c EmailChange, m core.LoginMethod, others []core.User) error {
	primaries := keep(others, func(u core.User) bool { return u.IsPrimaryUser })
	if c.Verified || (Account{Email: c.Email}).HasAddressOf(m) || len(primaries) == 0 {
		return nil
	}
	return f.riskOf(ctx, Question{New: AccountOf(m), User: &primaries[0], Session: c.Session, TenantID: tenantID})
}

// riskOf is [AccountTakeoverRisk] if the two would be linked once the address
// is proved.
func (f *Flow) riskOf(ctx context.Context, q Question) error {
	policy := f.policy()
	if policy == nil {
		return nil
	}
	answer, err := policy(ctx, q)
	if err == nil && answer.Link && !answer.WithoutProof {
		return AccountTakeoverRisk
	}
	return err
}
