package role

import (
	"context"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/person"
)

// inRole runs a transaction on a user and a role that exists.
func (r *roles) inRole(ctx context.Context, in core.UserRole, fn func(q db.Querier, in core.UserRole) error) (err error) {
	if in.Role, err = kernel.Name("role", in.Role); err != nil {
		return err
	}
	if err := kernel.CheckUserID(in.UserID); err != nil {
		return err
	}
	in.TenantID = kernel.OrPublic(in.TenantID)
	return r.InTenant(ctx, in.TenantID, func(q db.Querier) error {
		if err := r.checkExists(ctx, q, in.Role); err != nil {
			return err
		}
		if in.UserID, err = r.people.Exposed(ctx, q, in.UserID); err != nil {
			return err
		}
		return fn(q, in)
	})
}

func (r *roles) addToUser(ctx context.Context, in core.UserRole) (out core.AddedRole, err error) {
	err = r.inRole(ctx, in, func(q db.Querier, in core.UserRole) error {
		n, err := q.Exec(ctx, `INSERT INTO user_roles (app_id, tenant_id, user_id, role) VALUES ($1, $2, $3, $4)
			ON CONFLICT (app_id, tenant_id, user_id, role) DO NOTHING`, r.ID, in.TenantID, in.UserID, in.Role)
		out.DidUserAlreadyHaveRole = n == 0
		return err
	})
	return out, err
}

func (r *roles) removeFromUser(ctx context.Context, in core.UserRole) (out core.RemovedRole, err error) {
	err = r.inRole(ctx, in, func(q db.Querier, in core.UserRole) error {
		n, err := q.Exec(ctx, `DELETE FROM user_roles WHERE app_id = $1 AND tenant_id = $2 AND user_id = $3 AND role = $4`,
			r.ID, in.TenantID, in.UserID, in.Role)
		out.DidUserHaveRole = n > 0
		return err
	})
	return out, err
}

func (r *roles) ofUser(ctx context.Context, in core.RolesOfUser) (out core.RoleNames, err error) {
	granted, err := r.permissionsOf(ctx, in)
	return core.RoleNames{Roles: granted.Roles}, err
}

func (r *roles) usersWith(ctx context.Context, in core.UsersWithRole) (out core.UserIDs, err error) {
	if in.Role, err = kernel.Name("role", in.Role); err != nil {
		return out, err
	}
	tenant := kernel.OrPublic(in.TenantID)
	if err := r.CheckTenant(ctx, r.DB.Reader, tenant); err != nil {
		return out, err
	}
	if err := r.exists(ctx, in.Role); err != nil {
		return out, err
	}
	out.Users, err = r.names(ctx, `SELECT user_id FROM user_roles WHERE app_id = $1 AND tenant_id = $2 AND role = $3`, r.ID, tenant, in.Role)
	return out, err
}

// permissionsOf reads a row for each permission of each role, and one for
// the tenant in any case.
func (r *roles) permissionsOf(ctx context.Context, in core.RolesOfUser) (out core.Granted, err error) {
	tenant := kernel.OrPublic(in.TenantID)
	var roles, permissions []string
	err = r.DB.Reader.Each(ctx, `SELECT COALESCE(u.role, ''), COALESCE(p.permission, '') FROM tenants t
		LEFT JOIN user_roles u ON u.app_id = t.app_id AND u.tenant_id = t.tenant_id AND u.user_id = `+person.ExposedID("$3")+`
		LEFT JOIN role_permissions p ON p.app_id = u.app_id AND p.role = u.role
		WHERE t.app_id = $1 AND t.tenant_id = $2`, db.Args{r.ID, tenant, in.UserID}, func(scan db.Scan) error {
		var role, permission string
		err := scan(&role, &permission)
		roles, permissions = append(roles, role), append(permissions, permission)
		return err
	})
	if err == nil && roles == nil {
		err = r.CheckTenant(ctx, r.DB.Reader, tenant)
	}
	return core.Granted{Roles: distinct(roles), Permissions: distinct(permissions)}, err
}

// distinct returns names sorted, each once, without the empty one.
func distinct(names []string) []string {
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) > 0 && names[0] == "" {
		names = names[1:]
	}
	return append([]string{}, names...)
}
