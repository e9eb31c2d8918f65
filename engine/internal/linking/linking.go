package linking

import (
	"context"
	"errors"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/person"
	"github.com/posternauth/postern/op"
)

// linking links accounts in an app.
type linking struct {
	*kernel.App
	people *person.People
}

// New returns the operations of account linking (CDI §2.6).
func New(a *kernel.App, people *person.People) core.AccountLinking {
	l := &linking{a, people}
	return core.AccountLinking{
		CanMakePrimary: l.canMakePrimary,
		MakePrimary:    l.makePrimary,
		CanLink:        l.canLink,
		Link:           l.link,
		Unlink:         l.unlink,
	}
}

// errUndo ends the transaction of a check: it does what it is asked about, and
// then undoes it.
var errUndo = errors.New("only checked")

// check runs fn in a transaction and undoes it.
func (l *linking) check(ctx context.Context, fn func(q db.Querier) error) error {
	err := l.InApp(ctx, func(q db.Querier) error { return kernel.OrStatus(fn(q), errUndo) })
	if errors.Is(err, errUndo) {
		return nil
	}
	return err
}

func (l *linking) canMakePrimary(ctx context.Context, in core.PrimaryCheck) (out core.CanMakePrimary, err error) {
	err = l.check(ctx, func(q db.Querier) error {
		made, err := l.setPrimary(ctx, q, in.RecipeUserID)
		out.WasAlreadyAPrimaryUser = made.WasAlreadyAPrimaryUser
		return err
	})
	return out, err
}

func (l *linking) makePrimary(ctx context.Context, in core.PrimaryCheck) (out core.MadePrimary, err error) {
	err = l.InApp(ctx, func(q db.Querier) error {
		out, err = l.setPrimary(ctx, q, in.RecipeUserID)
		return err
	})
	return out, err
}

// lockKnown is [person.People.LockMethod] with the mistake of the caller when there is no such
// login method.
func (l *linking) lockKnown(ctx context.Context, q db.Querier, id string) (person.Method, person.Person, error) {
	m, members, err := l.people.LockMethod(ctx, q, id)
	if errors.Is(err, core.UnknownUserID) {
		err = unknownUser()
	}
	return m, members, err
}

func unknownUser() error { return core.Bad("Unknown user ID provided") }

func (l *linking) setPrimary(ctx context.Context, q db.Querier, id string) (out core.MadePrimary, err error) {
	m, _, err := l.lockKnown(ctx, q, id)
	if err != nil {
		return out, err
	}
	if m.IsPrimary && m.ID != m.PrimaryID {
		return out, l.linkedToOther(ctx, q, core.AlreadyLinked, m.PrimaryID)
	}
	out.WasAlreadyAPrimaryUser = m.IsPrimary
	if !m.IsPrimary {
		if err := l.people.MarkPrimary(ctx, q, m.ID, true); err != nil {
			return out, err
		}
		if err := l.settleLinks(ctx, q, m.ID); err != nil {
			return out, err
		}
	}
	out.User, err = l.people.One(ctx, q, m.ID)
	return out, err
}

// linkedToOther is the outcome for a login method that belongs to another
// primary user.
func (l *linking) linkedToOther(ctx context.Context, q db.Querier, status op.Status, primaryID string) error {
	other, err := l.people.One(ctx, q, primaryID)
	if err != nil {
		return err
	}
	conflict := &core.LinkConflict{Status: status, PrimaryUserID: other.ID, Description: "This user ID is already linked to another user ID"}
	if status == core.AlreadyLinkedToOther {
		conflict.User = other
	}
	return conflict
}

// settleLinks is settle, with the outcome for linking.
func (l *linking) settleLinks(ctx context.Context, q db.Querier, primaryID string) error {
	err := l.people.Settle(ctx, q, primaryID)
	held, ok := person.AsHeld(err)
	if !ok {
		return err
	}
	what := map[string]string{person.KindEmail: "email", person.KindPhone: "phone number", person.KindThirdParty: "third party login"}[held.Kind]
	return &core.LinkConflict{
		Status: core.AccountInfoTaken, PrimaryUserID: held.PrimaryID,
		Description: "This user's " + what + " is already associated with another user ID",
	}
}

