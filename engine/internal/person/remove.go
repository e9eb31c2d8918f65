package person

import (
	"context"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
)

// Remove deletes in one transaction: nobody is left who can refresh a
// session of a user that is gone.
func (p *People) Remove(ctx context.Context, in core.RemoveUser) (core.Done, error) {
	err := p.InApp(ctx, func(q db.Querier) error {
		id, err := p.Internal(ctx, q, in.UserID)
		if err != nil {
			return err
		}
		members, err := p.Lock(ctx, q, id, id)
		if err != nil {
			return err
		}
		if in.RemoveAllLinkedAccounts.Or(true) || len(members) == 0 {
			return p.removePerson(ctx, q, id, members)
		}
		return p.RemoveMember(ctx, q, id, members)
	})
	return core.Done{}, err
}

// removePerson deletes all login methods of the person of an id. The id need
// not be that of a user: what is kept for it goes all the same.
func (p *People) removePerson(ctx context.Context, q db.Querier, id string, members Person) error {
	ids, tables := kernel.AddOnce(members.ids(), id), p.tablesOf(kernel.Method, kernel.Person)
	if len(members) == 0 || !members[0].IsPrimary {
		return p.deleteFrom(ctx, q, ids, tables)
	}
	primaryID := members[0].PrimaryID
	if err := p.deleteFrom(ctx, q, kernel.AddOnce(ids, primaryID), tables); err != nil {
		return err
	}
	return p.Settle(ctx, q, primaryID)
}

// RemoveMember deletes one login method. The person stays as long as there is
// another one, with the id that it had, and what belongs to the person.
func (p *People) RemoveMember(ctx context.Context, q db.Querier, id string, members Person) error {
	m, left := members.Method(id)
	switch {
	case !left:
		return nil // the primary user's own login method has gone before
	case len(members) == 1:
		return p.removePerson(ctx, q, id, members)
	}
	tables := p.tablesOf(kernel.Method)
	if id != m.PrimaryID {
		tables = p.tablesOf(kernel.Method, kernel.Person)
	}
	if err := p.deleteFrom(ctx, q, []string{id}, tables); err != nil {
		return err
	}
	if err := p.UpdateTimeJoined(ctx, q, m.PrimaryID); err != nil {
		return err
	}
	return p.Settle(ctx, q, m.PrimaryID)
}

// tablesOf returns the tables whose rows belong to users of some kinds.
func (p *People) tablesOf(kinds ...kernel.User) (tables []kernel.Table) {
	for _, t := range p.Tables {
		if slices.Contains(kinds, t.User) {
			tables = append(tables, t)
		}
	}
	return tables
}

// Delete deletes what some tables keep for users.
func (p *People) Delete(ctx context.Context, q db.Querier, users []string, tables ...string) error {
	return p.deleteFrom(ctx, q, users, p.TablesNamed(tables...))
}

func (p *People) deleteFrom(ctx context.Context, q db.Querier, users []string, tables []kernel.Table) error {
	ids, err := p.ids(ctx, q, users)
	if err != nil {
		return err
	}
	for _, table := range tables {
		for some := range slices.Chunk(ids.in(table), db.MaxList) {
			list, args := db.In(db.Args{p.ID}, some)
			if _, err := q.Exec(ctx, `DELETE FROM `+table.Name+` WHERE app_id = $1 AND user_id IN `+list, args...); err != nil {
				return err
			}
		}
	}
	return nil
}
