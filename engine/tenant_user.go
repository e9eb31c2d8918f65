package engine

import (
	"context"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
)

// identity is one thing that a login method signs in with.
type identity struct {
	kind, value string
	taken       error  // when another login method of the recipe has it
	description string // when another primary user has it
}

// identities returns what a login method signs in with, in the order in which
// conflicts are reported. A third-party login goes by the provider's id alone.
func (m method) identities() []identity {
	if m.thirdParty.ID != "" {
		return []identity{{kindThirdParty, m.thirdParty.ID + "::" + m.thirdParty.UserID, core.ThirdPartyUserAlreadyExists, "third party info"}}
	}
	var all []identity
	if m.email != "" {
		all = append(all, identity{kindEmail, m.email, core.EmailAlreadyExists, "email"})
	}
	if m.phone != "" {
		all = append(all, identity{kindPhone, m.phone, core.PhoneNumberAlreadyExists, "phone number"})
	}
	return all
}

func (a *app) addTenantUser(ctx context.Context, in core.TenantUser) (out core.AddedToTenant, err error) {
	tenant := orPublic(in.TenantID)
	err = a.inTenant(ctx, tenant, func(q db.Querier) error {
		m, err := a.lockMethod(ctx, q, in.RecipeUserID)
		if err != nil {
			return err
		}
		n, err := q.Exec(ctx, `INSERT INTO tenant_users (app_id, tenant_id, user_id, recipe_id, primary_user_id, primary_time_joined)
			SELECT app_id, CAST($2 AS TEXT), user_id, recipe_id, primary_user_id, primary_time_joined
			FROM users WHERE app_id = $1 AND user_id = $3 ON CONFLICT (app_id, tenant_id, user_id) DO NOTHING`, a.id, tenant, m.id)
		if err != nil {
			return err
		}
		if n == 0 {
			out.WasAlreadyAssociated = true
			return nil
		}
		return a.claimIdentities(ctx, q, m, tenant)
	})
	return out, err
}

// claimIdentities makes a login method the one that signs in with its
// identities in a tenant.
func (a *app) claimIdentities(ctx context.Context, q db.Querier, m method, tenant string) error {
	for _, i := range m.identities() {
		if err := a.checkPrimaries(ctx, q, m, tenant, i); err != nil {
			return err
		}
		n, err := q.Exec(ctx, `INSERT INTO tenant_logins (app_id, tenant_id, recipe_id, kind, value, user_id) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (app_id, tenant_id, recipe_id, kind, value) DO NOTHING`, a.id, tenant, m.recipeID, i.kind, i.value, m.id)
		if err != nil {
			return err
		}
		if n == 0 {
			return i.taken
		}
	}
	return nil
}

// checkPrimaries refuses a tenant that has another primary user with the same
// identity: one person would be two.
func (a *app) checkPrimaries(ctx context.Context, q db.Querier, m method, tenant string, i identity) error {
	if !m.isPrimary {
		return nil
	}
	var other string
	found, err := q.One(ctx, `SELECT u.primary_user_id FROM tenant_logins l JOIN users u ON u.app_id = l.app_id AND u.user_id = l.user_id
		WHERE l.app_id = $1 AND l.tenant_id = $2 AND l.kind = $3 AND l.value = $4 AND u.is_primary AND u.primary_user_id <> $5 LIMIT 1`,
		db.Args{a.id, tenant, i.kind, i.value, m.primaryID}, &other)
	if err == nil && found {
		err = &core.AssociationNotAllowed{Reason: "Another primary user with " + i.description + " already exists: " + other}
	}
	return err
}

// memberTables hold what a login method has in a tenant.
var memberTables = []string{
	`tenant_users`, `tenant_logins`, `password_reset_tokens`, `email_verification_tokens`,
	`email_verification_codes`, `user_roles`, `sessions`,
}

func (a *app) removeTenantUser(ctx context.Context, in core.TenantUser) (out core.RemovedFromTenant, err error) {
	tenant := orPublic(in.TenantID)
	err = a.inTenant(ctx, tenant, func(q db.Querier) error {
		m, err := a.lockMethod(ctx, q, in.RecipeUserID)
		if err != nil {
			return err
		}
		for _, table := range memberTables {
			n, err := q.Exec(ctx, `DELETE FROM `+table+` WHERE app_id = $1 AND tenant_id = $2 AND user_id = $3`, a.id, tenant, m.id)
			if err != nil {
				return err
			}
			out.WasAssociated = out.WasAssociated || n > 0
		}
		return nil
	})
	return out, err
}
