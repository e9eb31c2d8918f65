package signin

import (
	"context"
	"errors"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/fdi"
)

// role is what a login method is to the session that an attempt starts from.
type role struct {
	first      bool      // nothing: it is the first factor
	linked     bool      // one of the login methods of the session's user
	user       core.User // the session's user, unless first
	needsProof bool      // to be linked, its address has to be proved
}

var firstFactor = role{first: true}

const linkingOff = "This backend does not link accounts: shouldTryLinkingWithSessionUser cannot be true, and nobody signs in by a second factor, unless the accountlinking recipe has a policy (ShouldLink)"

// role finds out what the account, whose user is there or nil, is to the
// session (FDI §4.0.2). With look, nothing is changed.
func (a *Attempt) role(ctx context.Context, account Account, user *core.User, look bool) (role, error) {
	switch {
	case a.Session == nil:
		return firstFactor, nil
	case a.flow.policy() == nil:
		if a.wish == wanted || a.flow.factors() != nil {
			return firstFactor, fdi.BadInput(linkingOff)
		}
		return firstFactor, nil
	case user != nil && isSameUser(*user, a.Session.UserID()):
		return role{linked: true, user: *user}, nil
	}
	mine, ok, err := a.sessionUser(ctx, look)
	if err != nil {
		return firstFactor, err
	}
	if !ok {
		return a.notLinked()
	}
	answer, err := a.flow.ask(ctx, account, &mine, a.Session, a.TenantID)
	switch {
	case err != nil:
		return firstFactor, err
	case !answer.Link:
		return a.notLinked()
	}
	return role{user: mine, needsProof: !answer.WithoutProof}, nil
}

// notLinked is a session whose user the policy does not link: then it is as if
// nobody were signed in, unless the client asked for the link.
func (a *Attempt) notLinked() (role, error) {
	if a.wish == wanted {
		return firstFactor, fdi.BadInput("The login method cannot be linked to the user who is signed in: the app's policy says no")
	}
	return firstFactor, nil
}

// sessionUser returns the session's user, which becomes a primary user if it
// is none (FDI §4.0.3). It returns false if the policy does not want that. With
// look, the user stays as it is.
func (a *Attempt) sessionUser(ctx context.Context, look bool) (core.User, bool, error) {
	user, err := a.loadUser(ctx)
	if err != nil || user.IsPrimaryUser {
		return user, err == nil, err
	}
	m := user.LoginMethods[0]
	answer, err := a.flow.ask(ctx, AccountOf(m), nil, a.Session, a.TenantID)
	if err != nil || !answer.Link || look {
		return user, err == nil && answer.Link, err
	}
	if !answer.WithoutProof && !Proved(m) {
		return user, false, a.demandProof(ctx)
	}
	return a.makeSessionUserPrimary(ctx, user)
}

func (a *Attempt) makeSessionUserPrimary(ctx context.Context, user core.User) (core.User, bool, error) {
	m := user.LoginMethods[0]
	for range tries {
		made, err := a.flow.linking().MakePrimary(ctx, core.PrimaryCheck{RecipeUserID: m.RecipeUserID})
		var conflict *core.LinkConflict
		switch {
		case err == nil:
			return made.User, true, nil
		case !errors.As(err, &conflict):
			return user, false, err
		case conflict.Status == core.AlreadyLinked:
			return user, false, a.flow.sessions().Gone("the session's user has become another one")
		}
		freed, err := a.flow.evictConflict(ctx, a.TenantID, m, conflict)
		if err != nil {
			return user, false, err
		}
		if !freed {
			return user, false, &LinkFailed{SessionUserTaken}
		}
	}
	return user, false, errTries
}

func (a *Attempt) loadUser(ctx context.Context) (core.User, error) {
	out, err := a.flow.app.Core.User.ByID(ctx, core.UserByID{UserID: a.Session.UserID()})
	if errors.Is(err, core.UnknownUserID) {
		err = a.flow.sessions().Gone("Session user not found")
	}
	return out.User, err
}

// demandProof sends the person to the page where the address is proved.
func (a *Attempt) demandProof(ctx context.Context) error {
	v := a.flow.verification()
	if v == nil {
		return errors.New("signin: the linking policy wants proved addresses, and nothing proves them: add the emailverification recipe, or answer WithoutProof")
	}
	if err := v.DemandProof(ctx, a.Session); err != nil {
		return err
	}
	// The core says that the address is not proved, and the recipe that it is.
	return errors.New("signin: whether the address of the session's user is proved is not clear")
}
