package ui

import "slices"

// Login is a way in that somebody has.
type Login struct {
	ID     string // the recipe user id
	Kind   string // emailpassword, passwordless or thirdparty
	Name   string // the address, the number, or what the provider calls the user
	Source string // the provider's id
}

// showLogins shows how somebody signs in, and what could be added.
func (v *visit) showLogins() {
	if _, ok := v.account(); !ok {
		v.redirect(v.signInFirst("/logins"))
		return
	}
	if v.owesFactor() {
		v.redirect(v.link("/mfa", "redirectToPath", v.path("/logins")))
		return
	}
	v.goHome()
	body := v.loginsView()
	body.Notice = v.notice()
	v.show(body)
}

// postLogins adds a password to who is signed in.
func (v *visit) postLogins() {
	v.goHome()
	a := v.call("emailpassword", v.inTenant("/signup"), map[string]any{
		"shouldTryLinkingWithSessionUser": true,
		"formFields":                      []formField{{ID: "email", Value: v.r.PostForm.Get("email")}, {ID: "password", Value: v.r.PostForm.Get("password")}},
	})
	if !a.ok() {
		v.failOrSignIn(v.loginsView(), a, "/logins")
		return
	}
	v.leave(noticeLoginAdded, "")
	v.redirect(v.link("/logins"))
}

func (v *visit) loginsView() view {
	account, _ := v.account()
	body := view{Title: v.say("logins.title"), Lead: v.say("logins.lead"), Session: session{ExpiresIn: v.expiresIn(account)}}
	for _, l := range account.Logins {
		body.Rows = append(body.Rows, v.loginRow(l))
	}
	if v.cfg.MayLink {
		v.offerLogins(&body, account)
	}
	v.addPhoneRow(&body)
	body.Links = []link{{Text: v.say("logins.back"), Href: v.link("")}}
	return body
}

func (v *visit) loginRow(l Login) row {
	r := row{Mark: "key", Title: v.say("login." + l.Kind), Text: l.Name}
	if l.Kind == "thirdparty" {
		p := provider{ID: l.Source, Name: l.Source}
		for _, known := range v.methods().ThirdParty.Providers {
			if known.ID == l.Source {
				p = known
			}
		}
		r.Title, r.Brand = p.Name, p.brand()
	}
	return r
}

// offerLogins are the ways in that the visitor does not have yet. A login at a
// provider is added by signing in there; a password by choosing one.
func (v *visit) offerLogins(body *view, account Account) {
	token := v.linkToken()
	for _, c := range v.methods().ThirdParty.Providers {
		if !slices.ContainsFunc(account.Logins, func(l Login) bool { return l.Source == c.ID }) {
			body.Choices = append(body.Choices, choice{
				Text: v.say("logins.add", "provider", c.Name), Href: v.link("/provider/"+c.ID, "link", token), Brand: c.brand(), Mark: "key",
			})
		}
	}
	has := slices.ContainsFunc(account.Logins, func(l Login) bool { return l.Kind == "emailpassword" })
	if v.methods().EmailPassword.Enabled && !has && account.Email != "" && account.EmailVerified {
		body.Forms = append(body.Forms, form{
			Action: v.path("/logins"), Hidden: append(v.kept(), hidden{"email", account.Email}), Submit: v.say("logins.password"),
			Fields: []field{v.newPasswordField("field.new-password")}, Rank: "quiet",
		})
	}
}

// addPhoneRow is the second factor by a phone, if the app has it.
func (v *visit) addPhoneRow(body *view) {
	f, ok := v.factors()
	if !ok || !f.can("totp") {
		return
	}
	r := row{Mark: "shield", Title: v.say("login.totp"), Text: v.say("login.totp-off"), Href: v.link("/mfa/totp"), Link: v.say("login.totp-add")}
	if f.hasSetUp("totp") {
		r.Text, r.Href, r.Link = v.say("login.totp-on"), "", ""
		body.Forms = append(body.Forms,
			form{Action: v.path("/mfa/totp"), Hidden: []hidden{{"action", "codes"}, {"redirectToPath", v.path("/logins")}}, Submit: v.say("login.totp-codes"), Rank: "quiet"},
			form{Action: v.path("/mfa/totp"), Hidden: []hidden{{"action", "remove"}}, Submit: v.say("login.totp-remove"), Rank: "plain"},
		)
	}
	body.Rows = append(body.Rows, r)
}
