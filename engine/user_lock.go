package engine

import (
	"context"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
)

// method is a login method that is about to be changed.
type method struct {
	id, primaryID, recipeID string
	isPrimary               bool
	email, phone            string
	thirdParty              core.ThirdParty
}

// person is the login methods that are linked to each other, in the order of
// their ids.
type person []method

func (p person) method(id string) (method, bool) {
	i := slices.IndexFunc(p, func(m method) bool { return m.id == id })
	if i < 0 {
		return method{}, false
	}
	return p[i], true
}

// of returns the members whose primary user is the one with this id, or the
// one of the login method with this id.
func (p person) of(id string) (members person) {
	primaryID := id
	if m, ok := p.method(id); ok {
		primaryID = m.primaryID
	}
	for _, m := range p {
		if m.primaryID == primaryID {
			members = append(members, m)
		}
	}
	return members
}

func (p person) ids() []string {
	ids := make([]string, len(p))
	for i, m := range p {
		ids[i] = m.id
	}
	return ids
}

// lock reads all login methods of one person, or of two, and keeps others from
// changing them until the transaction ends. Rows are locked in the order of
// their ids: two who lock at once wait for each other, but not crosswise. It
// looks until it finds nobody new, for others may have been linked while it
// waited. The ids are ours, of login methods or of primary users.
func (a *app) lock(ctx context.Context, q db.Querier, id, other string) (person, error) {
	var before person
	for {
		var now person
		err := q.Each(ctx, `SELECT user_id, primary_user_id, recipe_id, is_primary, email, phone, third_party_id, third_party_user_id
			FROM users WHERE app_id = $1 AND primary_user_id IN (
				SELECT primary_user_id FROM users WHERE app_id = $1 AND user_id IN ($2, $3)
				UNION ALL SELECT CAST($2 AS TEXT) UNION ALL SELECT CAST($3 AS TEXT))
			ORDER BY user_id`+a.DB.ForUpdate, db.Args{a.ID, id, other}, func(scan db.Scan) error {
			var m method
			err := scan(&m.id, &m.primaryID, &m.recipeID, &m.isPrimary, &m.email, &m.phone, &m.thirdParty.ID, &m.thirdParty.UserID)
			now = append(now, m)
			return err
		})
		if err != nil || before != nil && slices.Equal(now, before) {
			return now, err
		}
		before = append(person{}, now...)
	}
}

// lockMethod locks a login method, by either of its ids, and the person it
// belongs to.
func (a *app) lockMethod(ctx context.Context, q db.Querier, id string) (m method, members person, err error) {
	if id, err = a.internal(ctx, q, id); err != nil {
		return m, nil, err
	}
	if members, err = a.lock(ctx, q, id, id); err != nil {
		return m, nil, err
	}
	m, known := members.method(id)
	if !known {
		return m, nil, core.UnknownUserID
	}
	return m, members, nil
}

// lockRecipe is lockMethod for a login method of one recipe.
func (a *app) lockRecipe(ctx context.Context, q db.Querier, id, recipe string) (method, error) {
	m, _, err := a.lockMethod(ctx, q, id)
	if err == nil && m.recipeID != recipe {
		err = core.UnknownUserID
	}
	return m, err
}
