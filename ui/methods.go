package ui

import (
	"slices"
	"strings"
)

// methods are the ways in to the visitor's tenant.
type methods struct {
	EmailPassword struct{ Enabled bool }
	ThirdParty    struct{ Providers []provider }
	FirstFactors  []string
}

// provider is another service to sign in with.
type provider struct{ ID, Name string }

// methods asks the API; it is asked once. An API that does not say has
// passwords: whoever tries one learns what is wrong.
func (v *visit) methods() methods {
	if v.ways != nil {
		return *v.ways
	}
	v.ways = new(methods)
	if a := v.get("multitenancy", v.inTenant("/loginmethods"), nil); a.ok() {
		a.read(v.ways)
	} else {
		v.ways.EmailPassword.Enabled = true
	}
	return *v.ways
}

func (m methods) has(factors ...string) bool {
	return slices.ContainsFunc(factors, func(f string) bool { return slices.Contains(m.FirstFactors, f) })
}

// byEmail and byPhone report whether a code or a link is sent there.
func (m methods) byEmail() bool { return m.has("otp-email", "link-email") }
func (m methods) byPhone() bool { return m.has("otp-phone", "link-phone") }

// passwordless reports whether there is a way in without a password.
func (m methods) passwordless() bool { return m.byEmail() || m.byPhone() }

// brand is which logo and colours a provider has; "" for those without.
func (p provider) brand() string {
	for _, name := range []string{
		"active-directory", "apple", "bitbucket", "discord", "facebook", "github", "gitlab", "google", "linkedin", "okta", "twitter",
	} {
		if strings.HasPrefix(p.ID, name) {
			return name
		}
	}
	return ""
}

// choice is a way in that looks like a button.
type choice struct {
	Text, Href string
	Brand      string
	Mark       string // an icon, where there is no brand
}

// providerChoices are the buttons of the tenant's providers.
func (v *visit) providerChoices(extra ...string) (out []choice) {
	for _, p := range v.methods().ThirdParty.Providers {
		out = append(out, choice{
			Text: v.say("provider.continue", "provider", p.Name), Href: v.link("/provider/"+p.ID, extra...), Brand: p.brand(), Mark: "key",
		})
	}
	return out
}
