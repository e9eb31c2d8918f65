package signin

import (
	"context"
	"errors"
	"slices"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/session"
)

// Flow is the sign-ins of an app, which has the session recipe. Recipes make
// one in Init; it keeps nothing.
type Flow struct{ app *postern.App }

// New returns the flow of an app.
func New(app *postern.App) *Flow { return &Flow{app} }

func (f *Flow) sessions() *session.Recipe { return first[*session.Recipe](f.app) }

// Linking is what a sign-in API is asked about the session that the request
// may carry: true links the new login method to its user, false ignores it.
// Clients before FDI 3.1 do not say.
type Linking struct {
	ShouldTryLinkingWithSessionUser op.Optional[bool] `json:"shouldTryLinkingWithSessionUser,omitzero"`
}

// wish is what a client says of the session that it may have.
type wish int

const (
	unsaid  wish = iota // an older client: the session may be linked to
	ignored             // sign in anew
	wanted              // add to the session's user
)

func (l Linking) wish(v fdi.Version) wish {
	link, said := l.ShouldTryLinkingWithSessionUser.Get()
	switch {
	case !v.AtLeast(3, 1):
		return unsaid
	case said && link:
		return wanted
	}
	return ignored
}

// Attempt is one request to sign up or in.
type Attempt struct {
	// TenantID is the tenant to sign in to: that of the session, else that of
	// the path.
	TenantID string
	// Session is the session that the attempt starts from, or nil.
	Session *session.Session
	// Factors are those of the attempt that are allowed. Before [Attempt.Allow]
	// they are so only when there is no session.
	Factors []string

	flow   *Flow
	call   fdi.Call
	wish   wish
	second bool // it adds to the session's user
}

// IsFirstFactor reports whether the attempt begins a sign-in, and does not add
// to the session's user. It is known after [Attempt.Allow].
func (a *Attempt) IsFirstFactor() bool { return !a.second }

// Begin loads the session that an attempt starts from (FDI §4.0.1). Without
// one, the factors are checked at once: it fails as [session.Unauthorised] if
// none of them may be the first in the tenant.
func (f *Flow) Begin(ctx context.Context, call fdi.Call, l Linking, factors ...string) (*Attempt, error) {
	a := &Attempt{TenantID: call.TenantID, Factors: factors, flow: f, call: call, wish: l.wish(fdi.VersionOf(call.Request))}
	if a.wish != ignored {
		opts := session.AnyClaims()
		opts.Optional = a.wish == unsaid
		s, err := f.sessions().Verify(call.Response, call.Request, opts)
		if err != nil {
			return nil, err
		}
		if s != nil {
			a.Session, a.TenantID = s, s.TenantID()
		}
	}
	if a.Session != nil {
		return a, nil
	}
	return a, a.keepFirst(ctx)
}

// Only narrows the attempt to some of its factors, once it is known by which
// somebody signs in. It fails as [Flow.Begin] does.
func (a *Attempt) Only(factors ...string) error {
	if a.Session != nil {
		a.Factors = factors
		return nil
	}
	a.Factors = keep(factors, func(f string) bool { return slices.Contains(a.Factors, f) })
	if len(a.Factors) == 0 {
		return a.noFirst()
	}
	return nil
}

// noFirst is a sign-in by none of the factors that may be the first.
func (a *Attempt) noFirst() error {
	return a.flow.sessions().Gone("A valid session is required to authenticate with secondary factors")
}

// keepFirst keeps the factors that may be the first.
func (a *Attempt) keepFirst(ctx context.Context) error {
	valid, err := a.flow.firstOf(ctx, a.TenantID, a.Factors)
	var unknown *core.TenantNotFound
	switch {
	case errors.As(err, &unknown) && a.Session != nil:
		return a.flow.sessions().Gone("the tenant of the session is gone")
	case err != nil:
		return err
	case len(valid) == 0 && a.Session == nil:
		return a.noFirst()
	case len(valid) == 0:
		return fdi.BadInput("This way to sign in is not one that this tenant allows first. Sign in by another, or link it to the signed-in user (shouldTryLinkingWithSessionUser).")
	}
	a.Factors = valid
	return nil
}

// Finish gives the client the session of a user who has proved to be one by a
// factor: the session that the attempt started from, if it is one of the very
// user, else a new one (FDI §4.0.6).
func (a *Attempt) Finish(ctx context.Context, user core.User, recipeUserID, factor string) (*session.Session, error) {
	counted := a.flow.factors()
	if a.Session != nil && isSameUser(user, a.Session.RecipeUserID()) {
		if counted == nil {
			return a.Session, a.Session.Proved(ctx) // who asked for a recent sign-in goes on
		}
		return a.Session, counted.Complete(ctx, a.Session, factor)
	}
	return a.flow.sessions().Create(a.call.Response, a.call.Request, session.NewSession{
		TenantID: a.TenantID, RecipeUserID: recipeUserID, User: &user, Factor: factor,
	})
}
