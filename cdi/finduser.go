package cdi

import (
	"context"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// findUser is how clients before 4.0 look for a user who has a password: by
// one of the two.
type findUser struct {
	TenantID string `path:"tenant" json:"-"`
	UserID   string `json:"userId,omitempty"`
	Email    string `json:"email,omitempty"`
}

// userFinder makes the old look-up out of the operations of today.
type userFinder struct{ core *core.Core }

func (u userFinder) find(ctx context.Context, in findUser) (core.UserResult, error) {
	switch {
	case in.UserID != "" && in.Email != "":
		return core.UserResult{}, core.Bad("Please provide only one of userId or email")
	case in.UserID != "":
		return u.byID(ctx, in.UserID)
	case in.Email != "":
		return u.byEmail(ctx, in)
	}
	return core.UserResult{}, core.Bad("Please provide one of userId or email")
}

func (u userFinder) byID(ctx context.Context, id string) (core.UserResult, error) {
	found, err := u.core.User.ByID(ctx, core.UserByID{UserID: id})
	if err == nil && !hasPassword(found.User, "") {
		err = core.UnknownUserID
	}
	return found, err
}

func (u userFinder) byEmail(ctx context.Context, in findUser) (core.UserResult, error) {
	found, err := u.core.User.ByAccountInfo(ctx, core.UsersByAccountInfo{TenantID: in.TenantID, Email: in.Email})
	if err != nil {
		return core.UserResult{}, err
	}
	for _, user := range found.Users {
		if hasPassword(user, in.TenantID) {
			return core.UserResult{User: user}, nil
		}
	}
	return core.UserResult{}, op.Status("UNKNOWN_EMAIL_ERROR")
}

// hasPassword reports whether one of the login methods is email and password,
// in the tenant if one is named.
func hasPassword(u core.User, tenant string) bool {
	return slices.ContainsFunc(u.LoginMethods, func(m core.LoginMethod) bool {
		return m.RecipeID == "emailpassword" && (tenant == "" || slices.Contains(m.TenantIDs, tenant))
	})
}
