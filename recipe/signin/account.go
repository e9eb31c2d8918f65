package signin

import (
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/address"
)

// Account is what a login method is known by: an email, a phone number, or a
// login at another provider with the email that the provider tells.
type Account struct {
	RecipeID     string
	RecipeUserID string // empty while there is no such login method
	Email        string
	PhoneNumber  string
	ThirdParty   core.ThirdParty
}

// AccountOf returns what a login method is known by.
func AccountOf(m core.LoginMethod) Account {
	return Account{m.RecipeID, m.RecipeUserID, m.Email, m.PhoneNumber, m.ThirdParty}
}

// HasAddressOf reports whether a login method has the account's email or phone
// number.
func (a Account) HasAddressOf(m core.LoginMethod) bool { return a.hasEmailOf(m) || a.hasPhoneOf(m) }

func (a Account) hasEmailOf(m core.LoginMethod) bool {
	return address.Same(a.Email, m.Email)
}

func (a Account) hasPhoneOf(m core.LoginMethod) bool {
	return a.PhoneNumber != "" && a.PhoneNumber == m.PhoneNumber
}

// provedBy reports whether a user has proved the account's email or phone
// number by one of its login methods.
func (a Account) provedBy(u core.User) bool {
	return slices.ContainsFunc(u.LoginMethods, func(m core.LoginMethod) bool {
		return m.Verified && a.hasEmailOf(m) || a.hasPhoneOf(m)
	})
}

// Proved reports whether a login method has proved its address. That of a
// phone has: there is none without a code that was sent to it.
func Proved(m core.LoginMethod) bool { return m.Verified || m.Email == "" && m.PhoneNumber != "" }

// is reports whether a login method is that of the account: of the same recipe
// and known by the same.
func (a Account) is(m core.LoginMethod) bool {
	if a.RecipeID != m.RecipeID {
		return false
	}
	if a.ThirdParty.ID != "" {
		return a.ThirdParty == m.ThirdParty
	}
	return a.HasAddressOf(m)
}

// method returns the login method of a user that is that of the account.
func (a Account) method(u core.User) (core.LoginMethod, bool) {
	if i := slices.IndexFunc(u.LoginMethods, a.is); i >= 0 {
		return u.LoginMethods[i], true
	}
	return core.LoginMethod{}, false
}

func isSameUser(u core.User, id string) bool {
	_, member := u.LoginMethod(id)
	return u.ID == id || member
}
