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
		if c.User.IsPrimaryUser {
			err = f.changeOfPrimary(ctx, tenantID, c, others)
		} else {
			err = f.changeOfOther(ctx, tenantID, c, m, others)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *Flow) changeOfPrimary(ctx context.Context, tenantID string, c EmailChange, others []core.User) error {
	if firstPrimary(others) != nil {
		return PrimaryUserConflict
	}
	if c.Verified || len(others) == 0 || (Account{Email: c.Email}).provedBy(c.User) {
		return nil
	}
	return f.riskOf(ctx, tenantID, AccountOf(others[0].LoginMethods[0]), &c.User, c.Session)
}

func (f *Flow) changeOfOther(ctx context.Context, tenantID string, c EmailChange, m core.LoginMethod, others []core.User) error {
	primary := firstPrimary(others)
	if c.Verified || (Account{Email: c.Email}).HasAddressOf(m) || primary == nil {
		return nil
	}
	return f.riskOf(ctx, tenantID, AccountOf(m), primary, c.Session)
}

// riskOf is [AccountTakeoverRisk] if the two would be linked once the address
// is proved.
func (f *Flow) riskOf(ctx context.Context, tenantID string, account Account, user *core.User, s *session.Session) error {
	answer, err := f.ask(ctx, account, user, s, tenantID)
	if err == nil && answer.Link && !answer.WithoutProof {
		return AccountTakeoverRisk
	}
	return err
}
