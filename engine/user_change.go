package engine

import (
	"context"
	"errors"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
)

// changeEmail gives a login method another address in all its tenants. What
// was mailed to prove the old one, or to set a password, is worth nothing any
// more.
func (a *app) changeEmail(ctx context.Context, q db.Querier, m method, address string) error {
	err := a.changeIdentity(ctx, q, m, identity{kindEmail, address})
	if err != nil {
		return err
	}
	return a.tell(ctx, q, emailChanged, m.id)
}

// changeIdentity gives a login method another email or phone number, or none.
// A primary user is told in other words that somebody has it.
func (a *app) changeIdentity(ctx context.Context, q db.Querier, m method, i identity) error {
	update := `UPDATE users SET email = $3 WHERE app_id = $1 AND user_id = $2`
	if i.kind == kindPhone {
		update = `UPDATE users SET phone = $3 WHERE app_id = $1 AND user_id = $2`
	}
	if _, err := q.Exec(ctx, update, a.ID, m.id, i.value); err != nil {
		return err
	}
	if !m.isPrimary {
		return a.changeLogins(ctx, q, m, i)
	}
	err := a.settle(ctx, q, m.primaryID) // first, as everywhere: two who want the same wait in the same order
	if err == nil {
		err = a.changeLogins(ctx, q, m, i)
	}
	if _, held := asHeld(err); held || errors.Is(err, i.taken()) {
		return notAllowed(i)
	}
	return err
}

// notAllowed refuses an identity that another primary user has.
func notAllowed(i identity) error {
	if i.kind == kindPhone {
		return &core.PhoneNumberChangeNotAllowed{Reason: "New phone number is associated with another primary user ID"}
	}
	return &core.EmailChangeNotAllowed{Reason: "New email is associated with another primary user ID"}
}
