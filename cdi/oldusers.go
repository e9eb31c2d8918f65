package cdi

import (
	"context"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// oldUserQueries is how clients before 4.0 look for the users of one recipe.
type oldUserQueries struct {
	ByPassword     op.Func[findByPassword, core.UserResult]     `cdi:"GET /{tenant}/recipe/user" rid:"emailpassword" fails:"UNKNOWN_USER_ID_ERROR UNKNOWN_EMAIL_ERROR"`
	ByThirdParty   op.Func[findByThirdParty, core.UserResult]   `cdi:"GET /{tenant}/recipe/user" rid:"thirdparty" fails:"UNKNOWN_USER_ID_ERROR UNKNOWN_THIRD_PARTY_USER_ERROR"`
	ByPasswordless op.Func[findByPasswordless, core.UserResult] `cdi:"GET /{tenant}/recipe/user" rid:"passwordless" fails:"UNKNOWN_USER_ID_ERROR UNKNOWN_EMAIL_ERROR UNKNOWN_PHONE_NUMBER_ERROR"`
	ByEmail        op.Func[findByEmail, core.UserList]          `cdi:"GET /{tenant}/recipe/users/by-email"`
}

type findByPassword struct {
	TenantID string `path:"tenant" json:"-"`
	UserID   string `json:"userId,omitempty"`
	Email    string `json:"email,omitempty"`
}

type findByThirdParty struct {
	TenantID         string `path:"tenant" json:"-"`
	UserID           string `json:"userId,omitempty"`
	ThirdPartyID     string `json:"thirdPartyId,omitempty"`
	ThirdPartyUserID string `json:"thirdPartyUserId,omitempty"`
}

type findByPasswordless struct {
	TenantID    string `path:"tenant" json:"-"`
	UserID      string `json:"userId,omitempty"`
	Email       string `json:"email,omitempty"`
	PhoneNumber string `json:"phoneNumber,omitempty"`
}

type findByEmail struct {
	TenantID string `path:"tenant" json:"-"`
	Email    string `json:"email"`
}

// userFinder makes the old queries out of the operations of today.
type userFinder struct{ core *core.Core }

func newOldUserQueries(c *core.Core) oldUserQueries {
	u := userFinder{c}
	return oldUserQueries{u.byPassword, u.byThirdParty, u.byPasswordless, u.byEmail}
}

func (u userFinder) byPassword(ctx context.Context, in findByPassword) (core.UserResult, error) {
	switch {
	case in.UserID != "" && in.Email != "":
		return core.UserResult{}, core.Bad("Please provide only one of userId or email")
	case in.UserID != "":
		return u.byID(ctx, in.UserID, isPassword)
	case in.Email != "":
		return u.byInfo(ctx, core.UsersByAccountInfo{TenantID: in.TenantID, Email: in.Email}, isPassword, "UNKNOWN_EMAIL_ERROR")
	}
	return core.UserResult{}, core.Bad("Please provide one of userId or email")
}

func (u userFinder) byThirdParty(ctx context.Context, in findByThirdParty) (core.UserResult, error) {
	both := in.ThirdPartyID != "" && in.ThirdPartyUserID != ""
	switch {
	case in.UserID != "" && both:
		return core.UserResult{}, core.Bad("Please provide only one of userId or (thirdPartyId & thirdPartyUserId)")
	case in.UserID != "":
		return u.byID(ctx, in.UserID, isThirdParty)
	case both:
		info := core.UsersByAccountInfo{TenantID: in.TenantID, ThirdPartyID: in.ThirdPartyID, ThirdPartyUserID: in.ThirdPartyUserID}
		return u.byInfo(ctx, info, isThirdParty, "UNKNOWN_THIRD_PARTY_USER_ERROR")
	}
	return core.UserResult{}, core.Bad("Please provide one of userId or (thirdPartyId & thirdPartyUserId)")
}

func (u userFinder) byPasswordless(ctx context.Context, in findByPasswordless) (core.UserResult, error) {
	info := core.UsersByAccountInfo{TenantID: in.TenantID, Email: in.Email, PhoneNumber: in.PhoneNumber}
	switch {
	case in.UserID != "" && in.Email+in.PhoneNumber == "":
		return u.byID(ctx, in.UserID, isPasswordless)
	case in.UserID+in.PhoneNumber == "" && in.Email != "":
		return u.byInfo(ctx, info, isPasswordless, "UNKNOWN_EMAIL_ERROR")
	case in.UserID+in.Email == "" && in.PhoneNumber != "":
		return u.byInfo(ctx, info, isPasswordless, "UNKNOWN_PHONE_NUMBER_ERROR")
	}
	return core.UserResult{}, core.Bad("Please provide exactly one of userId, email or phoneNumber")
}

// byEmail finds those who came from another provider with an address.
func (u userFinder) byEmail(ctx context.Context, in findByEmail) (core.UserList, error) {
	found, err := u.core.User.ByAccountInfo(ctx, core.UsersByAccountInfo{TenantID: in.TenantID, Email: in.Email})
	out := core.UserList{Users: []core.User{}}
	for _, user := range found.Users {
		if has(user, in.TenantID, isThirdParty) {
			out.Users = append(out.Users, user)
		}
	}
	return out, err
}

func (u userFinder) byID(ctx context.Context, id string, is test) (core.UserResult, error) {
	found, err := u.core.User.ByID(ctx, core.UserByID{UserID: id})
	if err == nil && !has(found.User, "", is) {
		err = core.UnknownUserID
	}
	return found, err
}

func (u userFinder) byInfo(ctx context.Context, info core.UsersByAccountInfo, is test, unknown op.Status) (core.UserResult, error) {
	found, err := u.core.User.ByAccountInfo(ctx, info)
	if err != nil {
		return core.UserResult{}, err
	}
	for _, user := range found.Users {
		if has(user, info.TenantID, is) {
			return core.UserResult{User: user}, nil
		}
	}
	return core.UserResult{}, unknown
}

// test tells the login methods of one recipe from others.
type test func(core.LoginMethod) bool

func isPassword(m core.LoginMethod) bool     { return m.RecipeID == "emailpassword" }
func isThirdParty(m core.LoginMethod) bool   { return m.RecipeID == "thirdparty" }
func isPasswordless(m core.LoginMethod) bool { return m.RecipeID == "passwordless" }

// has reports whether one of the login methods is of a recipe, in the tenant
// if one is named.
func has(u core.User, tenant string, is test) bool {
	return slices.ContainsFunc(u.LoginMethods, func(m core.LoginMethod) bool {
		return is(m) && (tenant == "" || slices.Contains(m.TenantIDs, tenant))
	})
}
