// Package role has the roles of an app, their permissions, and who has them in
// which tenant (CDI §2.9).
//
// It owns the tables roles, role_permissions and user_roles. It is built on the
// kernel, and on person for the ids of users.
package role
