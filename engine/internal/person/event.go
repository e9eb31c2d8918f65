package person

import (
	"context"

	"github.com/posternauth/postern/engine/internal/db"
)

// Event is something that happens to login methods and that concerns what other
// rooms keep for them.
type Event int

const (
	// EmailChanged: a login method has another address. What was mailed to
	// prove the old one, or to set a password, is worth nothing any more.
	EmailChanged Event = iota
	// PasswordReset: somebody has proved to own the account by mail. Whatever
	// an intruder may hold of it ends.
	PasswordReset
	// Moved: a login method belongs to another person now, or is one of its
	// own. Whoever is signed in by it would stay somebody else.
	Moved
)

// Listener does what a room owes to an Event, in the transaction in which it
// happens. ids are ours, of login methods.
type Listener func(ctx context.Context, q db.Querier, ids []string) error

// On has a listener called, after those that came before it. It is for the time
// when rooms are made.
func (p *People) On(e Event, do Listener) { p.on[e] = append(p.on[e], do) }

// OnMapped has do called when what is kept for an id moves to another one: the
// user got an id of the application's. It is for the tables that say Moves.
func (p *People) OnMapped(do func(ctx context.Context, q db.Querier, from, to string) error) {
	p.mapped = append(p.mapped, do)
}

// Tell calls who listens. Rooms call it for what they themselves have made
// happen.
func (p *People) Tell(ctx context.Context, q db.Querier, e Event, ids ...string) error {
	for _, do := range p.on[e] {
		if err := do(ctx, q, ids); err != nil {
			return err
		}
	}
	return nil
}

// Rename moves what is kept for an id to another one.
func (p *People) Rename(ctx context.Context, q db.Querier, from, to string) error {
	if err := p.moveProofs(ctx, q, from, to); err != nil {
		return err
	}
	for _, do := range p.mapped {
		if err := do(ctx, q, from, to); err != nil {
			return err
		}
	}
	return nil
}
