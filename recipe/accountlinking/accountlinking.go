// Package accountlinking makes the login methods of one person one user. It
// serves no route; its operations are those of core.AccountLinking, and what
// it decides takes effect in every sign-in (FDI §4.0, §4.1).
//
//	accountlinking.New(accountlinking.Config{
//		ShouldLink: func(context.Context, accountlinking.Question) (accountlinking.Answer, error) {
//			return accountlinking.Answer{Link: true}, nil
//		},
//	})
//
// Then a person who has proved an address by Google and by a password is one
// user with two login methods. Without the recipe, or without ShouldLink,
// every login method is a user of its own.
//
// # What the answer cannot do
//
// Two login methods are never joined because they merely have the same
// address: both have to have proved it, which a password does by the recipe
// emailverification or by a reset. Answer.WithoutProof does not change that; it
// lets people who are signed in add a login whose address is not proved.
//
// Whoever has only signed up with an address, by a password, loses password and
// sessions when the address is proved by another login method that the policy
// would link it to; its owner sets a new password by mail.
package accountlinking

import (
	"context"
	"errors"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/recipe/signin"
)

// Question is what ShouldLink is asked; see [signin.Question].
type Question = signin.Question

// Answer is what ShouldLink says; see [signin.Answer].
type Answer = signin.Answer

// Account is what a login method is known by; see [signin.Account].
type Account = signin.Account

// Functions is what the recipe does; see [core.AccountLinking].
type Functions = core.AccountLinking

// Config changes the recipe.
type Config struct {
	// ShouldLink decides whether a login method becomes one with a user, or a
	// user that others may be linked to. It is asked often and has to be quick.
	// Default: never, and clients cannot ask for a link.
	ShouldLink func(ctx context.Context, q Question) (Answer, error)
	// OnLinked is told that a login method has become part of a user, once. An
	// error of it fails the sign-in, but not the link.
	OnLinked func(ctx context.Context, user core.User, m core.LoginMethod) error

	// Functions replaces parts of the recipe. It receives the original and
	// returns what to use.
	Functions func(original Functions) Functions
}

// Recipe is the account linking recipe. Its operations are its fields.
type Recipe struct {
	Functions

	cfg  Config
	app  *postern.App
	flow *signin.Flow
}

// New returns the recipe.
func New(cfg Config) *Recipe { return &Recipe{cfg: cfg} }

// ID is "accountlinking".
func (r *Recipe) ID() string { return "accountlinking" }

// Init prepares the recipe.
func (r *Recipe) Init(a *postern.App) error {
	r.app, r.flow = a, signin.New(a)
	r.Functions = a.Core.AccountLinking
	if f := r.cfg.Functions; f != nil {
		r.Functions = f(r.Functions)
	}
	_, err := postern.Need[*session.Recipe](a)
	return err
}

// APIs is nothing: accounts are linked by signing in.
func (r *Recipe) APIs() any { return nil }

// LinkingPolicy is Config.ShouldLink.
func (r *Recipe) LinkingPolicy() signin.Policy { return r.cfg.ShouldLink }

// LinksAccounts reports whether there is a Config.ShouldLink.
func (r *Recipe) LinksAccounts() bool { return r.cfg.ShouldLink != nil }

// LinkingOperations are the operations of the recipe.
func (r *Recipe) LinkingOperations() core.AccountLinking { return r.Functions }

// AccountLinked calls Config.OnLinked.
func (r *Recipe) AccountLinked(ctx context.Context, user core.User, m core.LoginMethod) error {
	if r.cfg.OnLinked == nil {
		return nil
	}
	return r.cfg.OnLinked(ctx, user, m)
}

// LinkOrMakePrimary makes a login method one with the primary user who has
// proved the same address, or a primary user if there is none and ShouldLink
// says so. It returns the user as it is then, and fails with
// [core.UnknownUserID].
func (r *Recipe) LinkOrMakePrimary(ctx context.Context, tenantID, recipeUserID string) (core.User, error) {
	user, err := r.user(ctx, recipeUserID)
	if err != nil {
		return user, err
	}
	return r.flow.LinkByAddress(ctx, tenantID, user, nil)
}

// PrimaryFor returns the primary user that a login method belongs to, or the
// one it could be linked to by its address; nil if there is none.
func (r *Recipe) PrimaryFor(ctx context.Context, tenantID, recipeUserID string) (*core.User, error) {
	user, err := r.user(ctx, recipeUserID)
	if err != nil || user.IsPrimaryUser {
		return &user, err
	}
	return r.flow.PrimaryWith(ctx, tenantID, signin.AccountOf(user.LoginMethods[0]))
}

// SignUpAllowed reports whether a login method may be added to a tenant: not
// if it could be taken for that of a linked user whose address it has. verified
// says that the address is proved; s is the session it starts from, or nil.
func (r *Recipe) SignUpAllowed(ctx context.Context, tenantID string, account Account, verified bool, s *session.Session) (bool, error) {
	return r.flow.SignUpAllowed(ctx, signin.Entry{TenantID: tenantID, Account: account, Verified: verified, Session: s})
}

// SignInAllowed reports whether a login method may be signed in by. It fails
// with [core.UnknownUserID].
func (r *Recipe) SignInAllowed(ctx context.Context, tenantID, recipeUserID string, s *session.Session) (bool, error) {
	user, err := r.user(ctx, recipeUserID)
	if err != nil {
		return false, err
	}
	m, _ := user.LoginMethod(recipeUserID)
	return r.flow.SignInAllowed(ctx, signin.Entry{
		TenantID: tenantID, Account: signin.AccountOf(m), User: &user, Verified: m.Verified, Session: s,
	}, false)
}

// EmailChangeAllowed reports whether a login method may get another email
// without a risk for it or for others. It fails with [core.UnknownUserID].
func (r *Recipe) EmailChangeAllowed(ctx context.Context, recipeUserID, email string, verified bool, s *session.Session) (bool, error) {
	user, err := r.user(ctx, recipeUserID)
	if err != nil {
		return false, err
	}
	err = r.flow.MayChangeEmail(ctx, signin.EmailChange{User: user, RecipeUserID: recipeUserID, Email: email, Verified: verified, Session: s})
	if errors.Is(err, signin.PrimaryUserConflict) || errors.Is(err, signin.AccountTakeoverRisk) {
		return false, nil
	}
	return err == nil, err
}

func (r *Recipe) user(ctx context.Context, recipeUserID string) (core.User, error) {
	out, err := r.app.Core.User.ByID(ctx, core.UserByID{UserID: recipeUserID})
	return out.User, err
}
