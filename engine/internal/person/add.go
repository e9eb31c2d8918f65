package person

import (
	"context"

	"github.com/google/uuid"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
)

// NewMethod is the only login method of a user who is about to be added.
type NewMethod struct {
	Method
	Hash     string // of the password, if there is one
	Verified bool   // the email is proved
}

// Add adds a user. The first statement decides who has the identity;
// when somebody else has it, that is the outcome.
func (p *People) Add(ctx context.Context, q db.Querier, tenant string, m NewMethod) (out core.RecipeUser, err error) {
	own, now := m.identities()[0], p.Ms()
	m.ID = uuid.NewString()
	n, err := q.Exec(ctx, `INSERT INTO tenant_logins (app_id, tenant_id, recipe_id, kind, value, user_id)
		SELECT app_id, tenant_id, CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS TEXT)
		FROM tenants WHERE app_id = $1 AND tenant_id = $2
		ON CONFLICT (app_id, tenant_id, recipe_id, kind, value) DO NOTHING`,
		p.ID, tenant, m.RecipeID, own.Kind, own.Value, m.ID)
	if err != nil {
		return out, err
	}
	if n == 0 {
		return out, kernel.OrStatus(p.CheckTenant(ctx, q, tenant), own.Taken())
	}
	_, err = q.Exec(ctx, `INSERT INTO users (app_id, user_id, recipe_id, primary_user_id, is_primary, time_joined, primary_time_joined,
			email, phone, third_party_id, third_party_user_id, password_hash)
		VALUES ($1, $2, $3, $2, FALSE, $4, $4, $5, $6, $7, $8, $9)`,
		p.ID, m.ID, m.RecipeID, now, m.Email, m.Phone, m.ThirdParty.ID, m.ThirdParty.UserID, m.Hash)
	if err != nil {
		return out, err
	}
	_, err = q.Exec(ctx, `INSERT INTO tenant_users (app_id, tenant_id, user_id, recipe_id, primary_user_id, primary_time_joined)
		VALUES ($1, $2, $3, $4, $3, $5)`, p.ID, tenant, m.ID, m.RecipeID, now)
	if err == nil && m.Verified {
		err = p.SetVerified(ctx, q, m.ID, m.Email)
	}
	return added(m, tenant, now), err
}

// added is a user that was added just now.
func added(m NewMethod, tenant string, now int64) core.RecipeUser {
	u := core.User{ID: m.ID, LoginMethods: []core.LoginMethod{{
		RecipeID: m.RecipeID, RecipeUserID: m.ID, TenantIDs: []string{tenant}, TimeJoined: now,
		Email: m.Email, PhoneNumber: m.Phone, ThirdParty: m.ThirdParty, Verified: m.Verified,
	}}}
	complete(&u)
	return core.RecipeUser{User: u, RecipeUserID: m.ID}
}

// Login is what a sign-in needs of a login method.
type Login struct{ UserID, exposedID, PrimaryID, Hash string }

// FindLogin finds who signs in with an identity in a tenant. It fails when
// there is no such tenant. Somebody and nobody take one query each: how long it
// takes must not tell who has an account.
func (p *People) FindLogin(ctx context.Context, q db.Querier, tenant, recipe string, i Identity) (l Login, found bool, err error) {
	inTenant, err := q.One(ctx, `SELECT COALESCE(u.user_id, ''), COALESCE(m.external_user_id, u.user_id, ''),
			COALESCE(u.primary_user_id, ''), COALESCE(u.password_hash, '')
		FROM tenants t
		LEFT JOIN tenant_logins l ON l.app_id = t.app_id AND l.tenant_id = t.tenant_id AND l.recipe_id = $3 AND l.kind = $4 AND l.value = $5
		LEFT JOIN users u ON u.app_id = l.app_id AND u.user_id = l.user_id
		LEFT JOIN user_id_mapping m ON m.app_id = u.app_id AND m.user_id = u.user_id
		WHERE t.app_id = $1 AND t.tenant_id = $2`,
		db.Args{p.ID, tenant, recipe, i.Kind, i.Value}, &l.UserID, &l.exposedID, &l.PrimaryID, &l.Hash)
	if err == nil && !inTenant {
		err = p.CheckTenant(ctx, q, tenant)
	}
	return l, l.UserID != "", err
}

// UserOf returns the user of a login method. There is none when it was deleted
// since.
func (p *People) UserOf(ctx context.Context, q db.Querier, l Login) (out core.RecipeUser, found bool, err error) {
	users, err := p.ByIDs(ctx, q, []string{l.PrimaryID})
	if err != nil || len(users) == 0 {
		return out, false, err
	}
	return core.RecipeUser{User: users[0], RecipeUserID: l.exposedID}, true, nil
}
