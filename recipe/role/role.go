// Package role gives users roles, and roles permissions. Sessions carry both
// as the claims st-role and st-perm. It serves no route; its operations are
// those of core.Role (FDI §4.11).
//
//	sessions.Require(handler, claim.Includes(roles.PermissionsClaim, "invoices:write"))
package role

import (
	"context"
	"errors"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/claim"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/recipe/session"
)

// Functions is what the recipe does; see [core.Role].
type Functions = core.Role

// Config changes the recipe.
type Config struct {
	// SkipRolesClaim and SkipPermissionsClaim leave a claim out of new sessions.
	SkipRolesClaim, SkipPermissionsClaim bool
	// Functions replaces parts of the recipe. It receives the original and
	// returns what to use.
	Functions func(original Functions) Functions
}

// Recipe is the user roles recipe. Its operations are its fields.
type Recipe struct {
	Functions
	// RolesClaim is the user's roles in the session's tenant.
	RolesClaim *claim.Claim[[]string]
	// PermissionsClaim is the permissions of these roles.
	PermissionsClaim *claim.Claim[[]string]

	cfg Config
}

// New returns the recipe.
func New(cfg Config) *Recipe {
	r := &Recipe{cfg: cfg}
	r.RolesClaim = &claim.Claim[[]string]{Key: "st-role", Fetch: func(ctx context.Context, s claim.Subject) ([]string, bool, error) {
		out, err := r.OfUser(ctx, core.RolesOfUser{TenantID: s.TenantID, UserID: s.UserID})
		return out.Roles, true, err
	}}
	r.PermissionsClaim = &claim.Claim[[]string]{Key: "st-perm", Fetch: func(ctx context.Context, s claim.Subject) ([]string, bool, error) {
		out, err := r.PermissionsOf(ctx, core.RolesOfUser{TenantID: s.TenantID, UserID: s.UserID})
		return out.Permissions, true, err
	}}
	return r
}

// ID is "userroles".
func (r *Recipe) ID() string { return "userroles" }

// Init prepares the recipe.
func (r *Recipe) Init(a *postern.App) error {
	r.Functions = a.Core.Role
	if f := r.cfg.Functions; f != nil {
		r.Functions = f(r.Functions)
	}
	var errs []error
	for _, s := range postern.All[*session.Recipe](a) {
		for _, c := range r.claims() {
			errs = append(errs, s.AddClaim(c))
		}
	}
	return errors.Join(errs...)
}

// claims are those of new sessions.
func (r *Recipe) claims() (claims []claim.Builder) {
	if r.cfg.Functions == nil && !r.cfg.SkipRolesClaim && !r.cfg.SkipPermissionsClaim {
		return []claim.Builder{granted{r}}
	}
	if !r.cfg.SkipRolesClaim {
		claims = append(claims, r.RolesClaim)
	}
	if !r.cfg.SkipPermissionsClaim {
		claims = append(claims, r.PermissionsClaim)
	}
	return claims
}

// granted is both claims by one question to the core.
type granted struct{ *Recipe }

// Name is that of the first claim.
func (g granted) Name() string { return g.RolesClaim.Key }

// Build fetches the roles and their permissions into p.
func (g granted) Build(ctx context.Context, s claim.Subject, p claim.Payload, now time.Time) error {
	out, err := g.PermissionsOf(ctx, core.RolesOfUser{TenantID: s.TenantID, UserID: s.UserID})
	if err != nil {
		return err
	}
	return errors.Join(g.RolesClaim.Set(p, out.Roles, now), g.PermissionsClaim.Set(p, out.Permissions, now))
}

// APIs is nothing: roles are for the backend.
func (r *Recipe) APIs() any { return nil }
