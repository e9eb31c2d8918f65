package user

import (
	"context"
	"fmt"
	"strings"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/internal/address"
)

func (u *users) countUsers(ctx context.Context, in core.CountUsers) (out core.UserCount, err error) {
	tenant := kernel.OrPublic(in.TenantID)
	if err := checkRecipes(in.IncludeRecipeIDs); err != nil {
		return out, err
	}
	if err := u.CheckTenant(ctx, u.DB.Reader, tenant); err != nil {
		return out, err
	}
	query, args := `SELECT COUNT(DISTINCT primary_user_id) FROM tenant_users WHERE app_id = $1 AND tenant_id = $2`, db.Args{u.ID, tenant}
	if in.IncludeAllTenants {
		query, args = `SELECT COUNT(DISTINCT primary_user_id) FROM users WHERE app_id = $1`, db.Args{u.ID}
	}
	recipes, args := inRecipes(args, in.IncludeRecipeIDs)
	_, err = u.DB.Reader.One(ctx, query+recipes, args, &out.Count)
	return out, err
}

func (u *users) countActiveUsers(ctx context.Context, in core.CountActiveUsers) (out core.UserCount, err error) {
	if in.Since < 0 {
		return out, core.Bad("'since' query parameter must be >= 0")
	}
	if err := u.CheckApp(ctx, u.DB.Reader); err != nil {
		return out, err
	}
	_, err = u.DB.Reader.One(ctx, `SELECT COUNT(*) FROM active_users WHERE app_id = $1 AND last_active >= $2`,
		db.Args{u.ID, in.Since}, &out.Count)
	return out, err
}

// usersByAccountInfo finds the candidates in the tenant by any value, and then
// keeps those whose login methods have all of them.
func (u *users) usersByAccountInfo(ctx context.Context, in core.UsersByAccountInfo) (out core.UserList, err error) {
	in.TenantID, out.Users = kernel.OrPublic(in.TenantID), []core.User{}
	if (in.ThirdPartyID == "") != (in.ThirdPartyUserID == "") {
		return out, core.Bad("If 'thirdPartyId' is provided, 'thirdPartyUserId' must also be provided, and vice versa")
	}
	if in.Email != "" {
		if in.Email, err = address.Normal(in.Email); err != nil {
			return out, err
		}
	}
	if in.PhoneNumber != "" {
		if in.PhoneNumber, err = kernel.Phone(in.PhoneNumber); err != nil {
			return out, err
		}
	}
	if err := u.CheckTenant(ctx, u.DB.Reader, in.TenantID); err != nil {
		return out, err
	}
	condition, args := accountInfo(in, db.Args{u.ID, in.TenantID})
	if condition == "" {
		return out, nil
	}
	found, err := positions(ctx, u.DB.Reader, `SELECT DISTINCT t.primary_time_joined, t.primary_user_id FROM users u
		JOIN tenant_users t ON t.app_id = u.app_id AND t.user_id = u.user_id AND t.tenant_id = $2
		WHERE u.app_id = $1 AND (`+condition+`) ORDER BY t.primary_time_joined, t.primary_user_id`, args)
	if err != nil {
		return out, err
	}
	users, err := u.people.ByIDs(ctx, u.DB.Reader, idsOf(found))
	for _, u := range users {
		if in.DoUnionOfAccountInfo || hasAll(u, in) {
			out.Users = append(out.Users, u)
		}
	}
	return out, err
}

// accountInfo is the condition for login methods with any of the values, and
// args with the values. Nobody has a passkey: that is another recipe.
func accountInfo(in core.UsersByAccountInfo, args db.Args) (string, db.Args) {
	var alternatives []string
	either := func(condition string, values ...any) {
		if values[0] == "" {
			return
		}
		for _, value := range values {
			args = append(args, value)
			condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		alternatives = append(alternatives, condition)
	}
	either(`u.email = ?`, in.Email)
	either(`u.phone = ?`, in.PhoneNumber)
	either(`u.third_party_id = ? AND u.third_party_user_id = ?`, in.ThirdPartyID, in.ThirdPartyUserID)
	return strings.Join(alternatives, " OR "), args
}

func hasAll(u core.User, in core.UsersByAccountInfo) bool {
	has := func(wanted bool, test func(core.LoginMethod) bool) bool {
		if !wanted {
			return true
		}
		for _, m := range u.LoginMethods {
			if test(m) {
				return true
			}
		}
		return false
	}
	return has(in.Email != "", func(m core.LoginMethod) bool { return m.Email == in.Email }) &&
		has(in.PhoneNumber != "", func(m core.LoginMethod) bool { return m.PhoneNumber == in.PhoneNumber }) &&
		has(in.ThirdPartyID != "", func(m core.LoginMethod) bool {
			return m.ThirdParty == core.ThirdParty{ID: in.ThirdPartyID, UserID: in.ThirdPartyUserID}
		}) &&
		in.WebAuthnCredentialID == ""
}
