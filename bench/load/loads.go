package main

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/posternauth/postern/core"
)

// load is one kind of request.
type load struct {
	name    string
	clients int // at once; 0 means as many as the command line says
	// begin prepares one client of a server, and returns what it does again and
	// again.
	begin func(ctx context.Context, t *target) (again func(ctx context.Context) error, err error)
}

// loads are all that is measured.
func loads() []load {
	return []load{
		each("session create", 0, func(ctx context.Context, t *target) error {
			_, err := t.createSession(ctx)
			return err
		}),
		{"session verify, in the database", 0, beginVerify},
		{"session refresh", 0, beginRefresh},
		each("sign-in", 2, func(ctx context.Context, t *target) error {
			_, err := t.core.EmailPassword.SignIn(ctx, core.SignIn{Email: t.anyone().email, Password: password})
			return err
		}),
		each("user by id", 0, func(ctx context.Context, t *target) error {
			_, err := t.core.User.ByID(ctx, core.UserByID{UserID: t.anyone().id})
			return err
		}),
		each("users, page 1", 0, func(ctx context.Context, t *target) error {
			return full(t.core.User.List(ctx, core.ListUsers{}))
		}),
		each("users, page in the middle", 0, func(ctx context.Context, t *target) error {
			return full(t.core.User.List(ctx, core.ListUsers{Limit: 500, PaginationToken: t.middle}))
		}),
		each("search by the beginning of an email", 0, func(ctx context.Context, t *target) error {
			email := t.anyone().email
			found, err := t.core.User.List(ctx, core.ListUsers{Email: email[:9]})
			if err == nil && len(found.Users) == 0 {
				err = fmt.Errorf("nobody is found by %q", email[:9])
			}
			return err
		}),
	}
}

// each is a load without preparation.
func each(name string, clients int, do func(ctx context.Context, t *target) error) load {
	return load{name, clients, func(_ context.Context, t *target) (func(context.Context) error, error) {
		return func(ctx context.Context) error { return do(ctx, t) }, nil
	}}
}

func full(page core.UserPage, err error) error {
	if err == nil && len(page.Users) < 100 {
		err = fmt.Errorf("only %d users are on the page", len(page.Users))
	}
	return err
}

func (t *target) anyone() user { return t.users[rand.IntN(len(t.users))] }

func (t *target) createSession(ctx context.Context) (core.SessionTokens, error) {
	return t.core.Session.Create(ctx, core.CreateSession{
		UserID: t.anyone().id, UserDataInJWT: core.Object{}, UserDataInDatabase: core.Object{},
	})
}

func beginVerify(ctx context.Context, t *target) (func(context.Context) error, error) {
	session, err := t.createSession(ctx)
	return func(ctx context.Context) error {
		_, err := t.core.Session.Verify(ctx, core.VerifySession{AccessToken: session.AccessToken.Token, CheckDatabase: true})
		return err
	}, err
}

// beginRefresh refreshes one session, each time with the token of the time
// before.
func beginRefresh(ctx context.Context, t *target) (func(context.Context) error, error) {
	session, err := t.createSession(ctx)
	return func(ctx context.Context) error {
		next, err := t.core.Session.Refresh(ctx, core.RefreshSession{RefreshToken: session.RefreshToken.Token})
		if err == nil {
			session = next
		}
		return err
	}, err
}
