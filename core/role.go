package core

import "github.com/posternauth/postern/op"

// Role is roles and permissions. Both belong to the app; which user has which
// role belongs to a tenant. Names are trimmed and case-sensitive.
type Role struct {
	// CreateOrAdd makes a role, or adds permissions to it; it removes none.
	CreateOrAdd op.Func[RolePermissions, CreatedRole] `cdi:"PUT /recipe/role"`

	// RemovePermissions takes permissions from a role; none given means all.
	RemovePermissions op.Func[RolePermissions, Done] `cdi:"POST /recipe/role/permissions/remove" fails:"UNKNOWN_ROLE_ERROR"`

	Permissions    op.Func[RoleName, Permissions]     `cdi:"GET /recipe/role/permissions" fails:"UNKNOWN_ROLE_ERROR"`
	WithPermission op.Func[PermissionName, RoleNames] `cdi:"GET /recipe/permission/roles"`
	All            op.Func[struct{}, RoleNames]       `cdi:"GET /recipe/roles"`
	Delete         op.Func[RoleName, DeletedRole]     `cdi:"POST /recipe/role/remove"`
	AddToUser      op.Func[UserRole, AddedRole]       `cdi:"PUT /{tenant}/recipe/user/role" fails:"UNKNOWN_ROLE_ERROR"`
	RemoveFromUser op.Func[UserRole, RemovedRole]     `cdi:"POST /{tenant}/recipe/user/role/remove" fails:"UNKNOWN_ROLE_ERROR"`
	OfUser         op.Func[RolesOfUser, RoleNames]    `cdi:"GET /{tenant}/recipe/user/roles"`
	UsersWith      op.Func[UsersWithRole, UserIDs]    `cdi:"GET /{tenant}/recipe/role/users" fails:"UNKNOWN_ROLE_ERROR"`

	// PermissionsOf returns the roles of a user and what they permit.
	PermissionsOf op.Func[RolesOfUser, Granted] `cdi:"GET /{tenant}/recipe/user/permissions" ext:"true"`
}

// RolePermissions is a role and permissions.
type RolePermissions struct {
	Role        string   `json:"role"`
	Permissions []string `json:"permissions,omitempty"`
}

// CreatedRole is the result of [Role.CreateOrAdd].
type CreatedRole struct {
	CreatedNewRole bool `json:"createdNewRole"`
}

// RoleName is a role.
type RoleName struct {
	Role string `json:"role"`
}

// PermissionName is a permission.
type PermissionName struct {
	Permission string `json:"permission"`
}

// Permissions are names of permissions, sorted.
type Permissions struct {
	Permissions []string `json:"permissions"`
}

// Granted is the roles of a user and the permissions of these, both sorted.
type Granted struct {
	Roles       []string `json:"roles"`
	Permissions []string `json:"permissions"`
}

// RoleNames are names of roles, sorted.
type RoleNames struct {
	Roles []string `json:"roles"`
}

// DeletedRole is the result of [Role.Delete].
type DeletedRole struct {
	DidRoleExist bool `json:"didRoleExist"`
}

// UserRole is a user and a role in a tenant.
type UserRole struct {
	TenantID string `path:"tenant" json:"-"`
	UserID   string `json:"userId"`
	Role     string `json:"role"`
}

// AddedRole is the result of [Role.AddToUser].
type AddedRole struct {
	DidUserAlreadyHaveRole bool `json:"didUserAlreadyHaveRole"`
}

// RemovedRole is the result of [Role.RemoveFromUser].
type RemovedRole struct {
	DidUserHaveRole bool `json:"didUserHaveRole"`
}

// RolesOfUser is the input of [Role.OfUser] and [Role.PermissionsOf].
type RolesOfUser struct {
	TenantID string `path:"tenant" json:"-"`
	UserID   string `json:"userId"`
}

// UsersWithRole is the input of [Role.UsersWith].
type UsersWithRole struct {
	TenantID string `path:"tenant" json:"-"`
	Role     string `json:"role"`
}

// UserIDs are ids of users, sorted.
type UserIDs struct {
	Users []string `json:"users"`
}

// UnknownRole is a role that the app does not have.
const UnknownRole op.Status = "UNKNOWN_ROLE_ERROR"
