package signin

import (
	"context"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/recipe/session"
)

// Policy says whether a login method becomes one with a user, or a user that
// others may be linked to. It is the application's (accountlinking.Config).
type Policy func(ctx context.Context, q Question) (Answer, error)

// Question is what a [Policy] is asked.
type Question struct {
	// New is the login method; it may not exist yet.
	New Account
	// User is whom it would be linked to. Nil asks whether it should become a
	// primary user, to whom others may be linked.
	User *core.User
	// Session is that of the request; nil for nobody signed in.
	Session  *session.Session
	TenantID string
}

// Answer is what a [Policy] says. Its zero value is no.
type Answer struct {
	// Link joins them.
	Link bool
	// WithoutProof joins them although the address of the login method is not
	// proved. Login methods that merely have the same address are not joined
	// even then: anybody can sign up with an address.
	WithoutProof bool
}

// Linker is the recipe with the policy; accountlinking is one.
type Linker interface {
	// LinkingPolicy returns the policy, or nil if the application has none.
	LinkingPolicy() Policy
	// LinkingOperations are the operations of the core, as overridden.
	LinkingOperations() core.AccountLinking
	// AccountLinked is told that a login method has become part of user.
	AccountLinked(ctx context.Context, user core.User, m core.LoginMethod) error
}

// Verification is the recipe that proves addresses; emailverification is one.
type Verification interface {
	// AddressProved reports whether a login method has proved an address.
	AddressProved(ctx context.Context, recipeUserID, email string) (bool, error)
	// ProveAddress notes that it has.
	ProveAddress(ctx context.Context, tenantID, recipeUserID, email string) error
	// DemandProof fails with the session's invalid claims when its address is
	// not proved.
	DemandProof(ctx context.Context, s *session.Session) error
	// TellDisarmed mails to the address of a login method that its password was
	// replaced.
	TellDisarmed(ctx context.Context, d Disarmed)
}

func (f *Flow) verification() Verification { return first[Verification](f.app) }

// Provider is another service that people can sign in with.
type Provider struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// policy is the application's, or nil.
func (f *Flow) policy() Policy {
	if l := first[Linker](f.app); l != nil {
		return l.LinkingPolicy()
	}
	return nil
}

// ask asks the policy; where there is none the answer is no.
func (f *Flow) ask(ctx context.Context, account Account, user *core.User, s *session.Session, tenantID string) (Answer, error) {
	policy := f.policy()
	if policy == nil {
		return Answer{}, nil
	}
	return policy(ctx, Question{New: account, User: user, Session: s, TenantID: tenantID})
}

// linking are the operations that make login methods one user.
func (f *Flow) linking() core.AccountLinking {
	if l := first[Linker](f.app); l != nil {
		return l.LinkingOperations()
	}
	return f.app.Core.AccountLinking
}
