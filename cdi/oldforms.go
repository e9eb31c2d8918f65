package cdi

import (
	"context"
	"encoding/json"

	"github.com/posternauth/postern/core"
)

// refuseNoLimit tells a limit of zero from none at all.
func refuseNoLimit(_ context.Context, _ call, in input) error {
	if in.query.Get("limit") == "0" {
		return core.Bad("limit must a positive integer with min value 1")
	}
	return nil
}

// refuseEmptyCode tells a code that is empty from none at all.
func refuseEmptyCode(_ context.Context, _ call, in input) error {
	if string(in.body["userInputCode"]) == `""` {
		return core.Bad("userInputCode cannot be an empty string.")
	}
	return nil
}

// withoutWebAuthn drops the passkeys of users, which came with 5.3.
func withoutWebAuthn(m members) error {
	drop := func(m members) error {
		delete(m, "webauthn")
		return nil
	}
	user := func(m members) error {
		delete(m, "webauthn")
		return rewriteMember(m, "loginMethods", drop)
	}
	return onUsers(m, user)
}

// onUsers changes what is a user in an answer. Lists of ids have the same
// name as lists of users.
func onUsers(m members, by func(members) error) error {
	if err := rewriteMember(m, "user", by); err != nil {
		return err
	}
	var users []json.RawMessage
	if json.Unmarshal(m["users"], &users) != nil || len(users) == 0 || users[0][0] != '{' {
		return nil
	}
	return rewriteMember(m, "users", by)
}

// listByRecipe puts the recipe beside each user of a list.
func listByRecipe(m members) error {
	return rewriteMember(m, "users", func(user members) error {
		var today core.User
		raw, err := json.Marshal(user)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(raw, &today); err != nil {
			return err
		}
		clear(user)
		user["recipeId"], err = json.Marshal(firstMethod(today).RecipeID)
		if err == nil {
			user["user"], err = json.Marshal(oldUser(today))
		}
		return err
	})
}

// oldUsers gives users the form they had when a user was one login method.
func oldUsers(m members) error {
	return onUsers(m, func(user members) error {
		if user["loginMethods"] == nil { // listByRecipe was here
			return nil
		}
		var today core.User
		raw, err := json.Marshal(user)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(raw, &today); err != nil {
			return err
		}
		clear(user)
		raw, err = json.Marshal(oldUser(today))
		if err != nil {
			return err
		}
		return json.Unmarshal(raw, &user)
	})
}

// userBefore40 is a user as the one login method it was.
type userBefore40 struct {
	ID          string          `json:"id"`
	TimeJoined  int64           `json:"timeJoined"`
	TenantIDs   []string        `json:"tenantIds"`
	Email       string          `json:"email,omitempty"`
	PhoneNumber string          `json:"phoneNumber,omitempty"`
	ThirdParty  core.ThirdParty `json:"thirdParty,omitzero"`
}

func oldUser(u core.User) userBefore40 {
	m := firstMethod(u)
	return userBefore40{u.ID, u.TimeJoined, u.TenantIDs, m.Email, m.PhoneNumber, m.ThirdParty}
}

// firstMethod returns the oldest login method, which stands for the user.
func firstMethod(u core.User) core.LoginMethod {
	if len(u.LoginMethods) == 0 {
		return core.LoginMethod{}
	}
	return u.LoginMethods[0]
}

// withoutRecipeUserID drops the id of the login method beside a user or in a
// session, where it was the same as the user's.
func withoutRecipeUserID(m members) error {
	delete(m, "recipeUserId")
	return rewriteMember(m, "session", func(session members) error {
		delete(session, "recipeUserId")
		return nil
	})
}

// nameRecipeUser takes the id of a login method by its old name.
func nameRecipeUser(_ context.Context, _ call, in input) error {
	if id, there := in.body["userId"]; there {
		in.body["recipeUserId"] = id
	}
	return nil
}

// addResetEmail finds the address that a reset token is for, which clients
// did not say while a user had only one.
func addResetEmail(ctx context.Context, c call, in input) error {
	var id string
	if in.body["email"] != nil || json.Unmarshal(in.body["userId"], &id) != nil {
		return nil
	}
	found, err := c.app.core.User.ByID(ctx, core.UserByID{UserID: id})
	if err != nil {
		return err
	}
	if len(found.User.LoginMethods) > 1 {
		return core.Bad("Please use CDI version >= 4.0")
	}
	if !has(found.User, "", isPassword) {
		return core.UnknownUserID
	}
	in.body["email"], err = json.Marshal(firstMethod(found.User).Email)
	return err
}

// without drops some members.
func without(names ...string) func(members) error {
	return func(m members) error {
		for _, name := range names {
			delete(m, name)
		}
		return nil
	}
}

// proveNothing says of the address that a provider told that it is unproved,
// which clients had no word for.
func proveNothing(_ context.Context, _ call, in input) error {
	raw, there := in.body["email"]
	if !there || string(raw) == "null" {
		return nil
	}
	email, err := rewrite(raw, func(m members) error {
		m["isVerified"] = json.RawMessage("false")
		return nil
	})
	if err == nil {
		in.body["email"] = email
	}
	return nil // what is no object is refused when it is read
}

// refuseUnless refuses a login whose recipe the tenant has switched off; today
// that is the business of the client.
func refuseUnless(recipe string, factors []string) func(context.Context, call, input) error {
	return func(ctx context.Context, c call, _ input) error {
		info, err := readTenant(ctx, c.app.core, c.at.app, c.at.tenant)
		if err == nil && !containsAny(info.FirstFactors.Or(allFactors()), factors) {
			err = &core.Forbidden{Message: recipe + " login not enabled for tenant"}
		}
		return err
	}
}

// withoutFactors drops the factors of tenants, which came with 5.0.
func withoutFactors(m members) error {
	delete(m, "firstFactors")
	delete(m, "requiredSecondaryFactors")
	if err := rewriteMember(m, "tenants", withoutFactors); err != nil {
		return err
	}
	if err := rewriteMember(m, "apps", withoutFactors); err != nil {
		return err
	}
	return rewriteMember(m, "connectionUriDomains", withoutFactors)
}
