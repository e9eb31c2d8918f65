package signin

import (
	"context"
	"errors"
	"fmt"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/recipe/session"
)

// tries is how often linking begins anew because others changed the same users
// meanwhile.
const tries = 10

// Link makes the login method of an attempt one with the session's user, or
// with whom it belongs together by its address (FDI §4.0.5). It returns the
// user that the login method is part of, and fails with a [LinkFailed].
func (a *Attempt) Link(ctx context.Context, user core.User, recipeUserID string) (core.User, error) {
	if a.flow.policy() == nil {
		return user, nil
	}
	m, ok := user.LoginMethod(recipeUserID)
	if !ok {
		return user, fmt.Errorf("signin: user %s has no login method %s", user.ID, recipeUserID)
	}
	for range tries {
		r, err := a.role(ctx, AccountOf(m), &user, false)
		switch {
		case err != nil:
			return user, err
		case r.first:
			return a.flow.LinkByAddress(ctx, a.TenantID, user, a.Session)
		case r.linked:
			return r.user, nil
		}
		linked, err := a.linkToSession(ctx, m, r)
		if !errors.Is(err, core.NotAPrimaryUser) {
			return linked, err
		}
	}
	return user, errTries
}

var errTries = &core.Unavailable{Err: fmt.Errorf("signin: accounts could not be linked in %d tries, others change them", tries)}

func (a *Attempt) linkToSession(ctx context.Context, m core.LoginMethod, r role) (core.User, error) {
	if r.needsProof && !Proved(m) && !AccountOf(m).provedBy(r.user) {
		return r.user, &LinkFailed{EmailVerificationRequired}
	}
	linked, err := a.flow.link(ctx, a.TenantID, m, r.user)
	var conflict *core.LinkConflict
	if !errors.As(err, &conflict) {
		return linked, err
	}
	freed, err := a.flow.evictConflict(ctx, a.TenantID, m, conflict)
	switch {
	case err != nil:
		return r.user, err
	case freed:
		return r.user, core.NotAPrimaryUser // others have changed: try again
	}
	return r.user, &LinkFailed{conflict.Status}
}

// link makes a login method part of a primary user, and tells whom it concerns.
func (f *Flow) link(ctx context.Context, tenantID string, m core.LoginMethod, primary core.User) (core.User, error) {
	out, err := f.linking().Link(ctx, core.LinkAccounts{RecipeUserID: m.RecipeUserID, PrimaryUserID: primary.ID})
	if err != nil || out.AccountsAlreadyLinked {
		return out.User, err
	}
	user, err := f.ShareProof(ctx, tenantID, out.User, m.RecipeUserID)
	if l := first[Linker](f.app); l != nil && err == nil {
		linked, _ := user.LoginMethod(m.RecipeUserID)
		err = l.AccountLinked(ctx, user, linked)
	}
	return user, err
}

func (f *Flow) reload(ctx context.Context, userID string) (core.User, error) {
	out, err := f.app.Core.User.ByID(ctx, core.UserByID{UserID: userID})
	return out.User, err
}

// LinkByAddress makes a user one with the primary user who has the same email,
// phone number or login at a provider, or a primary user if there is none
// (FDI §4.0.7). It returns the user as it is then; s is the session of the
// request, or nil.
func (f *Flow) LinkByAddress(ctx context.Context, tenantID string, user core.User, s *session.Session) (core.User, error) {
	if f.policy() == nil {
		return user, nil
	}
	for range tries {
		out, done, err := f.tryLink(ctx, tenantID, user, s)
		if done || err != nil {
			return out, err
		}
	}
	return user, errTries
}

// tryLink does it once, and reports whether that was all: when others have
// changed the users meanwhile, it was not.
func (f *Flow) tryLink(ctx context.Context, tenantID string, user core.User, s *session.Session) (core.User, bool, error) {
	if user.IsPrimaryUser {
		return user, true, nil
	}
	others, err := f.others(ctx, Entry{TenantID: tenantID, Account: AccountOf(user.LoginMethods[0]), User: &user})
	if err != nil {
		return user, true, err
	}
	primary, err := onlyPrimary(others, tenantID)
	switch {
	case err != nil:
		return user, true, err
	case primary == nil:
		return f.makeOnePrimary(ctx, tenantID, user, others, s)
	}
	if freed, err := f.evict(ctx, tenantID, user.LoginMethods[0], *primary); freed || err != nil {
		return user, err != nil, err
	}
	return f.joinPrimary(ctx, tenantID, user, *primary, s)
}

// makeOnePrimary makes the oldest of those with the address a primary user,
// whom the user then joins, or else the user itself.
func (f *Flow) makeOnePrimary(ctx context.Context, tenantID string, user core.User, others []core.User, s *session.Session) (core.User, bool, error) {
	if len(others) > 0 {
		if made, err := f.makePrimary(ctx, tenantID, others[0], s); made != declined || err != nil {
			return user, err != nil, err
		}
	}
	made, err := f.makePrimary(ctx, tenantID, user, s)
	if made != done || err != nil {
		return user, made == declined, err
	}
	if err := f.disarm(ctx, tenantID, user, others, s); err != nil {
		return user, true, err
	}
	user, err = f.reload(ctx, user.ID)
	return user, true, err
}

// outcome is what came of a step that others may get in the way of.
type outcome int

const (
	declined outcome = iota // the policy says no
	done
	raced // others have changed the users
)

func (f *Flow) makePrimary(ctx context.Context, tenantID string, user core.User, s *session.Session) (outcome, error) {
	if may, err := f.mayBePrimary(ctx, tenantID, user, s); !may || err != nil {
		return declined, err
	}
	_, err := f.linking().MakePrimary(ctx, core.PrimaryCheck{RecipeUserID: user.LoginMethods[0].RecipeUserID})
	var conflict *core.LinkConflict
	if errors.As(err, &conflict) {
		return raced, nil
	}
	return done, err
}

// mayBePrimary reports whether the policy makes a user with one login method a
// primary user, as it is now.
func (f *Flow) mayBePrimary(ctx context.Context, tenantID string, user core.User, s *session.Session) (bool, error) {
	m := user.LoginMethods[0]
	answer, err := f.ask(ctx, AccountOf(m), nil, s, tenantID)
	return answer.Link && (answer.WithoutProof || Proved(m)), err
}

// joinPrimary links a user to the primary user with its address, if the policy
// says so and both have proved the address.
func (f *Flow) joinPrimary(ctx context.Context, tenantID string, user, primary core.User, s *session.Session) (core.User, bool, error) {
	m := user.LoginMethods[0]
	answer, err := f.ask(ctx, AccountOf(m), &primary, s, tenantID)
	if err != nil || !answer.Link || !Proved(m) || !AccountOf(m).provedBy(primary) {
		return user, true, err
	}
	linked, err := f.link(ctx, tenantID, m, primary)
	var conflict *core.LinkConflict
	switch {
	case errors.As(err, &conflict) && conflict.Status == core.AlreadyLinkedToOther:
		return conflict.User, true, nil
	case errors.As(err, &conflict), errors.Is(err, core.NotAPrimaryUser):
		return user, false, nil
	case err != nil:
		return user, true, err
	}
	return linked, true, nil
}
