package signin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/recipe/session"
)

// Candidate is who wants in.
type Candidate struct {
	Account Account
	// User is the user who signs in; nil signs up.
	User *core.User
	// Verified says that the address is proved.
	Verified bool
	// ProvesAddress says that this very sign-in proves it, as a mailed code
	// does.
	ProvesAddress bool
	// Look changes nothing about the session's user: the sign-in is only asked
	// for so far.
	Look bool
}

// Allow decides whether a candidate gets in (FDI §4.0.4). It fails with
// [SignUpNotAllowed], [SignInNotAllowed], a [LinkFailed] or an error that knows
// its own answer.
func (a *Attempt) Allow(ctx context.Context, c Candidate) error {
	r, err := a.role(ctx, c.Account, c.User, c.Look)
	if err != nil {
		return err
	}
	if err := a.allowFactors(ctx, r); err != nil {
		return err
	}
	a.second = !r.first
	if a.flow.policy() == nil {
		return nil
	}
	q := Entry{TenantID: a.TenantID, Session: a.Session, Account: c.Account, User: c.User, Verified: c.Verified}
	if c.User != nil {
		ok, err := a.flow.SignInAllowed(ctx, q, c.ProvesAddress)
		return notAllowed(ok, err, SignInNotAllowed)
	}
	q.Verified = c.Verified || c.ProvesAddress || !r.first && c.Account.provedBy(r.user)
	ok, err := a.flow.SignUpAllowed(ctx, q)
	return notAllowed(ok, err, SignUpNotAllowed)
}

func notAllowed(ok bool, err error, refusal error) error {
	if err == nil && !ok {
		return refusal
	}
	return err
}

// allowFactors keeps the factors that are allowed: as the first, or as one
// that may be set up now.
func (a *Attempt) allowFactors(ctx context.Context, r role) error {
	counted := a.flow.factors()
	switch {
	case r.first && a.Session == nil:
		return nil // Begin has done it
	case r.first:
		return a.keepFirst(ctx)
	case r.linked, counted == nil:
		return nil
	}
	var refused error
	valid := keep(a.Factors, func(factor string) bool {
		err := counted.MaySetUp(ctx, a.Session, factor)
		if err != nil {
			refused = err
		}
		return err == nil
	})
	if len(valid) == 0 {
		return refused
	}
	a.Factors = valid
	return nil
}

// Entry is a question whether somebody may sign up or in.
type Entry struct {
	TenantID string
	Account  Account
	// User is the user who signs in, nil for a new one.
	User *core.User
	// Verified says that the account's address is proved.
	Verified bool
	// Session is that of the request, or nil.
	Session *session.Session
}

// SignInAllowed reports whether a user may sign in (FDI §4.0.8): a primary
// user, and one whose login method is proved or is proved by the sign-in,
// always; any other only if no linked account could be meant.
func (f *Flow) SignInAllowed(ctx context.Context, e Entry, provesAddress bool) (bool, error) {
	if e.User.IsPrimaryUser || provesAddress || Proved(e.User.LoginMethods[0]) {
		return true, nil
	}
	return f.allowed(ctx, e)
}

// SignUpAllowed reports whether a new login method may be added (FDI §4.0.8).
func (f *Flow) SignUpAllowed(ctx context.Context, e Entry) (bool, error) {
	if e.Account.Email != "" && e.Account.PhoneNumber != "" {
		return false, errors.New("signin: a login method has an email or a phone number, not both")
	}
	return f.allowed(ctx, e)
}

// allowed is the table of FDI §4.0.8.
func (f *Flow) allowed(ctx context.Context, e Entry) (bool, error) {
	if f.policy() == nil {
		return true, nil
	}
	others, err := f.others(ctx, e)
	if err != nil || len(others) == 0 {
		return err == nil, err
	}
	primary, err := onlyPrimary(others, e.TenantID)
	switch {
	case err != nil:
		return false, err
	case primary == nil:
		return f.allowedBeside(ctx, e, others)
	}
	return f.allowedWithPrimary(ctx, e, *primary)
}

// firstPrimary is the first primary user among users, or nil.
func firstPrimary(users []core.User) *core.User {
	if i := slices.IndexFunc(users, func(u core.User) bool { return u.IsPrimaryUser }); i >= 0 {
		return &users[i]
	}
	return nil
}

// onlyPrimary is the primary user among those of a tenant who have one address,
// or nil. The core lets no two of them have it.
func onlyPrimary(users []core.User, tenantID string) (*core.User, error) {
	primaries := keep(users, func(u core.User) bool { return u.IsPrimaryUser })
	if len(primaries) > 1 {
		return nil, fmt.Errorf("signin: %d primary users of tenant %s have one address", len(primaries), tenantID)
	}
	return firstPrimary(primaries), nil
}

// others are the other users of the tenant who have the account's address or
// login at a provider.
func (f *Flow) others(ctx context.Context, e Entry) ([]core.User, error) {
	users, err := f.usersWith(ctx, e.TenantID, e.Account)
	if err != nil || e.User == nil {
		return users, err
	}
	return keep(users, func(u core.User) bool { return u.ID != e.User.ID }), nil
}

// usersWith are the users of a tenant who have the email, the phone number or
// the login at a provider, the oldest first.
func (f *Flow) usersWith(ctx context.Context, tenantID string, a Account) ([]core.User, error) {
	out, err := f.app.Core.User.ByAccountInfo(ctx, core.UsersByAccountInfo{
		TenantID: tenantID, Email: a.Email, PhoneNumber: a.PhoneNumber,
		ThirdPartyID: a.ThirdParty.ID, ThirdPartyUserID: a.ThirdParty.UserID, DoUnionOfAccountInfo: true,
	})
	return out.Users, err
}

// allowedBeside decides when none of the others is a primary user: all of them
// have to have proved the address. Who has only signed up with it does not keep
// away somebody who proves it ([Flow.disarm]).
func (f *Flow) allowedBeside(ctx context.Context, e Entry, others []core.User) (bool, error) {
	answer, err := f.ask(ctx, e.Account, nil, e.Session, e.TenantID)
	if err != nil || !answer.Link || answer.WithoutProof {
		return err == nil, err
	}
	inTheWay := slices.ContainsFunc(others, func(u core.User) bool {
		mine := e.Session != nil && isSameUser(u, e.Session.UserID())
		return !mine && !e.Account.provedBy(u) && (!e.Verified || !unproven(u, e.Account))
	})
	return !inTheWay, nil
}

// allowedWithPrimary decides when one of the others is a primary user, with
// whom the login method would become one. A primary user who has never proved
// the address does not keep away somebody who does ([Flow.evict]).
func (f *Flow) allowedWithPrimary(ctx context.Context, e Entry, primary core.User) (bool, error) {
	answer, err := f.ask(ctx, e.Account, &primary, e.Session, e.TenantID)
	switch {
	case err != nil:
		return false, err
	case !answer.Link, answer.WithoutProof:
		return true, nil
	}
	return e.Verified, nil
}
