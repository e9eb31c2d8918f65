package engine

import (
	"context"

	"github.com/posternauth/postern/engine/internal/db"
)

// event is something that happens to login methods and that concerns what other
// rooms keep for them.
type event int

const (
	// emailChanged: a login method has another address. What was mailed to
	// prove the old one, or to set a password, is worth nothing any more.
	emailChanged event = iota
	// passwordReset: somebody has proved to own the account by mail. Whatever
	// an intruder may hold of it ends.
	passwordReset
	// moved: a login method belongs to another person now, or is one of its
	// own. Whoever is signed in by it would stay somebody else.
	moved
)

// listeners are what other rooms do, in the order in which they were made.
type listeners struct {
	on     map[event][]func(ctx context.Context, q db.Querier, ids []string) error
	mapped []func(ctx context.Context, q db.Querier, from, to string) error
}

// on has do called for our ids of the login methods that something happens to,
// in the transaction in which it happens.
func (a *app) on(e event, do func(ctx context.Context, q db.Querier, ids []string) error) {
	if a.listeners.on == nil {
		a.listeners.on = map[event][]func(ctx context.Context, q db.Querier, ids []string) error{}
	}
	a.listeners.on[e] = append(a.listeners.on[e], do)
}

// onMapped has do called when what is kept for an id moves to another one: the
// user got an id of the application's. It is for the tables that say Moves.
func (a *app) onMapped(do func(ctx context.Context, q db.Querier, from, to string) error) {
	a.listeners.mapped = append(a.listeners.mapped, do)
}

// tell calls who listens. Rooms call it for what they themselves have made
// happen.
func (a *app) tell(ctx context.Context, q db.Querier, e event, ids ...string) error {
	for _, do := range a.listeners.on[e] {
		if err := do(ctx, q, ids); err != nil {
			return err
		}
	}
	return nil
}

// rename moves what is kept for an id to another one.
func (a *app) rename(ctx context.Context, q db.Querier, from, to string) error {
	if err := a.moveProofs(ctx, q, from, to); err != nil {
		return err
	}
	for _, do := range a.listeners.mapped {
		if err := do(ctx, q, from, to); err != nil {
			return err
		}
	}
	return nil
}
