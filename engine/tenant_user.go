package engine

import (
	"context"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
)

func (a *app) addTenantUser(ctx context.Context, in core.TenantUser) (out core.AddedToTenant, err error) {
	tenant := kernel.OrPublic(in.TenantID)
	err = a.InTenant(ctx, tenant, func(q db.Querier) error {
		m, _, err := a.lockMethod(ctx, q, in.RecipeUserID)
		if err != nil {
			return err
		}
		n, err := q.Exec(ctx, `INSERT INTO tenant_users (app_id, tenant_id, user_id, recipe_id, primary_user_id, primary_time_joined)
			SELECT app_id, CAST($2 AS TEXT), user_id, recipe_id, primary_user_id, primary_time_joined
			FROM users WHERE app_id = $1 AND user_id = $3 ON CONFLICT (app_id, tenant_id, user_id) DO NOTHING`, a.ID, tenant, m.id)
		if err != nil {
			return err
		}
		if n == 0 {
			out.WasAlreadyAssociated = true
			return nil
		}
		return a.claim(ctx, q, m, tenant)
	})
	return out, err
}

// claim makes a login method the one that signs in with its identities in a
// tenant. All that its person is known by must be free there as well: else one
// person would be two.
func (a *app) claim(ctx context.Context, q db.Querier, m method, tenant string) error {
	if m.isPrimary {
		err := a.settle(ctx, q, m.primaryID)
		if held, ok := asHeld(err); ok {
			return &core.AssociationNotAllowed{
				Reason: "Another primary user with " + identityNames[held.kind] + " already exists: " + held.primaryID,
			}
		}
		if err != nil {
			return err
		}
	}
	for _, i := range m.identities() {
		n, err := q.Exec(ctx, `INSERT INTO tenant_logins (app_id, tenant_id, recipe_id, kind, value, user_id) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (app_id, tenant_id, recipe_id, kind, value) DO NOTHING`, a.ID, tenant, m.recipeID, i.kind, i.value, m.id)
		if err != nil {
			return err
		}
		if n == 0 {
			return i.taken()
		}
	}
	return nil
}

func (a *app) removeTenantUser(ctx context.Context, in core.TenantUser) (out core.RemovedFromTenant, err error) {
	tenant := kernel.OrPublic(in.TenantID)
	err = a.InTenant(ctx, tenant, func(q db.Querier) error {
		m, _, err := a.lockMethod(ctx, q, in.RecipeUserID)
		if err != nil {
			return err
		}
		ids, err := a.userIDs(ctx, q, []string{m.id})
		if err != nil {
			return err
		}
		for _, table := range a.Tables {
			if !table.Tenant || table.User != kernel.Method && table.User != kernel.Person {
				continue
			}
			list, args := db.In(db.Args{a.ID, tenant}, ids.in(table))
			n, err := q.Exec(ctx, `DELETE FROM `+table.Name+` WHERE app_id = $1 AND tenant_id = $2 AND user_id IN `+list, args...)
			if err != nil {
				return err
			}
			out.WasAssociated = out.WasAssociated || n > 0
		}
		if !m.isPrimary {
			return nil
		}
		return a.settle(ctx, q, m.primaryID)
	})
	return out, err
}