func (l *linking) canLink(ctx context.Context, in core.LinkAccounts) (out core.CanLink, err error) {
	err = l.check(ctx, func(q db.Querier) error {
		linked, err := l.setLink(ctx, q, in)
		out.AccountsAlreadyLinked = linked.AccountsAlreadyLinked
		return err
	})
	var conflict *core.LinkConflict
	if errors.As(err, &conflict) {
		conflict.User = core.User{} // that is only for those who link
	}
	return out, err
}

func (l *linking) link(ctx context.Context, in core.LinkAccounts) (out core.LinkedAccounts, err error) {
	err = l.InApp(ctx, func(q db.Querier) error {
		out, err = l.setLink(ctx, q, in)
		return err
	})
	return out, err
}

func (l *linking) setLink(ctx context.Context, q db.Querier, in core.LinkAccounts) (out core.LinkedAccounts, err error) {
	m, primary, err := l.lockPair(ctx, q, in)
	if err != nil {
		return out, err
	}
	if m.IsPrimary && m.PrimaryID != primary.PrimaryID {
		return out, l.linkedToOther(ctx, q, core.AlreadyLinkedToOther, m.PrimaryID)
	}
	out.AccountsAlreadyLinked = m.IsPrimary
	if !m.IsPrimary {
		if err := l.join(ctx, q, m, primary.PrimaryID); err != nil {
			return out, err
		}
	}
	out.User, err = l.people.One(ctx, q, primary.PrimaryID)
	return out, err
}

// lockPair locks a login method, and the primary user that it is to be linked
// to, of which it returns any login method.
func (l *linking) lockPair(ctx context.Context, q db.Querier, in core.LinkAccounts) (m, primary person.Method, err error) {
	id, err := l.people.Internal(ctx, q, in.RecipeUserID)
	if err != nil {
		return m, primary, err
	}
	primaryID, err := l.people.Internal(ctx, q, in.PrimaryUserID)
	if err != nil {
		return m, primary, err
	}
	both, err := l.people.Lock(ctx, q, id, primaryID)
	if err != nil {
		return m, primary, err
	}
	m, known := both.Method(id)
	members := both.Of(primaryID)
	switch {
	case !known || len(members) == 0:
		return m, primary, unknownUser()
	case !members[0].IsPrimary:
		return m, primary, core.NotAPrimaryUser
	}
	return m, members[0], nil
}

// join makes a login method part of a primary user. Whoever is signed in by it
// would stay somebody else: its sessions end.
func (l *linking) join(ctx context.Context, q db.Querier, m person.Method, primaryID string) error {
	if err := l.people.MoveTo(ctx, q, m.ID, primaryID); err != nil {
		return err
	}
	if err := l.people.MarkPrimary(ctx, q, m.ID, true); err != nil {
		return err
	}
	if err := l.people.UpdateTimeJoined(ctx, q, primaryID); err != nil {
		return err
	}
	if err := l.settleLinks(ctx, q, primaryID); err != nil {
		return err
	}
	if err := l.people.MoveActivity(ctx, q, m.ID, primaryID); err != nil {
		return err
	}
	return l.people.Tell(ctx, q, person.Moved, m.ID)
}

func (l *linking) unlink(ctx context.Context, in core.PrimaryCheck) (out core.Unlinked, err error) {
	err = l.InApp(ctx, func(q db.Querier) error {
		m, members, err := l.lockKnown(ctx, q, in.RecipeUserID)
		if err != nil {
			return err
		}
		out = core.Unlinked{WasLinked: m.IsPrimary, WasRecipeUserDeleted: m.IsPrimary && m.ID == m.PrimaryID && len(members) > 1}
		switch {
		case !out.WasLinked:
			return nil
		case out.WasRecipeUserDeleted:
			return l.people.RemoveMember(ctx, q, m.ID, members)
		}
		return l.leave(ctx, q, m)
	})
	return out, err
}

// leave makes a login method a user of its own, with its own id.
func (l *linking) leave(ctx context.Context, q db.Querier, m person.Method) error {
	if err := l.people.MoveTo(ctx, q, m.ID, m.ID); err != nil {
		return err
	}
	if err := l.people.MarkPrimary(ctx, q, m.ID, false); err != nil {
		return err
	}
	for _, primaryID := range kernel.AddOnce([]string{m.ID}, m.PrimaryID) {
		if err := l.people.UpdateTimeJoined(ctx, q, primaryID); err != nil {
			return err
		}
		if err := l.people.Settle(ctx, q, primaryID); err != nil {
			return err
		}
	}
	return l.people.Tell(ctx, q, person.Moved, m.ID)
}
