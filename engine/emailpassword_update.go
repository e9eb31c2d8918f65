package engine

import (
	"context"
	"errors"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/password"
)

func (a *app) updateEmailPassword(ctx context.Context, in core.UpdateEmailPassword) (done core.Done, err error) {
	if in.Email == "" && in.Password == "" {
		return done, core.Bad("You have to provide either email or password.")
	}
	if in.Email != "" {
		if in.Email, err = kernel.Email(in.Email); err != nil {
			return done, err
		}
	}
	hash := ""
	if in.Password != "" {
		if hash, err = a.hashFor(ctx, in.RecipeUserID, in.Password); err != nil {
			return done, err
		}
	}
	err = a.InApp(ctx, func(q db.Querier) error {
		current, err := a.lockRecipe(ctx, q, in.RecipeUserID, recipeEmailPassword)
		if err != nil {
			return err
		}
		if in.Email != "" && in.Email != current.email {
			if err := a.changeEmail(ctx, q, current, in.Email); err != nil {
				return err
			}
		}
		if hash != "" {
			return a.setPassword(ctx, q, current.id, hash)
		}
		return nil
	})
	return done, err
}

// hashFor hashes a new password for a user who exists: nobody else's is worth
// the time.
func (a *app) hashFor(ctx context.Context, id string, given core.Secret) (string, error) {
	if err := password.CheckNew(given); err != nil {
		return "", err
	}
	var found string
	exists, err := a.DB.Reader.One(ctx, `SELECT user_id FROM users WHERE app_id = $1 AND user_id = `+internalID("$2")+` AND recipe_id = $3`,
		db.Args{a.ID, id, recipeEmailPassword}, &found)
	if err == nil && !exists {
		err = core.UnknownUserID
		if missing := a.CheckApp(ctx, a.DB.Reader); missing != nil {
			err = missing
		}
	}
	if err != nil {
		return "", err
	}
	return a.e.hasher.Hash(ctx, given)
}

// changeEmail gives a login method another address in all its tenants. What
// was mailed to prove the old one, or to set a password, is worth nothing any
// more.
func (a *app) changeEmail(ctx context.Context, q db.Querier, m method, address string) error {
	err := a.changeIdentity(ctx, q, m, identity{kindEmail, address})
	if err != nil {
		return err
	}
	if err := a.deleteResetTokens(ctx, q, m.id); err != nil {
		return err
	}
	return a.deleteOf(ctx, q, []string{m.id}, `email_verification_tokens`, `email_verification_codes`)
}

// changeIdentity gives a login method another email or phone number, or none.
// A primary user is told in other words that somebody has it.
func (a *app) changeIdentity(ctx context.Context, q db.Querier, m method, i identity) error {
	update := `UPDATE users SET email = $3 WHERE app_id = $1 AND user_id = $2`
	if i.kind == kindPhone {
		update = `UPDATE users SET phone = $3 WHERE app_id = $1 AND user_id = $2`
	}
	if _, err := q.Exec(ctx, update, a.ID, m.id, i.value); err != nil {
		return err
	}
	if !m.isPrimary {
		return a.changeLogins(ctx, q, m, i)
	}
	err := a.settle(ctx, q, m.primaryID) // first, as everywhere: two who want the same wait in the same order
	if err == nil {
		err = a.changeLogins(ctx, q, m, i)
	}
	if _, held := asHeld(err); held || errors.Is(err, i.taken()) {
		return notAllowed(i)
	}
	return err
}

// notAllowed refuses an identity that another primary user has.
func notAllowed(i identity) error {
	if i.kind == kindPhone {
		return &core.PhoneNumberChangeNotAllowed{Reason: "New phone number is associated with another primary user ID"}
	}
	return &core.EmailChangeNotAllowed{Reason: "New email is associated with another primary user ID"}
}
