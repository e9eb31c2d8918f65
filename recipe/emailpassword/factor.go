package emailpassword

import (
	"context"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/address"
)

// FirstFactors is the factor by which the recipe signs people in.
func (r *Recipe) FirstFactors() []string { return []string{RecipeID} }

// SecondFactors is the factor that the recipe adds to another one.
func (r *Recipe) SecondFactors() []string { return []string{RecipeID} }

// FactorsSetUp reports whether a user has a password.
func (r *Recipe) FactorsSetUp(_ context.Context, user core.User) ([]string, error) {
	if slices.ContainsFunc(user.LoginMethods, isOurs) {
		return []string{RecipeID}, nil
	}
	return nil, nil
}

func isOurs(m core.LoginMethod) bool { return m.RecipeID == RecipeID }

// FactorContacts are the emails by which a user has, or could get, a password
// (FDI §4.7): those that have one, the proved first; else all of the user, that
// of the session first; else one that stands for none.
func (r *Recipe) FactorContacts(user core.User, recipeUserID string) (emails, phoneNumbers map[string][]string) {
	var proved, unproved, fake []string
	for _, m := range user.LoginMethods {
		switch {
		case !isOurs(m):
		case address.IsFake(m.Email):
			fake = append(fake, m.Email)
		case m.Verified:
			proved = append(proved, m.Email)
		default:
			unproved = append(unproved, m.Email)
		}
	}
	list := slices.Concat(proved, unproved, fake)
	if len(list) == 0 {
		list = possible(user)
	}
	if m, ok := user.LoginMethod(recipeUserID); ok {
		if i := slices.Index(list, m.Email); i > 0 {
			list = slices.Concat([]string{m.Email}, list[:i], list[i+1:])
		}
	}
	if len(list) == 0 {
		list = []string{recipeUserID + address.FakeDomain}
	}
	return map[string][]string{RecipeID: list}, nil
}

// possible are the user's own emails, or those that stand for none if there
// are no others.
func possible(user core.User) []string {
	real := slices.DeleteFunc(slices.Clone(user.Emails), address.IsFake)
	if len(real) > 0 {
		return real
	}
	return slices.Clone(user.Emails)
}
