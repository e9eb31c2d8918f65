package ui

import (
	"net/http"
	"strings"
)

// showHome is the account of who is signed in, or else the way in. Who has not
// completed all factors goes on with the next.
func (v *visit) showHome() {
	var body view
	account, signedIn := v.account()
	switch {
	case signedIn && v.param("show") != "again":
		if v.owesFactor() {
			v.redirect(v.link("/mfa"))
			return
		}
		body = v.accountView(account)
	case v.param("show") == "signup" && v.methods().EmailPassword.Enabled:
		body = v.signUpView()
	case v.asksForCode():
		body = v.askCodeView()
	default:
		body = v.signInView()
	}
	if v.hasStaleSession() {
		body.Session.Stale = SafeRedirect(v.next(), v.link(""))
	}
	body.Notice = v.notice()
	v.show(body)
}

// asksForCode reports whether the way in is by a code: it was asked for, or
// there is no other.
func (v *visit) asksForCode() bool {
	m := v.methods()
	return m.passwordless() && (v.param("show") == "code" || !m.EmailPassword.Enabled)
}

func (v *visit) postHome() {
	switch {
	case v.param("action") == "signout":
		v.signOut()
	case v.param("show") == "signup":
		v.enter("/signup", v.signUpView())
	case v.param("show") == "code":
		v.sendTo(v.r.PostForm.Get("contact"), false, v.askCodeView())
	default:
		v.enter("/signin", v.signInView())
	}
}

// enter sends the form to sign up or in, and goes on with the session that
// comes of it.
func (v *visit) enter(api string, body view) {
	a := v.call("emailpassword", v.inTenant(api), map[string][]formField{"formFields": {
		{ID: "email", Value: v.r.PostForm.Get("email")},
		{ID: "password", Value: v.r.PostForm.Get("password")},
	}})
	if !a.ok() {
		v.fail(body, a)
		return
	}
	v.enterNext()
}

// mustVerify has the mail sent to somebody new whose address is not proved. If
// it could not be sent now, the page has a button for it.
func (v *visit) mustVerify() bool {
	a := v.call("emailverification", "/user/email/verify/token", struct{}{})
	return a.ok() || a.Code == http.StatusTooManyRequests || a.Code >= 500
}

func (v *visit) signInView() view {
	body := view{Title: v.say("signin.title"), Lead: v.say("signin.lead"), Choices: v.providerChoices()}
	m := v.methods()
	switch {
	case !m.EmailPassword.Enabled && m.passwordless():
		return v.askCodeView()
	case !m.EmailPassword.Enabled:
		return body
	}
	body.Forms = []form{{
		Action: v.path(""), Hidden: v.kept(), Submit: v.say("signin.submit"),
		Fields: []field{
			v.emailField(),
			{
				Name: "password", Label: v.say("field.password"), Type: "password", Autocomplete: "current-password",
				Aside: link{Text: v.say("signin.forgot"), Href: v.link("/reset-password")},
			},
		},
	}}
	if m.passwordless() {
		body.Links = []link{{Text: v.say("signin.code"), Href: v.link("", "show", "code")}}
	}
	body.Other = link{Before: v.say("signin.other"), Text: v.say("signin.other-link"), Href: v.link("", "show", "signup")}
	return body
}

func (v *visit) signUpView() view {
	return view{
		Title: v.say("signup.title"), Lead: v.say("signup.lead"), Choices: v.providerChoices(),
		Forms: []form{{
			Action: v.path("") + "?show=signup", Hidden: v.kept(), Submit: v.say("signup.submit"),
			Fields: []field{v.emailField(), v.newPasswordField("field.password")},
		}},
		Other: link{Before: v.say("signup.other"), Text: v.say("signup.other-link"), Href: v.link("")},
	}
}

// emailField keeps what was typed when the page is drawn again.
func (v *visit) emailField() field {
	return field{
		Name: "email", Label: v.say("field.email"), Type: "email", Autocomplete: "email", InputMode: "email",
		Value: v.r.PostForm.Get("email"), Focus: true,
	}
}

func (v *visit) newPasswordField(label string) field {
	return field{
		Name: "password", Label: v.say(label), Type: "password", Autocomplete: "new-password",
		Hint: v.say("field.new-password-hint"),
	}
}

func (v *visit) accountView(account Account) view {
	body := view{
		Title: v.say("account.title"), Lead: v.say("account.lead"), Account: &account,
		Forms:   []form{v.signOutForm()},
		Session: session{ExpiresIn: v.expiresIn(account)},
	}
	if v.target() != v.path("") {
		body.Action = link{Text: v.say("account.submit"), Href: v.target()}
	}
	if account.Email != "" && !account.EmailVerified {
		body.Links = append(body.Links, link{Text: v.say("account.verify"), Href: v.link("/verify-email")})
	}
	body.Links = append(body.Links, link{Text: v.say("account.logins"), Href: v.link("/logins")})
	return body
}

func (v *visit) signOutForm() form {
	return form{Action: v.path(""), Hidden: append(v.kept(), hidden{"action", "signout"}), Submit: v.say("account.signout"), Rank: "quiet"}
}

// expiresIn is a duration and not a time: the clock of the browser is another.
func (v *visit) expiresIn(account Account) int64 {
	if account.Expires.IsZero() {
		return 0
	}
	return max(account.Expires.Sub(v.cfg.Now()).Milliseconds(), 1)
}

// signOut ends the session. One that is not there any more has ended too, but
// if the API left its cookies, it may be one that can still be renewed.
func (v *visit) signOut() {
	a := v.call("session", "/signout", struct{}{})
	switch {
	case a.ok(), a.Code == http.StatusUnauthorized && a.Header.Get("Set-Cookie") != "":
		v.leave(noticeSignedOut, "")
	case a.Code == http.StatusUnauthorized:
		v.leave(noticeSessionEnded, "")
	default:
		body := v.signInView()
		if account, ok := v.account(); ok {
			body = v.accountView(account)
		}
		v.fail(body, a)
		return
	}
	v.redirect(v.link(""))
}

// hasStaleSession reports an access token that does not serve any more: the
// refresh token, which is not sent here, may. Only a script can try it.
func (v *visit) hasStaleSession() bool {
	if _, ok := v.account(); ok {
		return false
	}
	for _, c := range v.r.Cookies() {
		if strings.HasSuffix(c.Name, "sAccessToken") && c.Value != "" {
			return true
		}
	}
	return false
}
