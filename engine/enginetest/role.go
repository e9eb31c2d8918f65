package enginetest

import (
	"slices"
	"testing"

	"github.com/posternauth/postern/core"
)

func (s suite) roles(t *testing.T) {
	role := newID("Role")
	create := core.RolePermissions{Role: " " + role + " ", Permissions: []string{"write", " read "}}
	for _, isNew := range []bool{true, false} {
		if got := ok(t, s.Role.CreateOrAdd, create).CreatedNewRole; got != isNew {
			t.Errorf("created a new role: %v, want %v", got, isNew)
		}
	}
	ok(t, s.Role.CreateOrAdd, core.RolePermissions{Role: role, Permissions: []string{"delete"}})
	s.hasPermissions(t, role, "delete", "read", "write")
	if got := ok(t, s.Role.WithPermission, core.PermissionName{Permission: " read "}).Roles; !slices.Contains(got, role) {
		t.Errorf("roles that may read: %q, want %s among them", got, role)
	}
	if got := ok(t, s.Role.WithPermission, core.PermissionName{Permission: newID("no")}).Roles; got == nil || len(got) != 0 {
		t.Errorf("roles with a permission that nobody has: %#v", got)
	}
	if got := ok(t, s.Role.All, struct{}{}).Roles; !slices.Contains(got, role) || !slices.IsSorted(got) {
		t.Errorf("all roles: %q, want %s among them, sorted", got, role)
	}
	ok(t, s.Role.RemovePermissions, core.RolePermissions{Role: role, Permissions: []string{"read", "no"}})
	s.hasPermissions(t, role, "delete", "write")
	ok(t, s.Role.RemovePermissions, core.RolePermissions{Role: role})
	s.hasPermissions(t, role)
	for _, existed := range []bool{true, false} {
		if got := ok(t, s.Role.Delete, core.RoleName{Role: role}).DidRoleExist; got != existed {
			t.Errorf("the role existed: %v, want %v", got, existed)
		}
	}
	fails(t, s.Role.Permissions, core.RoleName{Role: role}, core.UnknownRole)
	fails(t, s.Role.RemovePermissions, core.RolePermissions{Role: role}, core.UnknownRole)
	bad(t, s.Role.CreateOrAdd, core.RolePermissions{Role: " "}, "Field name 'role' cannot be an empty String")
	bad(t, s.Role.CreateOrAdd, core.RolePermissions{Role: role, Permissions: []string{""}}, "Field name 'permissions' cannot contain an empty string")
	bad(t, s.Role.WithPermission, core.PermissionName{}, "Field name 'permission' cannot be an empty String")
}

func (s suite) hasPermissions(t *testing.T, role string, want ...string) {
	t.Helper()
	got := ok(t, s.Role.Permissions, core.RoleName{Role: role}).Permissions
	if got == nil || !slices.Equal(got, want) {
		t.Errorf("permissions of %s: %#v, want %q", role, got, want)
	}
}

func (s suite) rolesOfUsers(t *testing.T) {
	tenant, user := s.newTenant(t), newID("user")
	editor, admin := newID("editor"), newID("admin")
	ok(t, s.Role.CreateOrAdd, core.RolePermissions{Role: editor, Permissions: []string{"read", "write"}})
	ok(t, s.Role.CreateOrAdd, core.RolePermissions{Role: admin, Permissions: []string{"write", "delete"}})
	for _, had := range []bool{false, true} {
		if got := ok(t, s.Role.AddToUser, core.UserRole{TenantID: tenant, UserID: user, Role: " " + editor + " "}).DidUserAlreadyHaveRole; got != had {
			t.Errorf("the user had the role: %v, want %v", got, had)
		}
	}
	ok(t, s.Role.AddToUser, core.UserRole{TenantID: tenant, UserID: user, Role: admin})
	of := core.RolesOfUser{TenantID: tenant, UserID: user}
	if got := ok(t, s.Role.OfUser, of).Roles; !slices.Equal(got, []string{admin, editor}) {
		t.Errorf("roles %q, want %q", got, []string{admin, editor})
	}
	if got := ok(t, s.Role.PermissionsOf, of); !slices.Equal(got.Permissions, []string{"delete", "read", "write"}) || !slices.Equal(got.Roles, []string{admin, editor}) {
		t.Errorf("permissions %q of the roles %q", got.Permissions, got.Roles)
	}
	for name, elsewhere := range map[string]core.RolesOfUser{"tenant": {UserID: user}, "user": {TenantID: tenant, UserID: newID("user")}} {
		roles, permissions := ok(t, s.Role.OfUser, elsewhere).Roles, ok(t, s.Role.PermissionsOf, elsewhere).Permissions
		if roles == nil || permissions == nil || len(roles)+len(permissions) != 0 {
			t.Errorf("another %s has the roles %#v, permissions %#v", name, roles, permissions)
		}
	}
	with := core.UsersWithRole{TenantID: tenant, Role: editor}
	if got := ok(t, s.Role.UsersWith, with).Users; !slices.Equal(got, []string{user}) {
		t.Errorf("users with the role: %q, want %s", got, user)
	}
	for _, had := range []bool{true, false} {
		if got := ok(t, s.Role.RemoveFromUser, core.UserRole{TenantID: tenant, UserID: user, Role: editor}).DidUserHaveRole; got != had {
			t.Errorf("the user had the role: %v, want %v", got, had)
		}
	}
	ok(t, s.Role.Delete, core.RoleName{Role: admin})
	if got := ok(t, s.Role.OfUser, of).Roles; len(got) != 0 {
		t.Errorf("roles %q are left of a role that is deleted", got)
	}
	unknown := core.UserRole{TenantID: tenant, UserID: user, Role: admin}
	fails(t, s.Role.AddToUser, unknown, core.UnknownRole)
	fails(t, s.Role.RemoveFromUser, unknown, core.UnknownRole)
	fails(t, s.Role.UsersWith, core.UsersWithRole{TenantID: tenant, Role: admin}, core.UnknownRole)
	nowhere := core.RolesOfUser{TenantID: newID("no"), UserID: user}
	noTenant(t, s.Role.OfUser, nowhere)
	noTenant(t, s.Role.PermissionsOf, nowhere)
}
