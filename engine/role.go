package engine

import (
	"context"
	"slices"
	"strings"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
)

func (a *app) role() core.Role {
	return core.Role{
		CreateOrAdd:       a.createRole,
		RemovePermissions: a.removePermissions,
		Permissions:       a.permissions,
		WithPermission:    a.rolesWithPermission,
		All:               a.allRoles,
		Delete:            a.deleteRole,
		AddToUser:         a.addUserRole,
		RemoveFromUser:    a.removeUserRole,
		OfUser:            a.rolesOfUser,
		UsersWith:         a.usersWithRole,
		PermissionsOf:     a.permissionsOfUser,
	}
}

func (a *app) createRole(ctx context.Context, in core.RolePermissions) (out core.CreatedRole, err error) {
	if in, err = checkRole(in); err != nil {
		return out, err
	}
	err = a.InApp(ctx, func(q db.Querier) error {
		n, err := q.Exec(ctx, `INSERT INTO roles (app_id, role) VALUES ($1, $2) ON CONFLICT (app_id, role) DO NOTHING`, a.ID, in.Role)
		if err != nil {
			return err
		}
		out.CreatedNewRole = n == 1
		for _, permission := range in.Permissions {
			_, err := q.Exec(ctx, `INSERT INTO role_permissions (app_id, role, permission) VALUES ($1, $2, $3)
				ON CONFLICT (app_id, role, permission) DO NOTHING`, a.ID, in.Role, permission)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// checkRole trims the names and sorts the permissions, so that two who write
// them lock them in the same order.
func checkRole(in core.RolePermissions) (out core.RolePermissions, err error) {
	if out.Role, err = kernel.Name("role", in.Role); err != nil {
		return out, err
	}
	for _, permission := range in.Permissions {
		permission = strings.TrimSpace(permission)
		if permission == "" {
			return out, core.Bad("Field name 'permissions' cannot contain an empty string")
		}
		if err := kernel.Short("permissions", permission); err != nil {
			return out, err
		}
		out.Permissions = append(out.Permissions, permission)
	}
	slices.Sort(out.Permissions)
	out.Permissions = slices.Compact(out.Permissions)
	return out, nil
}

func (a *app) removePermissions(ctx context.Context, in core.RolePermissions) (done core.Done, err error) {
	if in, err = checkRole(in); err != nil {
		return done, err
	}
	err = a.InApp(ctx, func(q db.Querier) error {
		if err := a.checkRoleExists(ctx, q, in.Role); err != nil {
			return err
		}
		if len(in.Permissions) == 0 {
			_, err := q.Exec(ctx, `DELETE FROM role_permissions WHERE app_id = $1 AND role = $2`, a.ID, in.Role)
			return err
		}
		for some := range slices.Chunk(in.Permissions, db.MaxList) {
			list, args := db.In(db.Args{a.ID, in.Role}, some)
			if _, err := q.Exec(ctx, `DELETE FROM role_permissions WHERE app_id = $1 AND role = $2 AND permission IN `+list, args...); err != nil {
				return err
			}
		}
		return nil
	})
	return done, err
}

// checkRoleExists keeps a role from being deleted until the transaction ends.
func (a *app) checkRoleExists(ctx context.Context, q db.Querier, role string) error {
	var found string
	exists, err := q.One(ctx, `SELECT role FROM roles WHERE app_id = $1 AND role = $2`+a.DB.ForUpdate, db.Args{a.ID, role}, &found)
	if err == nil && !exists {
		return core.UnknownRole
	}
	return err
}

// roleExists is checkRoleExists for those who only read.
func (a *app) roleExists(ctx context.Context, role string) error {
	var found string
	exists, err := a.DB.Reader.One(ctx, `SELECT role FROM roles WHERE app_id = $1 AND role = $2`, db.Args{a.ID, role}, &found)
	if err != nil || exists {
		return err
	}
	return kernel.OrStatus(a.CheckApp(ctx, a.DB.Reader), core.UnknownRole)
}

// names returns the first column of a query, sorted alike on every database.
func (a *app) names(ctx context.Context, query string, args ...any) ([]string, error) {
	names, err := db.Texts(ctx, a.DB.Reader, query, args...)
	slices.Sort(names)
	return append([]string{}, names...), err
}

func (a *app) permissions(ctx context.Context, in core.RoleName) (out core.Permissions, err error) {
	if in.Role, err = kernel.Name("role", in.Role); err != nil {
		return out, err
	}
	if err := a.roleExists(ctx, in.Role); err != nil {
		return out, err
	}
	out.Permissions, err = a.names(ctx, `SELECT permission FROM role_permissions WHERE app_id = $1 AND role = $2`, a.ID, in.Role)
	return out, err
}

func (a *app) rolesWithPermission(ctx context.Context, in core.PermissionName) (out core.RoleNames, err error) {
	if in.Permission, err = kernel.Name("permission", in.Permission); err != nil {
		return out, err
	}
	if err := a.CheckApp(ctx, a.DB.Reader); err != nil {
		return out, err
	}
	out.Roles, err = a.names(ctx, `SELECT role FROM role_permissions WHERE app_id = $1 AND permission = $2`, a.ID, in.Permission)
	return out, err
}

func (a *app) allRoles(ctx context.Context, _ struct{}) (out core.RoleNames, err error) {
	if err := a.CheckApp(ctx, a.DB.Reader); err != nil {
		return out, err
	}
	out.Roles, err = a.names(ctx, `SELECT role FROM roles WHERE app_id = $1`, a.ID)
	return out, err
}

func (a *app) deleteRole(ctx context.Context, in core.RoleName) (out core.DeletedRole, err error) {
	if in.Role, err = kernel.Name("role", in.Role); err != nil {
		return out, err
	}
	err = a.InApp(ctx, func(q db.Querier) error {
		n, err := q.Exec(ctx, `DELETE FROM roles WHERE app_id = $1 AND role = $2`, a.ID, in.Role)
		if err != nil {
			return err
		}
		out.DidRoleExist = n > 0
		for _, table := range []string{`role_permissions`, `user_roles`} {
			if _, err := q.Exec(ctx, `DELETE FROM `+table+` WHERE app_id = $1 AND role = $2`, a.ID, in.Role); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}
