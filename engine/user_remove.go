package engine

import (
	"context"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
)

// removeUser deletes in one transaction: nobody is left who can refresh a
// session of a user that is gone.
func (a *app) removeUser(ctx context.Context, in core.RemoveUser) (core.Done, error) {
	err := a.InApp(ctx, func(q db.Querier) error {
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
	ids, tables := kernel.AddOnce(members.ids(), id), a.tablesOf(kernel.Method, kernel.Person)
	if len(members) == 0 || !members[0].isPrimary {
		return a.removeIDs(ctx, q, ids, tables)
	}
	primaryID := members[0].primaryID
	if err := a.removeIDs(ctx, q, kernel.AddOnce(ids, primaryID), tables); err != nil {
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
	tables := a.tablesOf(kernel.Method)
	if id != m.primaryID {
		tables = a.tablesOf(kernel.Method, kernel.Person)
	}
	if err := a.removeIDs(ctx, q, []string{id}, tables); err != nil {
		return err
	}
	if err := a.updateTimeJoined(ctx, q, m.primaryID); err != nil {
		return err
	}
	return a.settle(ctx, q, m.primaryID)
}

// tablesOf returns the tables whose rows belong to users of some kinds.
func (a *app) tablesOf(kinds ...kernel.User) (tables []kernel.Table) {
	for _, t := range a.Tables {
		if slices.Contains(kinds, t.User) {
			tables = append(tables, t)
		}
	}
	return tables
}

// deleteOf deletes what some tables keep for users.
func (a *app) deleteOf(ctx context.Context, q db.Querier, users []string, tables ...string) error {
	return a.removeIDs(ctx, q, users, a.TablesNamed(tables...))
}

func (a *app) removeIDs(ctx context.Context, q db.Querier, users []string, tables []kernel.Table) error {
	ids, err := a.userIDs(ctx, q, users)
	if err != nil {
		return err
	}
	for _, table := range tables {
		for some := range slices.Chunk(ids.in(table), db.MaxList) {
			list, args := db.In(db.Args{a.ID}, some)
			if _, err := q.Exec(ctx, `DELETE FROM `+table.Name+` WHERE app_id = $1 AND user_id IN `+list, args...); err != nil {
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
			WHERE app_id = $1 AND primary_user_id = $2`, a.ID, primaryID)
		if err != nil {
			return err
		}
	}
	return nil
}
