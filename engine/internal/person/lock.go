package person

import (
	"context"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
)

// Method is a login method that is about to be changed.
type Method struct {
	ID, PrimaryID, RecipeID string
	IsPrimary               bool
	Email, Phone            string
	ThirdParty              core.ThirdParty
}

// Person is the login methods that are linked to each other, in the order of
// their ids.
type Person []Method

// Method returns the login method with an id.
func (p Person) Method(id string) (Method, bool) {
	i := slices.IndexFunc(p, func(m Method) bool { return m.ID == id })
	if i < 0 {
		return Method{}, false
	}
	return p[i], true
}

// Of returns the members whose primary user is the one with this id, or the
// one of the login method with this id.
func (p Person) Of(id string) (members Person) {
	primaryID := id
	if m, ok := p.Method(id); ok {
		primaryID = m.PrimaryID
	}
	for _, m := range p {
		if m.PrimaryID == primaryID {
			members = append(members, m)
		}
	}
	return members
}

func (p Person) ids() []string {
	ids := make([]string, len(p))
	for i, m := range p {
		ids[i] = m.ID
	}
	return ids
}

// Lock reads all login methods of one person, or of two, and keeps others from
// changing them until the transaction ends. Rows are locked in the order of
// their ids: two who lock at once wait for each other, but not crosswise. It
// looks until it finds nobody new, for others may have been linked while it
// waited. The ids are ours, of login methods or of primary users.
func (p *People) Lock(ctx context.Context, q db.Querier, id, other string) (Person, error) {
	var before Person
	for {
		var now Person
		err := q.Each(ctx, `SELECT user_id, primary_user_id, recipe_id, is_primary, email, phone, third_party_id, third_party_user_id
			FROM users WHERE app_id = $1 AND primary_user_id IN (
				SELECT primary_user_id FROM users WHERE app_id = $1 AND user_id IN ($2, $3)
				UNION ALL SELECT CAST($2 AS TEXT) UNION ALL SELECT CAST($3 AS TEXT))
			ORDER BY user_id`+p.DB.ForUpdate, db.Args{p.ID, id, other}, func(scan db.Scan) error {
			var m Method
			err := scan(&m.ID, &m.PrimaryID, &m.RecipeID, &m.IsPrimary, &m.Email, &m.Phone, &m.ThirdParty.ID, &m.ThirdParty.UserID)
			now = append(now, m)
			return err
		})
		if err != nil || before != nil && slices.Equal(now, before) {
			return now, err
		}
		before = append(Person{}, now...)
	}
}

// LockMethod locks a login method, by either of its ids, and the person it
// belongs to.
func (p *People) LockMethod(ctx context.Context, q db.Querier, id string) (m Method, members Person, err error) {
	if id, err = p.Internal(ctx, q, id); err != nil {
		return m, nil, err
	}
	if members, err = p.Lock(ctx, q, id, id); err != nil {
		return m, nil, err
	}
	m, known := members.Method(id)
	if !known {
		return m, nil, core.UnknownUserID
	}
	return m, members, nil
}

// LockRecipe is LockMethod for a login method of one recipe.
func (p *People) LockRecipe(ctx context.Context, q db.Querier, id, recipe string) (Method, error) {
	m, _, err := p.LockMethod(ctx, q, id)
	if err == nil && m.RecipeID != recipe {
		err = core.UnknownUserID
	}
	return m, err
}
