package emailpassword

import (
	"context"
	"errors"

	"golang.org/x/sync/singleflight"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/password"
	"github.com/posternauth/postern/engine/internal/person"
	"github.com/posternauth/postern/internal/address"
)

// emailPassword holds the passwords of an app.
type emailPassword struct {
	*kernel.App
	people  *person.People
	hasher  *password.Hasher
	signUps *singleflight.Group // those for the same address are one
}

// New returns the operations of signing in by email and password (CDI §2.1).
func New(a *kernel.App, people *person.People, hasher *password.Hasher) core.EmailPassword {
	e := &emailPassword{a, people, hasher, new(singleflight.Group)}
	people.On(person.EmailChanged, e.dropResetTokens)
	return core.EmailPassword{
		SignUp:            e.signUp,
		SignIn:            e.signIn,
		CreateResetToken:  e.createResetToken,
		ConsumeResetToken: e.consumeResetToken,
		ResetPassword:     e.resetPassword,
		Update:            e.update,
		ImportHash:        e.importHash,
	}
}

// Tables are those of this package.
func Tables() []kernel.Table {
	return []kernel.Table{
		{Name: `password_reset_tokens`, Tenant: true, User: kernel.Method, Ours: true, Ended: `expires_at <= $2`, Key: `token_hash`},
	}
}

// forTenant is [kernel.App.ForTenant].
func (e *emailPassword) forTenant(ctx context.Context, tenant string) (*emailPassword, error) {
	a, err := e.ForTenant(ctx, tenant)
	return &emailPassword{a, e.people, e.hasher, e.signUps}, err
}

// signUp hashes one password for those who want the same address at once: the
// one that came first decides, and the others are told that it is taken.
func (e *emailPassword) signUp(ctx context.Context, in core.SignUp) (core.RecipeUser, error) {
	email, err := address.Normal(in.Email)
	if err != nil {
		return core.RecipeUser{}, err
	}
	if err := password.CheckNew(in.Password); err != nil {
		return core.RecipeUser{}, err
	}
	in.Email, in.TenantID = email, kernel.OrPublic(in.TenantID)
	for {
		first := false
		out, err, _ := e.signUps.Do(e.ID+" "+in.TenantID+" "+email, func() (any, error) {
			first = true
			return e.signUpAlone(ctx, in)
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

func (e *emailPassword) signUpAlone(ctx context.Context, in core.SignUp) (out core.RecipeUser, err error) {
	_, taken, err := e.findPassword(ctx, e.DB.Reader, in.TenantID, in.Email)
	if err != nil {
		return out, err
	}
	if taken {
		return out, core.EmailAlreadyExists
	}
	hash, err := e.hasher.Hash(ctx, in.Password)
	if err != nil {
		return out, err
	}
	err = e.DB.Tx(ctx, func(q db.Querier) error {
		out, err = e.insert(ctx, q, in.TenantID, in.Email, hash)
		return err
	})
	if err != nil {
		return core.RecipeUser{}, err
	}
	e.people.MarkActive(ctx, out.RecipeUserID)
	return out, nil
}

// insert adds a user with a password.
func (e *emailPassword) insert(ctx context.Context, q db.Querier, tenant, email, hash string) (core.RecipeUser, error) {
	return e.people.Add(ctx, q, tenant, person.NewMethod{
		Method: person.Method{RecipeID: person.RecipeEmailPassword, Email: email}, Hash: hash, Verified: address.IsFake(email),
	})
}

// findPassword finds who signs in with an address in a tenant.
func (e *emailPassword) findPassword(ctx context.Context, q db.Querier, tenant, email string) (person.Login, bool, error) {
	return e.people.FindLogin(ctx, q, tenant, person.RecipeEmailPassword, person.ByEmail(email))
}

func (e *emailPassword) signIn(ctx context.Context, in core.SignIn) (out core.RecipeUser, err error) {
	email, err := address.Normal(in.Email)
	if err != nil {
		return out, err
	}
	if err := password.CheckLength(in.Password); err != nil {
		return out, err
	}
	found, exists, err := e.findPassword(ctx, e.DB.Reader, kernel.OrPublic(in.TenantID), email)
	if err != nil {
		return out, err
	}
	if !exists || found.Hash == "" || in.Password == "" {
		if err := e.hasher.VerifyNone(ctx, in.Password); err != nil {
			return out, err
		}
		return out, core.WrongCredentials
	}
	right, stale, err := e.hasher.Verify(ctx, found.Hash, in.Password)
	if err != nil {
		return out, err
	}
	if !right {
		return out, core.WrongCredentials
	}
	if stale {
		e.rehash(ctx, found, in.Password)
	}
	return e.signedIn(ctx, found)
}

// rehash replaces a hash by one in today's form, unless the password has been
// changed meanwhile. It can wait for the next sign-in when it fails.
func (e *emailPassword) rehash(ctx context.Context, l person.Login, password core.Secret) {
	hash, err := e.hasher.Hash(ctx, password)
	if err == nil {
		err = e.people.ReplaceHash(ctx, l, hash)
	}
	if err != nil {
		e.Log.WarnContext(ctx, "a password was not hashed anew", "app", e.ID, "user", l.UserID, "err", err)
	}
}

func (e *emailPassword) signedIn(ctx context.Context, l person.Login) (out core.RecipeUser, err error) {
	u, found, err := e.people.UserOf(ctx, e.DB.Reader, l)
	if err != nil || !found {
		return out, kernel.OrStatus(err, core.WrongCredentials) // deleted since
	}
	e.people.MarkActive(ctx, l.PrimaryID)
	return u, nil
}

func (e *emailPassword) importHash(ctx context.Context, in core.ImportHash) (out core.ImportedUser, err error) {
	email, err := address.Normal(in.Email)
	if err != nil {
		return out, err
	}
	if err := e.hasher.Check(in.PasswordHash, in.HashingAlgorithm); err != nil {
		return out, err
	}
	tenant := kernel.OrPublic(in.TenantID)
	err = e.DB.Tx(ctx, func(q db.Querier) error {
		created, err := e.insert(ctx, q, tenant, email, string(in.PasswordHash))
		if !errors.Is(err, core.EmailAlreadyExists) {
			out = core.ImportedUser{User: created.User}
			return err
		}
		out, err = e.overwriteHash(ctx, q, tenant, email, string(in.PasswordHash))
		return err
	})
	return out, err
}

// overwriteHash gives a user a hash that was made elsewhere.
func (e *emailPassword) overwriteHash(ctx context.Context, q db.Querier, tenant, email, hash string) (out core.ImportedUser, err error) {
	found, exists, err := e.findPassword(ctx, q, tenant, email)
	if err != nil {
		return out, err
	}
	if !exists {
		return out, &core.Unavailable{Err: errors.New("the user was deleted while its password was imported")}
	}
	if err := e.setPassword(ctx, q, found.UserID, hash); err != nil {
		return out, err
	}
	u, _, err := e.people.UserOf(ctx, q, found)
	return core.ImportedUser{User: u.User, DidUserAlreadyExist: true}, err
}

// setPassword writes a hash, and kills the reset tokens that could replace it.
func (e *emailPassword) setPassword(ctx context.Context, q db.Querier, id, hash string) error {
	if err := e.people.SetHash(ctx, q, id, hash); err != nil {
		return err
	}
	return e.deleteResetTokens(ctx, q, id)
}
