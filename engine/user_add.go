package engine

import (
	"context"

	"github.com/google/uuid"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
)

// newMethod is the only login method of a user who is about to be added.
type newMethod struct {
	method
	hash     string // of the password, if there is one
	verified bool   // the email is proved
}

// insertUser adds a user. The first statement decides who has the identity;
// when somebody else has it, that is the outcome.
func (a *app) insertUser(ctx context.Context, q db.Querier, tenant string, m newMethod) (out core.RecipeUser, err error) {
	own, now := m.identities()[0], a.Ms()
	m.id = uuid.NewString()
	n, err := q.Exec(ctx, `INSERT INTO tenant_logins (app_id, tenant_id, recipe_id, kind, value, user_id)
		SELECT app_id, tenant_id, CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS TEXT)
		FROM tenants WHERE app_id = $1 AND tenant_id = $2
		ON CONFLICT (app_id, tenant_id, recipe_id, kind, value) DO NOTHING`,
		a.ID, tenant, m.recipeID, own.kind, own.value, m.id)
	if err != nil {
		return out, err
	}
	if n == 0 {
		return out, kernel.OrStatus(a.CheckTenant(ctx, q, tenant), own.taken())
	}
	_, err = q.Exec(ctx, `INSERT INTO users (app_id, user_id, recipe_id, primary_user_id, is_primary, time_joined, primary_time_joined,
			email, phone, third_party_id, third_party_user_id, password_hash)
		VALUES ($1, $2, $3, $2, FALSE, $4, $4, $5, $6, $7, $8, $9)`,
		a.ID, m.id, m.recipeID, now, m.email, m.phone, m.thirdParty.ID, m.thirdParty.UserID, m.hash)
	if err != nil {
		return out, err
	}
	_, err = q.Exec(ctx, `INSERT INTO tenant_users (app_id, tenant_id, user_id, recipe_id, primary_user_id, primary_time_joined)
		VALUES ($1, $2, $3, $4, $3, $5)`, a.ID, tenant, m.id, m.recipeID, now)
	if err == nil && m.verified {
		err = a.setVerified(ctx, q, m.id, m.email)
	}
	return newUser(m, tenant, now), err
}

// newUser is a user that was added just now.
func newUser(m newMethod, tenant string, now int64) core.RecipeUser {
	u := core.User{ID: m.id, LoginMethods: []core.LoginMethod{{
		RecipeID: m.recipeID, RecipeUserID: m.id, TenantIDs: []string{tenant}, TimeJoined: now,
		Email: m.email, PhoneNumber: m.phone, ThirdParty: m.thirdParty, Verified: m.verified,
	}}}
	complete(&u)
	return core.RecipeUser{User: u, RecipeUserID: m.id}
}

// login is what a sign-in needs of a login method.
type login struct{ userID, exposedID, primaryID, hash string }

// findLogin finds who signs in with an identity in a tenant. It fails when
// there is no such tenant. Somebody and nobody take one query each: how long it
// takes must not tell who has an account.
func (a *app) findLogin(ctx context.Context, q db.Querier, tenant, recipe string, i identity) (l login, found bool, err error) {
	inTenant, err := q.One(ctx, `SELECT COALESCE(u.user_id, ''), COALESCE(m.external_user_id, u.user_id, ''),
			COALESCE(u.primary_user_id, ''), COALESCE(u.password_hash, '')
		FROM tenants t
		LEFT JOIN tenant_logins l ON l.app_id = t.app_id AND l.tenant_id = t.tenant_id AND l.recipe_id = $3 AND l.kind = $4 AND l.value = $5
		LEFT JOIN users u ON u.app_id = l.app_id AND u.user_id = l.user_id
		LEFT JOIN user_id_mapping m ON m.app_id = u.app_id AND m.user_id = u.user_id
		WHERE t.app_id = $1 AND t.tenant_id = $2`,
		db.Args{a.ID, tenant, recipe, i.kind, i.value}, &l.userID, &l.exposedID, &l.primaryID, &l.hash)
	if err == nil && !inTenant {
		err = a.CheckTenant(ctx, q, tenant)
	}
	return l, l.userID != "", err
}

// userOf returns the user of a login method. There is none when it was deleted
// since.
func (a *app) userOf(ctx context.Context, q db.Querier, l login) (out core.RecipeUser, found bool, err error) {
	users, err := a.usersByIDs(ctx, q, []string{l.primaryID})
	if err != nil || len(users) == 0 {
		return out, false, err
	}
	return core.RecipeUser{User: users[0], RecipeUserID: l.exposedID}, true, nil
}
