package engine

import (
	"context"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
)

// What belongs to a login method, and what to the person whose id it is. Both
// go by user_id.
var (
	methodTables = []string{
		`users`, `tenant_logins`, `tenant_users`, `verified_emails`, `password_reset_tokens`,
		`email_verification_tokens`, `email_verification_codes`, `code_tries`, `sessions`,
	}
	personTables = []string{`user_metadata`, `user_roles`, `active_users`, `totp_users`, `totp_devices`, `totp_used_codes`, `totp_recovery_codes`, `user_id_mapping`}
)

// removeUser deletes in one transaction: nobody is left who can refresh a
// session of a user that is gone.
func (a *app) removeUser(ctx context.Context, in core.RemoveUser) (core.Done, error) {
	err := a.inApp(ctx, func(q db.Querier) error {
		id, err := a.internal(ctx, q, in.UserID)
		if err != nil {
			return err
		}
		members, err := a.lock(ctx, q, id, id)
		if err != nil {
			return err
		}
		if in.RemoveAllLinkedAccounts.Or(true) || len(members) == 0 {
			return a.removePerson(ctx, q, id, members)
		}
		return a.removeMember(ctx, q, id, members)
	})
	return core.Done{}, err
}

// removePerson deletes all login methods of the person of an id. The id need
// not be that of a user: what is kept for it goes all the same.
func (a *app) removePerson(ctx context.Context, q db.Querier, id string, members person) error {
	ids, tables := addOnce(members.ids(), id), slices.Concat(methodTables, personTables)
	if len(members) == 0 || !members[0].isPrimary {
		return a.removeIDs(ctx, q, ids, tables)
	}
	primaryID := members[0].primaryID
	if err := a.removeIDs(ctx, q, addOnce(ids, primaryID), tables); err != nil {
		return err
	}
	return a.settle(ctx, q, primaryID)
}

// removeMember deletes one login method. The person stays as long as there is
// another one, with the id that it had, and what belongs to the person.
func (a *app) removeMember(ctx context.Context, q db.Querier, id string, members person) error {
	m, left := members.method(id)
	switch {
	case !left:
		return nil // the primary user's own login method has gone before
	case len(members) == 1:
		return a.removePerson(ctx, q, id, members)
	}
	tables := methodTables
	if id != m.primaryID {
		tables = slices.Concat(methodTables, personTables)
	}
	if err := a.removeIDs(ctx, q, []string{id}, tables); err != nil {
		return err
	}
	if err := a.updateTimeJoined(ctx, q, m.primaryID); err != nil {
		return err
	}
	return a.settle(ctx, q, m.primaryID)
}

func (a *app) removeIDs(ctx context.Context, q db.Querier, users []string, tables []string) error {
	ids, err := a.userIDs(ctx, q, users)
	if err != nil {
		return err
	}
	for _, table := range tables {
		for some := range slices.Chunk(ids.in(table), db.MaxList) {
			list, args := db.In(db.Args{a.id}, some)
			if _, err := q.Exec(ctx, `DELETE FROM `+table+` WHERE app_id = $1 AND user_id IN `+list, args...); err != nil {
				return err
			}
		}
	}
	return nil
}

// updateTimeJoined sets when a person joined to when its first login method
// did.
func (a *app) updateTimeJoined(ctx context.Context, q db.Querier, primaryID string) error {
	for _, table := range []string{`users`, `tenant_users`} {
		_, err := q.Exec(ctx, `UPDATE `+table+` SET primary_time_joined =
			(SELECT MIN(u.time_joined) FROM users u WHERE u.app_id = $1 AND u.primary_user_id = $2)
			WHERE app_id = $1 AND primary_user_id = $2`, a.id, primaryID)
		if err != nil {
			return err
		}
	}
	return nil
}
