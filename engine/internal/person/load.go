package person

import (
	"context"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
)

func (p *People) ByID(ctx context.Context, in core.UserByID) (out core.UserResult, err error) {
	own := InternalID("$2")
	users, err := p.load(ctx, p.DB.Reader, ` = COALESCE((SELECT primary_user_id FROM users WHERE app_id = $1 AND user_id = `+own+`), `+own+`)`,
		db.Args{p.ID, in.UserID})
	if err != nil {
		return out, err
	}
	if len(users) == 0 {
		if err := p.CheckApp(ctx, p.DB.Reader); err != nil {
			return out, err
		}
		return out, core.UnknownUserID
	}
	out.User = users[0].User
	return out, nil
}

// ByIDs returns the primary users with these ids, which are ours, in their
// order.
func (p *People) ByIDs(ctx context.Context, q db.Querier, ids []string) ([]core.User, error) {
	found := map[string]*user{}
	for some := range slices.Chunk(ids, db.MaxList) {
		list, args := db.In(db.Args{p.ID}, some)
		users, err := p.load(ctx, q, ` IN `+list, args)
		if err != nil {
			return nil, err
		}
		for _, u := range users {
			found[u.id] = u
		}
	}
	users := make([]core.User, 0, len(ids))
	for _, id := range ids {
		if u := found[id]; u != nil { // it may have been deleted since
			users = append(users, u.User)
		}
	}
	return users, nil
}

// user is a user with the id that is ours.
type user struct {
	core.User
	id string
}

// load reads the users whose primary id satisfies a condition, with all
// their login methods, in one statement. $1 is the app.
func (p *People) load(ctx context.Context, q db.Querier, condition string, args db.Args) ([]*user, error) {
	var users []*user
	byID := map[string]*user{}
	err := q.Each(ctx, `SELECT u.primary_user_id, COALESCE(p.external_user_id, u.primary_user_id), u.is_primary,
			u.recipe_id, COALESCE(m.external_user_id, u.user_id), u.time_joined, u.email, u.phone,
			u.third_party_id, u.third_party_user_id, v.email IS NOT NULL, COALESCE(t.tenant_id, '')
		FROM users u
		LEFT JOIN user_id_mapping p ON p.app_id = u.app_id AND p.user_id = u.primary_user_id
		LEFT JOIN user_id_mapping m ON m.app_id = u.app_id AND m.user_id = u.user_id
		LEFT JOIN verified_emails v ON v.app_id = u.app_id AND v.user_id = COALESCE(m.external_user_id, u.user_id) AND v.email = u.email
		LEFT JOIN tenant_users t ON t.app_id = u.app_id AND t.user_id = u.user_id
		WHERE u.app_id = $1 AND u.primary_user_id`+condition+`
		ORDER BY u.time_joined, u.user_id`, args, func(scan db.Scan) error {
		var row user
		var m core.LoginMethod
		var tenant string
		err := scan(&row.id, &row.ID, &row.IsPrimaryUser, &m.RecipeID, &m.RecipeUserID, &m.TimeJoined, &m.Email, &m.PhoneNumber,
			&m.ThirdParty.ID, &m.ThirdParty.UserID, &m.Verified, &tenant)
		u := byID[row.id]
		if u == nil {
			u = &row
			byID[u.id], users = u, append(users, u)
		}
		addLoginMethod(&u.User, m, tenant)
		return err
	})
	for _, u := range users {
		complete(&u.User)
	}
	return users, err
}

// addLoginMethod adds a row to a user: a login method in a tenant. The rows of
// a login method follow each other.
func addLoginMethod(u *core.User, m core.LoginMethod, tenant string) {
	last := len(u.LoginMethods) - 1
	if last < 0 || u.LoginMethods[last].RecipeUserID != m.RecipeUserID {
		m.TenantIDs = []string{}
		u.LoginMethods = append(u.LoginMethods, m)
		last++
	}
	if tenant != "" {
		u.LoginMethods[last].TenantIDs = append(u.LoginMethods[last].TenantIDs, tenant)
	}
}

// complete fills in what a user has by its login methods.
func complete(u *core.User) {
	u.TenantIDs, u.Emails, u.PhoneNumbers = []string{}, []string{}, []string{}
	u.ThirdParty, u.WebAuthn.CredentialIDs = []core.ThirdParty{}, []string{}
	u.TimeJoined = u.LoginMethods[0].TimeJoined
	for i := range u.LoginMethods {
		m := &u.LoginMethods[i]
		slices.Sort(m.TenantIDs)
		for _, tenant := range m.TenantIDs {
			u.TenantIDs = kernel.AddOnce(u.TenantIDs, tenant)
		}
		if m.Email != "" {
			u.Emails = kernel.AddOnce(u.Emails, m.Email)
		}
		if m.PhoneNumber != "" {
			u.PhoneNumbers = kernel.AddOnce(u.PhoneNumbers, m.PhoneNumber)
		}
		if m.ThirdParty.ID != "" {
			u.ThirdParty = kernel.AddOnce(u.ThirdParty, m.ThirdParty)
		}
		u.WebAuthn.CredentialIDs = append(u.WebAuthn.CredentialIDs, m.WebAuthn.CredentialIDs...)
	}
}

// GroupOf returns the ids that belong to the person of a user id, which is
// ours: those of its login methods, of the primary user, and itself.
func (p *People) GroupOf(ctx context.Context, q db.Querier, id string) ([]string, error) {
	ids := []string{id}
	err := q.Each(ctx, `SELECT user_id, primary_user_id FROM users WHERE app_id = $1 AND primary_user_id =
		COALESCE((SELECT primary_user_id FROM users WHERE app_id = $1 AND user_id = $2), $2)`, db.Args{p.ID, id},
		func(scan db.Scan) error {
			var method, primary string
			err := scan(&method, &primary)
			ids = kernel.AddOnce(kernel.AddOnce(ids, method), primary)
			return err
		})
	return ids, err
}

// One returns a primary user that is there, by our id of it.
func (p *People) One(ctx context.Context, q db.Querier, primaryID string) (core.User, error) {
	users, err := p.ByIDs(ctx, q, []string{primaryID})
	if err != nil || len(users) == 0 {
		return core.User{}, err
	}
	return users[0], nil
}
