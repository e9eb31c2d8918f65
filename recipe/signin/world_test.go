package signin_test

import (
	"context"
	"testing"

	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/recipe/accountlinking"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/recipe/signin"
)

// The answers of a policy.
var (
	no           = signin.Answer{}
	withProof    = signin.Answer{Link: true}
	withoutProof = signin.Answer{Link: true, WithoutProof: true}
)

// world is an app, and users that are put together without signing in.
type world struct {
	*authtest.App
	flow *signin.Flow
	t    *testing.T
}

// newWorld returns an app whose policy answers always the same.
func newWorld(t *testing.T, answer signin.Answer) *world {
	return newWorldBy(t, func(signin.Question) signin.Answer { return answer })
}

func newWorldBy(t *testing.T, policy func(signin.Question) signin.Answer) *world {
	t.Helper()
	a := authtest.New(t, authtest.Config{Linking: accountlinking.Config{
		ShouldLink: func(_ context.Context, q signin.Question) (signin.Answer, error) { return policy(q), nil },
	}})
	return &world{a, signin.New(a.App), t}
}

func (w *world) ctx() context.Context { return w.t.Context() }

const password = "correct horse 1"

// password adds a user with an email and a password.
func (w *world) password(email string) core.User {
	w.t.Helper()
	out, err := w.Core.EmailPassword.SignUp(w.ctx(), core.SignUp{Email: email, Password: password})
	w.must(err)
	return out.User
}

// proved adds a user with a password who has proved the address.
func (w *world) proved(email string) core.User {
	w.t.Helper()
	u := w.password(email)
	w.must(w.Verification.ProveAddress(w.ctx(), core.Public, u.ID, email))
	return w.load(u.ID)
}

// provider adds a user by a login at a provider.
func (w *world) provider(email string, verified bool) core.User {
	w.t.Helper()
	out, err := w.Core.ThirdParty.SignInUp(w.ctx(), core.ThirdPartySignInUp{
		ThirdPartyID: "google", ThirdPartyUserID: "at google " + email, Email: core.ThirdPartyEmail{ID: email, IsVerified: verified},
	})
	w.must(err)
	return out.User
}

func (w *world) primary(u core.User) core.User {
	w.t.Helper()
	out, err := w.Core.AccountLinking.MakePrimary(w.ctx(), core.PrimaryCheck{RecipeUserID: u.LoginMethods[0].RecipeUserID})
	w.must(err)
	return out.User
}

// link makes u a part of primary.
func (w *world) link(u, primary core.User) core.User {
	w.t.Helper()
	out, err := w.Core.AccountLinking.Link(w.ctx(), core.LinkAccounts{RecipeUserID: u.LoginMethods[0].RecipeUserID, PrimaryUserID: primary.ID})
	w.must(err)
	return out.User
}

func (w *world) load(id string) core.User {
	w.t.Helper()
	out, err := w.Core.User.ByID(w.ctx(), core.UserByID{UserID: id})
	w.must(err)
	return out.User
}

// session starts a session of a user.
func (w *world) session(u core.User) *session.Session {
	w.t.Helper()
	s, err := w.Sessions.CreateTokens(w.ctx(), session.NewSession{RecipeUserID: u.LoginMethods[0].RecipeUserID})
	w.must(err)
	return s
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}
