package passwordless

import (
	"context"
	"slices"
	"strings"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/address"
	"github.com/posternauth/postern/recipe/signin"
)

// factors are those by which a contact can be proved here.
func (r *Recipe) factors(isPhone bool) (out []string) {
	otp, link := signin.OTPEmail, signin.LinkEmail
	if isPhone {
		otp, link = signin.OTPPhone, signin.LinkPhone
	}
	if r.cfg.FlowType != Link {
		out = append(out, otp)
	}
	if r.cfg.FlowType != Code {
		out = append(out, link)
	}
	return out
}

// accepts reports whether contacts of a kind are used here.
func (r *Recipe) accepts(isPhone bool) bool {
	if isPhone {
		return r.cfg.ContactMethod != Email
	}
	return r.cfg.ContactMethod != Phone
}

// FirstFactors are the factors by which the recipe signs people in.
func (r *Recipe) FirstFactors() (all []string) {
	for _, isPhone := range []bool{false, true} {
		if r.accepts(isPhone) {
			all = append(all, r.factors(isPhone)...)
		}
	}
	return all
}

// SecondFactors are the same: each can be added to another one.
func (r *Recipe) SecondFactors() []string { return r.FirstFactors() }

// FactorsSetUp are those for which a user has an address or a number.
func (r *Recipe) FactorsSetUp(_ context.Context, user core.User) (have []string, err error) {
	for _, isPhone := range []bool{false, true} {
		has := slices.ContainsFunc(user.LoginMethods, func(m core.LoginMethod) bool {
			return m.RecipeID == RecipeID && (isPhone && m.PhoneNumber != "" || !isPhone && m.Email != "" && !address.IsFake(m.Email))
		})
		if has && r.accepts(isPhone) {
			have = append(have, r.factors(isPhone)...)
		}
	}
	return have, nil
}

// FactorContacts are the addresses and numbers to which a code could go, the
// best first (FDI §4.4): those that have been signed in by, else all of the
// user.
func (r *Recipe) FactorContacts(user core.User, recipeUserID string) (emails, phoneNumbers map[string][]string) {
	emails, phoneNumbers = map[string][]string{}, map[string][]string{}
	own, _ := user.LoginMethod(recipeUserID)
	addresses := contacts(user, own.Email, user.Emails, func(m core.LoginMethod) string { return m.Email })
	addresses = slices.DeleteFunc(addresses, address.IsFake)
	numbers := contacts(user, own.PhoneNumber, user.PhoneNumbers, func(m core.LoginMethod) string { return m.PhoneNumber })
	for _, factor := range r.FirstFactors() {
		if strings.HasSuffix(factor, "-phone") {
			phoneNumbers[factor] = numbers
		} else {
			emails[factor] = addresses
		}
	}
	return emails, phoneNumbers
}

func contacts(user core.User, own string, all []string, of func(core.LoginMethod) string) []string {
	list := []string{}
	add := func(s string) {
		if s != "" && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	for _, m := range user.LoginMethods {
		if m.RecipeID == RecipeID {
			add(of(m))
		}
	}
	switch {
	case len(list) == 0:
		add(own)
		for _, s := range all {
			add(s)
		}
	case slices.Contains(list, own): // that of the session first
		list = append([]string{own}, slices.DeleteFunc(list, func(s string) bool { return s == own })...)
	}
	return list
}
