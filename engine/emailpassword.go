package engine

import (
	"context"
	"errors"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/password"
	"github.com/posternauth/postern/engine/internal/person"
)

func (a *app) emailPassword() core.EmailPassword {
	return core.EmailPassword{
		SignUp:            a.signUp,
		SignIn:            a.signIn,
		CreateResetToken:  a.createResetToken,
		ConsumeResetToken: a.consumeResetToken,
		ResetPassword:     a.resetPassword,
		Update:            a.updateEmailPassword,
		ImportHash:        a.importHash,
	}
}

// signUp hashes one password for those who want the same address at once: the
// one that came first decides, and the others are told that it is taken.
func (a *app) signUp(ctx context.Context, in core.SignUp) (core.RecipeUser, error) {
	address, err := kernel.Email(in.Email)
	if err != nil {
		return core.RecipeUser{}, err
	}
	if err := password.CheckNew(in.Password); err != nil {
		return core.RecipeUser{}, err
	}
	in.Email, in.TenantID = address, kernel.OrPublic(in.TenantID)
	for {
		first := false
		out, err, _ := a.signUps.Do(a.ID+" "+in.TenantID+" "+address, func() (any, error) {
			first = true
			return a.signUpAlone(ctx, in)
		})
		switch user, _ := out.(core.RecipeUser); {
		case first:
			return user, err
		case err == nil:
			return core.RecipeUser{}, core.EmailAlreadyExists
		case !errors.Is(err, context.Canceled) || ctx.Err() != nil:
			return core.RecipeUser{}, err
		} // the first has gone: it is ours to try
	}
}

func (a *app) signUpAlone(ctx context.Context, in core.SignUp) (out core.RecipeUser, err error) {
	_, taken, err := a.findPassword(ctx, a.DB.Reader, in.TenantID, in.Email)
	if err != nil {
		return out, err
	}
	if taken {
		return out, core.EmailAlreadyExists
	}
	hash, err := a.hasher.Hash(ctx, in.Password)
	if err != nil {
		return out, err
	}
	err = a.DB.Tx(ctx, func(q db.Querier) error {
		out, err = a.insertEmailPassword(ctx, q, in.TenantID, in.Email, hash)
		return err
	})
	if err != nil {
		return core.RecipeUser{}, err
	}
	a.people.MarkActive(ctx, out.RecipeUserID)
	return out, nil
}

// insertEmailPassword adds a user with a password.
func (a *app) insertEmailPassword(ctx context.Context, q db.Querier, tenant, address, hash string) (core.RecipeUser, error) {
	return a.people.Add(ctx, q, tenant, person.NewMethod{
		Method: person.Method{RecipeID: person.RecipeEmailPassword, Email: address}, Hash: hash, Verified: kernel.IsFake(address),
	})
}

// findPassword finds who signs in with an address in a tenant.
func (a *app) findPassword(ctx context.Context, q db.Querier, tenant, address string) (person.Login, bool, error) {
	return a.people.FindLogin(ctx, q, tenant, person.RecipeEmailPassword, person.ByEmail(address))
}

func (a *app) signIn(ctx context.Context, in core.SignIn) (out core.RecipeUser, err error) {
	address, err := kernel.Email(in.Email)
	if err != nil {
		return out, err
	}
	if err := password.CheckLength(in.Password); err != nil {
		return out, err
	}
	found, exists, err := a.findPassword(ctx, a.DB.Reader, kernel.OrPublic(in.TenantID), address)
	if err != nil {
		return out, err
	}
	if !exists || found.Hash == "" || in.Password == "" {
		if err := a.hasher.VerifyNone(ctx, in.Password); err != nil {
			return out, err
		}
		return out, core.WrongCredentials
	}
	right, stale, err := a.hasher.Verify(ctx, found.Hash, in.Password)
	if err != nil {
		return out, err
	}
	if !right {
		return out, core.WrongCredentials
	}
	if stale {
		a.rehash(ctx, found, in.Password)
	}
	return a.signedIn(ctx, found)
}

// rehash replaces a hash by one in today's form, unless the password has been
// changed meanwhile. It can wait for the next sign-in when it fails.
func (a *app) rehash(ctx context.Context, l person.Login, password core.Secret) {
	hash, err := a.hasher.Hash(ctx, password)
	if err == nil {
		err = a.people.ReplaceHash(ctx, l, hash)
	}
	if err != nil {
		a.Log.WarnContext(ctx, "a password was not hashed anew", "app", a.ID, "user", l.UserID, "err", err)
	}
}

func (a *app) signedIn(ctx context.Context, l person.Login) (out core.RecipeUser, err error) {
	u, found, err := a.people.UserOf(ctx, a.DB.Reader, l)
	if err != nil || !found {
		return out, kernel.OrStatus(err, core.WrongCredentials) // deleted since
	}
	a.people.MarkActive(ctx, l.PrimaryID)
	return u, nil
}

func (a *app) importHash(ctx context.Context, in core.ImportHash) (out core.ImportedUser, err error) {
	address, err := kernel.Email(in.Email)
	if err != nil {
		return out, err
	}
	if err := a.hasher.Check(in.PasswordHash, in.HashingAlgorithm); err != nil {
		return out, err
	}
	tenant := kernel.OrPublic(in.TenantID)
	err = a.DB.Tx(ctx, func(q db.Querier) error {
		created, err := a.insertEmailPassword(ctx, q, tenant, address, string(in.PasswordHash))
		if !errors.Is(err, core.EmailAlreadyExists) {
			out = core.ImportedUser{User: created.User}
			return err
		}
		out, err = a.overwriteHash(ctx, q, tenant, address, string(in.PasswordHash))
		return err
	})
	return out, err
}

// overwriteHash gives a user a hash that was made elsewhere.
func (a *app) overwriteHash(ctx context.Context, q db.Querier, tenant, address, hash string) (out core.ImportedUser, err error) {
	found, exists, err := a.findPassword(ctx, q, tenant, address)
	if err != nil {
		return out, err
	}
	if !exists {
		return out, &core.Unavailable{Err: errors.New("the user was deleted while its password was imported")}
	}
	if err := a.setPassword(ctx, q, found.UserID, hash); err != nil {
		return out, err
	}
	u, _, err := a.people.UserOf(ctx, q, found)
	return core.ImportedUser{User: u.User, DidUserAlreadyExist: true}, err
}

// setPassword writes a hash, and kills the reset tokens that could replace it.
func (a *app) setPassword(ctx context.Context, q db.Querier, id, hash string) error {
	if err := a.people.SetHash(ctx, q, id, hash); err != nil {
		return err
	}
	return a.deleteResetTokens(ctx, q, id)
}
