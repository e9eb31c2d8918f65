package ui

import "net/http"

// showReset asks for a new password if a mail's link led here, and otherwise
// for the address to send the mail to.
func (v *visit) showReset() {
	if v.param("token") != "" {
		v.show(v.newPasswordView())
		return
	}
	if kind, email := v.take(); kind == noticeResetSent {
		v.show(v.resetSentView(email))
		return
	}
	v.show(v.forgotView())
}

func (v *visit) postReset() {
	if v.param("token") != "" {
		v.setPassword()
		return
	}
	email := v.r.PostForm.Get("email")
	a := v.call("emailpassword", v.inTenant("/user/password/reset/token"), map[string][]formField{
		"formFields": {{ID: "email", Value: email}},
	})
	if !a.ok() {
		v.fail(v.forgotView(), a)
		return
	}
	v.leave(noticeResetSent, email)
	v.redirect(v.link("/reset-password"))
}

func (v *visit) setPassword() {
	a := v.call("emailpassword", v.inTenant("/user/password/reset"), map[string]any{
		"method": "token", "token": v.param("token"),
		"formFields": []formField{{ID: "password", Value: v.r.PostForm.Get("password")}},
	})
	switch {
	case a.ok():
		v.leave(noticePasswordChanged, "")
		v.redirect(v.link(""))
	case a.Status == "RESET_PASSWORD_INVALID_TOKEN_ERROR":
		v.expired(v.link("/reset-password"))
	default:
		v.fail(v.newPasswordView(), a)
	}
}

func (v *visit) forgotView() view {
	return view{
		Title: v.say("forgot.title"), Lead: v.say("forgot.lead"),
		Forms: []form{{
			Action: v.path("/reset-password"), Hidden: v.kept(), Submit: v.say("forgot.submit"),
			Fields: []field{v.emailField()},
		}},
		Links: []link{{Text: v.say("forgot.back"), Href: v.link("")}},
	}
}

// resetSentView says the same whether there is an account or not.
func (v *visit) resetSentView(email string) view {
	return view{
		Mark: "mail", Title: v.say("sent.title"), Lead: v.say("sent.lead", "email", email), More: v.say("sent.hint"),
		Forms: []form{{
			Action: v.path("/reset-password"), Hidden: append(v.kept(), hidden{"email", email}), Submit: v.say("sent.again"), Rank: "quiet",
		}},
		Links: []link{{Text: v.say("sent.other"), Href: v.link("/reset-password")}, {Text: v.say("forgot.back"), Href: v.link("")}},
	}
}

// newPasswordView keeps the token in the form, so that it leaves the address bar.
func (v *visit) newPasswordView() view {
	password := v.newPasswordField("field.new-password")
	password.Focus = true
	return view{
		Title: v.say("reset.title"), Lead: v.say("reset.lead"),
		Forms: []form{{
			Action: v.path("/reset-password"), Hidden: append(v.kept(), hidden{"token", v.param("token")}), Submit: v.say("reset.submit"),
			Fields: []field{password},
		}},
	}
}

// expired is the page for a token that does not serve.
func (v *visit) expired(again string) {
	v.render(http.StatusUnprocessableEntity, view{
		Mark: "alert", Title: v.say("expired.title"), Lead: v.say("expired.lead"),
		Action: link{Text: v.say("expired.submit"), Href: again},
		Links:  []link{{Text: v.say("forgot.back"), Href: v.link("")}},
	}, "card")
}
