package mfa

import (
	"slices"

	"github.com/posternauth/postern/recipe/signin"
)

// A second factor is another one than the first. Where a required factor can
// also begin a sign-in, it would count twice: whoever reads somebody's mail
// would be in by one code.

// kindOf is what a factor proves; two of one kind are one factor. A code and a
// link come to the same mailbox, or the same phone.
func kindOf(factor string) string {
	switch factor {
	case signin.OTPEmail, signin.LinkEmail:
		return "mailbox"
	case signin.OTPPhone, signin.LinkPhone:
		return "phone number"
	}
	return factor
}

// missing returns what has to be completed next, nothing if it is enough: what
// is missing of the first requirement that is not met; and then, as long as all
// that was completed is one factor, another one.
func (r *Recipe) missing(q Question, list []Requirement) ([]string, error) {
	first := next(q.Completed, list)
	if len(first) > 0 || len(list) == 0 || areTwo(q.Completed) {
		return first, nil
	}
	return r.another(q)
}

func areTwo(completed map[string]int64) bool {
	kinds := map[string]bool{}
	for factor := range completed {
		kinds[kindOf(factor)] = true
	}
	return len(kinds) > 1
}

// another returns the factors of other kinds than what was completed: those
// that the user has, and only if there are none those that could be set up.
func (r *Recipe) another(q Question) ([]string, error) {
	have, err := r.has(q)
	if err != nil {
		return nil, err
	}
	if others := ofOtherKinds(have, q.Completed); len(others) > 0 {
		return others, nil
	}
	if others := ofOtherKinds(r.secondFactors(), q.Completed); len(others) > 0 {
		return others, nil
	}
	return []string{signin.TOTP}, nil // no recipe has it, and so nobody gets further
}

// has returns what a user could complete, a login at a provider included.
func (r *Recipe) has(q Question) ([]string, error) {
	have, err := q.FactorsSetUp()
	if err != nil {
		return nil, err
	}
	user, err := q.User()
	if err != nil {
		return nil, err
	}
	have = slices.Clone(have)
	for _, m := range user.LoginMethods {
		if m.RecipeID == signin.ThirdParty && !contains(have, signin.ThirdParty) {
			have = append(have, signin.ThirdParty)
		}
	}
	return have, nil
}

func ofOtherKinds(factors []string, completed map[string]int64) []string {
	return slices.DeleteFunc(slices.Clone(factors), func(factor string) bool {
		for done := range completed {
			if kindOf(done) == kindOf(factor) {
				return true
			}
		}
		return false
	})
}
