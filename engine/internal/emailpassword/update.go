package emailpassword

import (
	"context"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/password"
	"github.com/posternauth/postern/engine/internal/person"
	"github.com/posternauth/postern/internal/address"
)

func (e *emailPassword) update(ctx context.Context, in core.UpdateEmailPassword) (done core.Done, err error) {
	if in.Email == "" && in.Password == "" {
		return done, core.Bad("You have to provide either email or password.")
	}
	if in.Email != "" {
		if in.Email, err = address.Normal(in.Email); err != nil {
			return done, err
		}
	}
	hash := ""
	if in.Password != "" {
		if hash, err = e.hashFor(ctx, in.RecipeUserID, in.Password); err != nil {
			return done, err
		}
	}
	err = e.InApp(ctx, func(q db.Querier) error {
		current, err := e.people.LockRecipe(ctx, q, in.RecipeUserID, person.RecipeEmailPassword)
		if err != nil {
			return err
		}
		if in.Email != "" && in.Email != current.Email {
			if err := e.people.ChangeEmail(ctx, q, current, in.Email); err != nil {
				return err
			}
		}
		if hash != "" {
			return e.setPassword(ctx, q, current.ID, hash)
		}
		return nil
	})
	return done, err
}

// hashFor hashes a new password for a user who exists: nobody else's is worth
// the time.
func (e *emailPassword) hashFor(ctx context.Context, id string, given core.Secret) (string, error) {
	if err := password.CheckNew(given); err != nil {
		return "", err
	}
	var found string
	exists, err := e.DB.Reader.One(ctx, `SELECT user_id FROM users WHERE app_id = $1 AND user_id = `+person.InternalID("$2")+` AND recipe_id = $3`,
		db.Args{e.ID, id, person.RecipeEmailPassword}, &found)
	if err == nil && !exists {
		err = core.UnknownUserID
		if missing := e.CheckApp(ctx, e.DB.Reader); missing != nil {
			err = missing
		}
	}
	if err != nil {
		return "", err
	}
	return e.hasher.Hash(ctx, given)
}
