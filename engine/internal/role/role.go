package role

import (
	"context"
	"slices"
	"strings"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/person"
)

// roles holds the roles of an app.
type roles struct {
	*kernel.App
	people *person.People
}

// New returns the operations on roles and permissions (CDI §2.9).
func New(a *kernel.App, people *person.People) core.Role {
	r := &roles{a, people}
	return core.Role{
		CreateOrAdd:       r.create,
		RemovePermissions: r.removePermissions,
		Permissions:       r.permissions,
		WithPermission:    r.withPermission,
		All:               r.all,
		Delete:            r.delete,
		AddToUser:         r.addToUser,
		RemoveFromUser:    r.removeFromUser,
		OfUser:            r.ofUser,
		UsersWith:         r.usersWith,
		PermissionsOf:     r.permissionsOf,
	}
}

// Tables are those of this package.
func Tables() []kernel.Table {
	return []kernel.Table{
		{Name: `roles`},
		{Name: `role_permissions`},
		{Name: `user_roles`, Tenant: true, User: kernel.Person, Recipe: "UserRoles"},
	}
}

func (r *roles) create(ctx context.Context, in core.RolePermissions) (out core.CreatedRole, err error) {
	if in, err = check(in); err != nil {
		return out, err
	}
	err = r.InApp(ctx, func(q db.Querier) error {
		n, err := q.Exec(ctx, `INSERT INTO roles (app_id, role) VALUES ($1, $2) ON CONFLICT (app_id, role) DO NOTHING`, r.ID, in.Role)
		if err != nil {
			return err
		}
		out.CreatedNewRole = n == 1
		for _, permission := range in.Permissions {
			_, err := q.Exec(ctx, `INSERT INTO role_permissions (app_id, role, permission) VALUES ($1, $2, $3)
				ON CONFLICT (app_id, role, permission) DO NOTHING`, r.ID, in.Role, permission)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// check trims the names and sorts the permissions, so that two who write
// them lock them in the same order.
func check(in core.RolePermissions) (out core.RolePermissions, err error) {
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

func (r *roles) removePermissions(ctx context.Context, in core.RolePermissions) (done core.Done, err error) {
	if in, err = check(in); err != nil {
		return done, err
	}
	err = r.InApp(ctx, func(q db.Querier) error {
		if err := r.checkExists(ctx, q, in.Role); err != nil {
			return err
		}
		if len(in.Permissions) == 0 {
			_, err := q.Exec(ctx, `DELETE FROM role_permissions WHERE app_id = $1 AND role = $2`, r.ID, in.Role)
			return err
		}
		for some := range slices.Chunk(in.Permissions, db.MaxList) {
			list, args := db.In(db.Args{r.ID, in.Role}, some)
			if _, err := q.Exec(ctx, `DELETE FROM role_permissions WHERE app_id = $1 AND role = $2 AND permission IN `+list, args...); err != nil {
				return err
			}
		}
		return nil
	})
	return done, err
}

// checkExists keeps a role from being deleted until the transaction ends.
func (r *roles) checkExists(ctx context.Context, q db.Querier, role string) error {
	var found string
	exists, err := q.One(ctx, `SELECT role FROM roles WHERE app_id = $1 AND role = $2`+r.DB.ForUpdate, db.Args{r.ID, role}, &found)
	if err == nil && !exists {
		return core.UnknownRole
	}
	return err
}

// exists is checkExists for those who only read.
func (r *roles) exists(ctx context.Context, role string) error {
	var found string
	exists, err := r.DB.Reader.One(ctx, `SELECT role FROM roles WHERE app_id = $1 AND role = $2`, db.Args{r.ID, role}, &found)
	if err != nil || exists {
		return err
	}
	return kernel.OrStatus(r.CheckApp(ctx, r.DB.Reader), core.UnknownRole)
}

// names returns the first column of a query, sorted alike on every database.
func (r *roles) names(ctx context.Context, query string, args ...any) ([]string, error) {
	names, err := db.Texts(ctx, r.DB.Reader, query, args...)
	slices.Sort(names)
	return append([]string{}, names...), err
}

func (r *roles) permissions(ctx context.Context, in core.RoleName) (out core.Permissions, err error) {
	if in.Role, err = kernel.Name("role", in.Role); err != nil {
		return out, err
	}
	if err := r.exists(ctx, in.Role); err != nil {
		return out, err
	}
	out.Permissions, err = r.names(ctx, `SELECT permission FROM role_permissions WHERE app_id = $1 AND role = $2`, r.ID, in.Role)
	return out, err
}

func (r *roles) withPermission(ctx context.Context, in core.PermissionName) (out core.RoleNames, err error) {
	if in.Permission, err = kernel.Name("permission", in.Permission); err != nil {
		return out, err
	}
	if err := r.CheckApp(ctx, r.DB.Reader); err != nil {
		return out, err
	}
	out.Roles, err = r.names(ctx, `SELECT role FROM role_permissions WHERE app_id = $1 AND permission = $2`, r.ID, in.Permission)
	return out, err
}

func (r *roles) all(ctx context.Context, _ struct{}) (out core.RoleNames, err error) {
	if err := r.CheckApp(ctx, r.DB.Reader); err != nil {
		return out, err
	}
	out.Roles, err = r.names(ctx, `SELECT role FROM roles WHERE app_id = $1`, r.ID)
	return out, err
}

func (r *roles) delete(ctx context.Context, in core.RoleName) (out core.DeletedRole, err error) {
	if in.Role, err = kernel.Name("role", in.Role); err != nil {
		return out, err
	}
	err = r.InApp(ctx, func(q db.Querier) error {
		n, err := q.Exec(ctx, `DELETE FROM roles WHERE app_id = $1 AND role = $2`, r.ID, in.Role)
		if err != nil {
			return err
		}
		out.DidRoleExist = n > 0
		for _, table := range []string{`role_permissions`, `user_roles`} {
			if _, err := q.Exec(ctx, `DELETE FROM `+table+` WHERE app_id = $1 AND role = $2`, r.ID, in.Role); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}
