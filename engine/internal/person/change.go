package person

import (
	"context"
	"errors"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
)

// ChangeEmail gives a login method another address in all its tenants. What
// was mailed to prove the old one, or to set a password, is worth nothing any
// more.
func (p *People) ChangeEmail(ctx context.Context, q db.Querier, m Method, email string) error {
	err := p.ChangeIdentity(ctx, q, m, Identity{KindEmail, email})
	if err != nil {
		return err
	}
	return p.Tell(ctx, q, EmailChanged, m.ID)
}

// ChangeIdentity gives a login method another email or phone number, or none.
// A primary user is told in other words that somebody has it.
func (p *People) ChangeIdentity(ctx context.Context, q db.Querier, m Method, i Identity) error {
	update := `UPDATE users SET email = $3 WHERE app_id = $1 AND user_id = $2`
	if i.Kind == KindPhone {
		update = `UPDATE users SET phone = $3 WHERE app_id = $1 AND user_id = $2`
	}
	if _, err := q.Exec(ctx, update, p.ID, m.ID, i.Value); err != nil {
		return err
	}
	if !m.IsPrimary {
		return p.changeLogins(ctx, q, m, i)
	}
	err := p.Settle(ctx, q, m.PrimaryID) // first, as everywhere: two who want the same wait in the same order
	if err == nil {
		err = p.changeLogins(ctx, q, m, i)
	}
	if _, held := AsHeld(err); held || errors.Is(err, i.Taken()) {
		return notAllowed(i)
	}
	return err
}

// notAllowed refuses an identity that another primary user has.
func notAllowed(i Identity) error {
	if i.Kind == KindPhone {
		return &core.PhoneNumberChangeNotAllowed{Reason: "New phone number is associated with another primary user ID"}
	}
	return &core.EmailChangeNotAllowed{Reason: "New email is associated with another primary user ID"}
}

// SetHash gives a login method the hash of another password.
func (p *People) SetHash(ctx context.Context, q db.Querier, id, hash string) error {
	_, err := q.Exec(ctx, `UPDATE users SET password_hash = $3 WHERE app_id = $1 AND user_id = $2`, p.ID, id, hash)
	return err
}

// ReplaceHash gives a login method another hash of its password, unless the
// password has been changed meanwhile.
func (p *People) ReplaceHash(ctx context.Context, l Login, hash string) error {
	_, err := p.DB.Writer.Exec(ctx, `UPDATE users SET password_hash = $4
		WHERE app_id = $1 AND user_id = $2 AND password_hash = $3`, p.ID, l.UserID, l.Hash, hash)
	return err
}
