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
	personTables = []string{`user_metadata`, `user_roles`, `active_users`}
)

// removeUser deletes in one transaction: nobody is left who can refresh a
// session of a user that is gone.
func (a *app) removeUser(ctx context.Context, in core.RemoveUser) (core.Done, error) {
	err := a.inApp(ctx, func(q db.Querier) error {
		members, primaryID, err := a.lockGroup(ctx, q, in.UserID)
		if err != nil {
			return err
		}
		if in.RemoveAllLinkedAccounts.Or(true) || len(members) == 0 {
			ids := addOnce(addOnce(members, primaryID), in.UserID)
			return a.removeIDs(ctx, q, ids, slices.Concat(methodTables, personTables))
		}
		return a.removeMember(ctx, q, in.UserID, primaryID, members)
	})
	return core.Done{}, err
}

// lockGroup returns the login methods of the person of a user id, and the id
// of the person.
func (a *app) lockGroup(ctx context.Context, q db.Querier, id string) (members []string, primaryID string, err error) {
	primaryID = id
	if _, err := q.One(ctx, `SELECT primary_user_id FROM users WHERE app_id = $1 AND user_id = $2`, db.Args{a.id, id}, &primaryID); err != nil {
		return nil, "", err
	}
	members, err = db.Texts(ctx, q, `SELECT user_id FROM users WHERE app_id = $1 AND primary_user_id = $2 ORDER BY user_id`+a.db.ForUpdate, a.id, primaryID)
	return members, primaryID, err
}

// removeMember deletes one login method. The person stays as long as there is
// another one, with the id that it had, and what belongs to the person.
func (a *app) removeMember(ctx context.Context, q db.Querier, id, primaryID string, members []string) error {
	if !slices.Contains(members, id) {
		return nil // the primary user's own login method has gone before
	}
	tables := methodTables
	if id != primaryID || len(members) == 1 {
		tables = slices.Concat(methodTables, personTables)
	}
	if err := a.removeIDs(ctx, q, []string{id}, tables); err != nil {
		return err
	}
	if len(members) == 1 {
		return a.removeIDs(ctx, q, []string{primaryID}, slices.Concat(methodTables, personTables))
	}
	return a.updateTimeJoined(ctx, q, primaryID)
}

func (a *app) removeIDs(ctx context.Context, q db.Querier, ids []string, tables []string) error {
	for some := range slices.Chunk(ids, maxList) {
		list, args := db.In(db.Args{a.id}, some)
		for _, table := range tables {
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
