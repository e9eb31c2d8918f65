package engine

import (
	"context"
	"errors"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/person"
	"github.com/posternauth/postern/op"
)

func (a *app) accountLinking() core.AccountLinking {
	return core.AccountLinking{
		CanMakePrimary: a.canMakePrimary,
		MakePrimary:    a.makePrimary,
		CanLink:        a.canLink,
		Link:           a.link,
		Unlink:         a.unlink,
	}
}

// errUndo ends the transaction of a check: it does what it is asked about, and
// then undoes it.
var errUndo = errors.New("only checked")

// check runs fn in a transaction and undoes it.
func (a *app) check(ctx context.Context, fn func(q db.Querier) error) error {
	err := a.InApp(ctx, func(q db.Querier) error { return kernel.OrStatus(fn(q), errUndo) })
	if errors.Is(err, errUndo) {
		return nil
	}
	return err
}

func (a *app) canMakePrimary(ctx context.Context, in core.PrimaryCheck) (out core.CanMakePrimary, err error) {
	err = a.check(ctx, func(q db.Querier) error {
		made, err := a.setPrimary(ctx, q, in.RecipeUserID)
		out.WasAlreadyAPrimaryUser = made.WasAlreadyAPrimaryUser
		return err
	})
	return out, err
}

func (a *app) makePrimary(ctx context.Context, in core.PrimaryCheck) (out core.MadePrimary, err error) {
	err = a.InApp(ctx, func(q db.Querier) error {
		out, err = a.setPrimary(ctx, q, in.RecipeUserID)
		return err
	})
	return out, err
}

// lockKnown is lockMethod with the mistake of the caller when there is no such
// login method.
func (a *app) lockKnown(ctx context.Context, q db.Querier, id string) (person.Method, person.Person, error) {
	m, members, err := a.people.LockMethod(ctx, q, id)
	if errors.Is(err, core.UnknownUserID) {
		err = unknownUser()
	}
	return m, members, err
}

func unknownUser() error { return core.Bad("Unknown user ID provided") }

func (a *app) setPrimary(ctx context.Context, q db.Querier, id string) (out core.MadePrimary, err error) {
	m, _, err := a.lockKnown(ctx, q, id)
	if err != nil {
		return out, err
	}
	if m.IsPrimary && m.ID != m.PrimaryID {
		return out, a.linkedToOther(ctx, q, core.AlreadyLinked, m.PrimaryID)
	}
	out.WasAlreadyAPrimaryUser = m.IsPrimary
	if !m.IsPrimary {
		if err := a.people.MarkPrimary(ctx, q, m.ID, true); err != nil {
			return out, err
		}
		if err := a.settleLinks(ctx, q, m.ID); err != nil {
			return out, err
		}
	}
	out.User, err = a.people.One(ctx, q, m.ID)
	return out, err
}

// linkedToOther is the outcome for a login method that belongs to another
// primary user.
func (a *app) linkedToOther(ctx context.Context, q db.Querier, status op.Status, primaryID string) error {
	other, err := a.people.One(ctx, q, primaryID)
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
func (a *app) settleLinks(ctx context.Context, q db.Querier, primaryID string) error {
	err := a.people.Settle(ctx, q, primaryID)
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

func (a *app) canLink(ctx context.Context, in core.LinkAccounts) (out core.CanLink, err error) {
	err = a.check(ctx, func(q db.Querier) error {
		linked, err := a.setLink(ctx, q, in)
		out.AccountsAlreadyLinked = linked.AccountsAlreadyLinked
		return err
	})
	var conflict *core.LinkConflict
	if errors.As(err, &conflict) {
		conflict.User = core.User{} // that is only for those who link
	}
	return out, err
}

func (a *app) link(ctx context.Context, in core.LinkAccounts) (out core.LinkedAccounts, err error) {
	err = a.InApp(ctx, func(q db.Querier) error {
		out, err = a.setLink(ctx, q, in)
		return err
	})
	return out, err
}

func (a *app) setLink(ctx context.Context, q db.Querier, in core.LinkAccounts) (out core.LinkedAccounts, err error) {
	m, primary, err := a.lockPair(ctx, q, in)
	if err != nil {
		return out, err
	}
	if m.IsPrimary && m.PrimaryID != primary.PrimaryID {
		return out, a.linkedToOther(ctx, q, core.AlreadyLinkedToOther, m.PrimaryID)
	}
	out.AccountsAlreadyLinked = m.IsPrimary
	if !m.IsPrimary {
		if err := a.join(ctx, q, m, primary.PrimaryID); err != nil {
			return out, err
		}
	}
	out.User, err = a.people.One(ctx, q, primary.PrimaryID)
	return out, err
}

// lockPair locks a login method, and the primary user that it is to be linked
// to, of which it returns any login method.
func (a *app) lockPair(ctx context.Context, q db.Querier, in core.LinkAccounts) (m, primary person.Method, err error) {
	id, err := a.people.Internal(ctx, q, in.RecipeUserID)
	if err != nil {
		return m, primary, err
	}
	primaryID, err := a.people.Internal(ctx, q, in.PrimaryUserID)
	if err != nil {
		return m, primary, err
	}
	both, err := a.people.Lock(ctx, q, id, primaryID)
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
func (a *app) join(ctx context.Context, q db.Querier, m person.Method, primaryID string) error {
	if err := a.people.MoveTo(ctx, q, m.ID, primaryID); err != nil {
		return err
	}
	if err := a.people.MarkPrimary(ctx, q, m.ID, true); err != nil {
		return err
	}
	if err := a.people.UpdateTimeJoined(ctx, q, primaryID); err != nil {
		return err
	}
	if err := a.settleLinks(ctx, q, primaryID); err != nil {
		return err
	}
	if err := a.people.MoveActivity(ctx, q, m.ID, primaryID); err != nil {
		return err
	}
	return a.people.Tell(ctx, q, person.Moved, m.ID)
}

func (a *app) unlink(ctx context.Context, in core.PrimaryCheck) (out core.Unlinked, err error) {
	err = a.InApp(ctx, func(q db.Querier) error {
		m, members, err := a.lockKnown(ctx, q, in.RecipeUserID)
		if err != nil {
			return err
		}
		out = core.Unlinked{WasLinked: m.IsPrimary, WasRecipeUserDeleted: m.IsPrimary && m.ID == m.PrimaryID && len(members) > 1}
		switch {
		case !out.WasLinked:
			return nil
		case out.WasRecipeUserDeleted:
			return a.people.RemoveMember(ctx, q, m.ID, members)
		}
		return a.leave(ctx, q, m)
	})
	return out, err
}

// leave makes a login method a user of its own, with its own id.
func (a *app) leave(ctx context.Context, q db.Querier, m person.Method) error {
	if err := a.people.MoveTo(ctx, q, m.ID, m.ID); err != nil {
		return err
	}
	if err := a.people.MarkPrimary(ctx, q, m.ID, false); err != nil {
		return err
	}
	for _, primaryID := range kernel.AddOnce([]string{m.ID}, m.PrimaryID) {
		if err := a.people.UpdateTimeJoined(ctx, q, primaryID); err != nil {
			return err
		}
		if err := a.people.Settle(ctx, q, primaryID); err != nil {
			return err
		}
	}
	return a.people.Tell(ctx, q, person.Moved, m.ID)
}
