package engine

import (
	"context"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
)

func (a *app) updateEmailPassword(ctx context.Context, in core.UpdateEmailPassword) (done core.Done, err error) {
	if in.Email == "" && in.Password == "" {
		return done, core.Bad("You have to provide either email or password.")
	}
	if in.Email != "" {
		if in.Email, err = email(in.Email); err != nil {
			return done, err
		}
	}
	hash := ""
	if in.Password != "" {
		if hash, err = a.hashFor(ctx, in.RecipeUserID, in.Password); err != nil {
			return done, err
		}
	}
	err = a.inApp(ctx, func(q db.Querier) error {
		current, err := a.lockEmailPassword(ctx, q, in.RecipeUserID)
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
func (a *app) hashFor(ctx context.Context, id string, password core.Secret) (string, error) {
	if err := checkPassword(password); err != nil {
		return "", err
	}
	var found string
	exists, err := a.db.Reader.One(ctx, `SELECT user_id FROM users WHERE app_id = $1 AND user_id = $2 AND recipe_id = $3`,
		db.Args{a.id, id, recipeEmailPassword}, &found)
	if err == nil && !exists {
		err = core.UnknownUserID
		if missing := a.checkApp(ctx, a.db.Reader); missing != nil {
			err = missing
		}
	}
	if err != nil {
		return "", err
	}
	return a.hasher.Hash(ctx, password)
}

// method is a login method that is about to be changed.
type method struct {
	id, primaryID, recipeID string
	isPrimary               bool
	email, phone            string
	thirdParty              core.ThirdParty
}

// lockMethod reads a login method and keeps others from changing it.
func (a *app) lockMethod(ctx context.Context, q db.Querier, id string) (m method, err error) {
	found, err := q.One(ctx, `SELECT user_id, primary_user_id, recipe_id, is_primary, email, phone, third_party_id, third_party_user_id
		FROM users WHERE app_id = $1 AND user_id = $2`+a.db.ForUpdate, db.Args{a.id, id},
		&m.id, &m.primaryID, &m.recipeID, &m.isPrimary, &m.email, &m.phone, &m.thirdParty.ID, &m.thirdParty.UserID)
	if err == nil && !found {
		err = core.UnknownUserID
	}
	return m, err
}

func (a *app) lockEmailPassword(ctx context.Context, q db.Querier, id string) (method, error) {
	m, err := a.lockMethod(ctx, q, id)
	if err == nil && m.recipeID != recipeEmailPassword {
		err = core.UnknownUserID
	}
	return m, err
}

// changeEmail gives a login method another address in all its tenants. What
// was mailed to prove the old one, or to set a password, is worth nothing any
// more.
func (a *app) changeEmail(ctx context.Context, q db.Querier, m method, address string) error {
	if m.isPrimary {
		other, err := a.otherPrimary(ctx, q, m.primaryID, address)
		if err != nil {
			return err
		}
		if other {
			return &core.EmailChangeNotAllowed{Reason: "New email is associated with another primary user ID"}
		}
	}
	_, err := q.Exec(ctx, `UPDATE tenant_logins SET value = $4 WHERE app_id = $1 AND user_id = $2 AND kind = $3`,
		a.id, m.id, kindEmail, address)
	if a.db.Conflict(err) {
		if m.isPrimary {
			return &core.EmailChangeNotAllowed{Reason: "New email is associated with another primary user ID"}
		}
		return core.EmailAlreadyExists
	}
	if err != nil {
		return err
	}
	if _, err := q.Exec(ctx, `UPDATE users SET email = $3 WHERE app_id = $1 AND user_id = $2`, a.id, m.id, address); err != nil {
		return err
	}
	if err := a.deleteResetTokens(ctx, q, m.id); err != nil {
		return err
	}
	return a.deleteVerificationTokens(ctx, q, []string{m.id})
}

// otherPrimary reports whether another primary user has an address in one of
// the tenants of this one.
func (a *app) otherPrimary(ctx context.Context, q db.Querier, primaryID, address string) (bool, error) {
	var id string
	return q.One(ctx, `SELECT u.primary_user_id FROM users u
		JOIN tenant_users t ON t.app_id = u.app_id AND t.user_id = u.user_id
		WHERE u.app_id = $1 AND u.email = $3 AND u.is_primary AND u.primary_user_id <> $2
		AND t.tenant_id IN (SELECT tenant_id FROM tenant_users WHERE app_id = $1 AND primary_user_id = $2) LIMIT 1`,
		db.Args{a.id, primaryID, address}, &id)
}
