package person

import (
	"context"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
)

func (p *People) AddToTenant(ctx context.Context, in core.TenantUser) (out core.AddedToTenant, err error) {
	tenant := kernel.OrPublic(in.TenantID)
	err = p.InTenant(ctx, tenant, func(q db.Querier) error {
		m, _, err := p.LockMethod(ctx, q, in.RecipeUserID)
		if err != nil {
			return err
		}
		n, err := q.Exec(ctx, `INSERT INTO tenant_users (app_id, tenant_id, user_id, recipe_id, primary_user_id, primary_time_joined)
			SELECT app_id, CAST($2 AS TEXT), user_id, recipe_id, primary_user_id, primary_time_joined
			FROM users WHERE app_id = $1 AND user_id = $3 ON CONFLICT (app_id, tenant_id, user_id) DO NOTHING`, p.ID, tenant, m.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			out.WasAlreadyAssociated = true
			return nil
		}
		return p.claim(ctx, q, m, tenant)
	})
	return out, err
}

// claim makes a login method the one that signs in with its identities in a
// tenant. All that its person is known by must be free there as well: else one
// person would be two.
func (p *People) claim(ctx context.Context, q db.Querier, m Method, tenant string) error {
	if m.IsPrimary {
		err := p.Settle(ctx, q, m.PrimaryID)
		if held, ok := AsHeld(err); ok {
			return &core.AssociationNotAllowed{
				Reason: "Another primary user with " + identityNames[held.Kind] + " already exists: " + held.PrimaryID,
			}
		}
		if err != nil {
			return err
		}
	}
	for _, i := range m.identities() {
		n, err := q.Exec(ctx, `INSERT INTO tenant_logins (app_id, tenant_id, recipe_id, kind, value, user_id) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (app_id, tenant_id, recipe_id, kind, value) DO NOTHING`, p.ID, tenant, m.RecipeID, i.Kind, i.Value, m.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return i.Taken()
		}
	}
	return nil
}

func (p *People) RemoveFromTenant(ctx context.Context, in core.TenantUser) (out core.RemovedFromTenant, err error) {
	tenant := kernel.OrPublic(in.TenantID)
	err = p.InTenant(ctx, tenant, func(q db.Querier) error {
		m, _, err := p.LockMethod(ctx, q, in.RecipeUserID)
		if err != nil {
			return err
		}
		ids, err := p.ids(ctx, q, []string{m.ID})
		if err != nil {
			return err
		}
		for _, table := range p.Tables {
			if !table.Tenant || table.User != kernel.Method && table.User != kernel.Person {
				continue
			}
			list, args := db.In(db.Args{p.ID, tenant}, ids.in(table))
			n, err := q.Exec(ctx, `DELETE FROM `+table.Name+` WHERE app_id = $1 AND tenant_id = $2 AND user_id IN `+list, args...)
			if err != nil {
				return err
			}
			out.WasAssociated = out.WasAssociated || n > 0
		}
		if !m.IsPrimary {
			return nil
		}
		return p.Settle(ctx, q, m.PrimaryID)
	})
	return out, err
}
