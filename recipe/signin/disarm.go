package signin

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/session"
)

// Somebody signs up with an address of somebody else's, and waits. When its
// owner proves the address, what is there already need not be the owner's: it
// is disarmed. docs/security.md has the table of cases.

// Disarmed is a login method whose password and sessions were taken away.
type Disarmed struct {
	TenantID string
	User     core.User // as it was before
	Method   core.LoginMethod
}

// unproven reports whether a user has only signed up with the account's
// address, and never proved it.
func unproven(u core.User, a Account) bool {
	m := u.LoginMethods[0]
	return !u.IsPrimaryUser && !Proved(m) && a.HasAddressOf(m)
}

// disarm takes password and sessions from those who have only signed up with
// the address that user has proved: they need not be the same person, and
// would become one with it as soon as the address is proved for them too. The
// owner of the address gets in by setting a new password. A login at a provider
// cannot be disarmed: its address is proved only by who is signed in by it
// ([Flow.ProvedByStranger]).
func (f *Flow) disarm(ctx context.Context, tenantID string, user core.User, others []core.User, s *session.Session) error {
	proved := user.LoginMethods[0]
	if !Proved(proved) {
		return nil
	}
	for _, other := range others {
		m := other.LoginMethods[0]
		if m.RecipeID != EmailPassword || !unproven(other, AccountOf(proved)) {
			continue
		}
		answer, err := f.ask(ctx, AccountOf(m), &user, s, tenantID)
		if err == nil && answer.Link {
			err = f.takeAway(ctx, Disarmed{tenantID, other, m})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// evict takes an address from a primary user who has never proved it, when
// somebody has, with whom the policy would link it by proof: an unproved login
// does not keep a proved one from being a primary user. It reports whether there
// was anything to take.
func (f *Flow) evict(ctx context.Context, tenantID string, proved core.LoginMethod, primary core.User) (bool, error) {
	account := AccountOf(proved)
	if !Proved(proved) || account.provedBy(primary) {
		return false, nil
	}
	answer, err := f.ask(ctx, account, &primary, nil, tenantID)
	if err != nil || !answer.Link || answer.WithoutProof {
		return false, err
	}
	squats := keep(primary.LoginMethods, func(m core.LoginMethod) bool { return !Proved(m) && account.HasAddressOf(m) })
	for _, m := range squats {
		err := f.takeAway(ctx, Disarmed{tenantID, primary, m})
		if err == nil {
			_, err = f.linking().Unlink(ctx, core.PrimaryCheck{RecipeUserID: m.RecipeUserID})
		}
		if err != nil {
			return true, err
		}
	}
	return len(squats) > 0, nil
}

// evictConflict is evict for the user whom the core has found in the way.
func (f *Flow) evictConflict(ctx context.Context, tenantID string, proved core.LoginMethod, conflict *core.LinkConflict) (bool, error) {
	if conflict.Status != core.AccountInfoTaken {
		return false, nil
	}
	primary, err := f.reload(ctx, conflict.PrimaryUserID)
	if errors.Is(err, core.UnknownUserID) { // deleted meanwhile
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return f.evict(ctx, tenantID, proved, primary)
}

// ProvedByStranger is what becomes of a user when the address of one of its
// login methods is proved by who is not signed in to it, and who need not have
// made it. The user keeps its id; the password is replaced, sessions end, and
// logins that somebody has added meanwhile are unlinked. It reports whether the
// proof counts: it does not for a login that cannot be disarmed, nor for an
// address that is not the login's yet.
func (f *Flow) ProvedByStranger(ctx context.Context, d Disarmed, email string) (bool, error) {
	if d.Method.RecipeID != EmailPassword || !(Account{Email: email}).hasEmailOf(d.Method) {
		return false, nil
	}
	if err := f.takeAway(ctx, d); err != nil {
		return false, err
	}
	if d.provedByOther() { // the user is the owner's already
		return true, nil
	}
	for _, m := range d.User.LoginMethods {
		// A login whose id is the user's would be deleted, so the others go.
		if own := m.RecipeUserID == d.Method.RecipeUserID; own == (d.User.ID == d.Method.RecipeUserID) {
			continue
		}
		if _, err := f.linking().Unlink(ctx, core.PrimaryCheck{RecipeUserID: m.RecipeUserID}); err != nil {
			return false, err
		}
	}
	return true, nil
}

// Part takes a login method out of the user of somebody who has proved the same
// address, if it has not itself: it has joined in the moment between a proof and
// our finding out that the proof does not count.
func (f *Flow) Part(ctx context.Context, recipeUserID string) error {
	user, err := f.reload(ctx, recipeUserID)
	if err != nil {
		return err
	}
	m, _ := user.LoginMethod(recipeUserID)
	d := Disarmed{User: user, Method: m}
	if Proved(m) || user.ID == recipeUserID || !d.provedByOther() {
		return nil
	}
	if _, err = f.linking().Unlink(ctx, core.PrimaryCheck{RecipeUserID: recipeUserID}); err == nil {
		err = f.endSessions(ctx, d)
	}
	return err
}

// provedByOther reports whether another login of the user has proved the same
// address.
func (d Disarmed) provedByOther() bool {
	return slices.ContainsFunc(d.User.LoginMethods, func(m core.LoginMethod) bool {
		return m.RecipeUserID != d.Method.RecipeUserID && m.Verified && AccountOf(d.Method).hasEmailOf(m)
	})
}

// takeAway makes a login method worthless to who has it, and tells its address.
// The password goes first: what it still lets in is ended with the sessions.
func (f *Flow) takeAway(ctx context.Context, d Disarmed) error {
	if d.Method.RecipeID == EmailPassword {
		_, err := f.app.Core.EmailPassword.Update(ctx, core.UpdateEmailPassword{
			RecipeUserID: d.Method.RecipeUserID, Password: core.Secret(rand.Text()),
		})
		if errors.Is(err, core.UnknownUserID) { // deleted meanwhile
			return nil
		}
		if err != nil {
			return err
		}
	}
	if err := f.endSessions(ctx, d); err != nil {
		return err
	}
	if v := f.verification(); v != nil && d.Method.RecipeID == EmailPassword {
		v.TellDisarmed(ctx, d)
	}
	return nil
}

// endSessions ends those that were begun by a login method, and all of the user
// if it is the one that the user was made with.
func (f *Flow) endSessions(ctx context.Context, d Disarmed) error {
	_, err := f.sessions().Functions.Session.Revoke(ctx, core.RevokeSessions{
		UserID: d.Method.RecipeUserID, RevokeSessionsForLinkedAccounts: op.Some(d.User.ID == d.Method.RecipeUserID),
	})
	return err
}
