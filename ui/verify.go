package ui

import (
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/posternauth/postern/internal/urls"
)

// showVerify waits for a click if a mail's link led here: programs that look
// at links do not click. Otherwise it asks for the code from the mail.
func (v *visit) showVerify() {
	if v.param("token") != "" {
		v.show(v.confirmView())
		return
	}
	account, signedIn := v.account()
	kind, detail := v.take()
	switch {
	case kind == noticeEmailVerified && detail == byStranger:
		v.show(view{
			Mark: "check", Title: v.say("verified.title"), Lead: v.say("verified.stranger"),
			Action: link{Text: v.say("verified.stranger-submit"), Href: v.link("/reset-password")},
		})
	case kind == noticeEmailVerified, signedIn && account.EmailVerified:
		v.show(v.verifiedView())
	case !signedIn:
		v.redirect(v.signInFirst("/verify-email"))
	default:
		body := v.codeView(account)
		if kind == noticeVerificationSent {
			body.Notice = v.say("notice." + kind)
		}
		v.show(body)
	}
}

func (v *visit) postVerify() {
	if v.param("token") != "" {
		v.verifyToken()
		return
	}
	account, signedIn := v.account()
	switch {
	case !signedIn:
		v.leave(noticeSessionEnded, "")
		v.redirect(v.signInFirst("/verify-email"))
	case v.param("action") == "send":
		v.sendCode(account)
	default:
		v.verifyCode(account)
	}
}

func (v *visit) verifyToken() {
	a := v.call("emailverification", v.inTenant("/user/email/verify"), map[string]string{
		"method": "token", "token": v.param("token"),
	})
	switch {
	case a.ok() && v.isStranger():
		v.leave(noticeEmailVerified, byStranger)
		v.redirect(v.link("/verify-email"))
	case a.ok():
		v.leave(noticeEmailVerified, "")
		v.redirect(v.link("/verify-email"))
	case a.Status == "EMAIL_VERIFICATION_INVALID_TOKEN_ERROR":
		v.expired(v.link("/verify-email"))
	default:
		v.fail(v.confirmView(), a)
	}
}

// byStranger says that the address was confirmed where nobody was signed in to
// the account: it has no password now.
const byStranger = "stranger"

// isStranger reports whether the visitor is not signed in to the account whose
// address is to be confirmed. The API decides by the token; this is for what the
// page says.
func (v *visit) isStranger() bool {
	hint := v.param("account")
	account, signedIn := v.account()
	mine := signedIn && slices.ContainsFunc(account.Logins, func(l Login) bool { return urls.Hint(l.ID) == hint })
	return hint != "" && !mine
}

func (v *visit) verifyCode(account Account) {
	a := v.call("emailverification", v.inTenant("/user/email/verify"), map[string]string{
		"method": "code", "code": digits(v.r.PostForm.Get("code")),
	})
	body := v.codeView(account)
	switch {
	case a.ok():
		v.leave(noticeEmailVerified, "")
		v.redirect(v.link("/verify-email"))
	case a.Status == "EMAIL_VERIFICATION_INVALID_TOKEN_ERROR":
		body.Problem = fieldErrors(v.say("error.summary"), body.fields(), []formField{{ID: "code", Error: v.say("error.code")}})
		v.render(http.StatusUnprocessableEntity, body, "card")
	default:
		v.failOrSignIn(body, a, "/verify-email")
	}
}

func (v *visit) sendCode(account Account) {
	a := v.call("emailverification", "/user/email/verify/token", struct{}{})
	switch {
	case a.ok():
		v.leave(noticeVerificationSent, "")
		v.redirect(v.link("/verify-email"))
	case a.Status == "EMAIL_ALREADY_VERIFIED_ERROR":
		v.leave(noticeEmailVerified, "")
		v.redirect(v.link("/verify-email"))
	default:
		v.failOrSignIn(v.codeView(account), a, "/verify-email")
	}
}

// failOrSignIn draws a page again, unless the session is what is missing, or has
// to be proved once more.
func (v *visit) failOrSignIn(body view, a answer, page string) {
	switch {
	case a.Code == http.StatusUnauthorized:
		v.leave(noticeSessionEnded, "")
		v.redirect(v.signInFirst(page))
	case a.wantsRecent():
		v.leave(noticeProveAgain, "")
		v.redirect(v.link("", "show", "again", "redirectToPath", v.link(page)))
	default:
		v.fail(body, a)
	}
}

// wantsRecent reports whether an API asks for a sign-in that was a moment ago.
func (a answer) wantsRecent() bool {
	var more struct {
		Errors []struct {
			ID string `json:"id"`
		} `json:"claimValidationErrors"`
	}
	if a.Code != http.StatusForbidden {
		return false
	}
	a.read(&more)
	for _, e := range more.Errors {
		if e.ID == "auth_time" {
			return true
		}
	}
	return false
}

// signInFirst is the sign-in page, with the way back to a page.
func (v *visit) signInFirst(page string, extra ...string) string {
	return v.link("", "redirectToPath", v.link(page, extra...))
}

// digits drops what people type between the digits of a code.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' {
			return -1
		}
		return r
	}, s)
}

// confirmView says whose account it is, for somebody else may have made it, and
// wants it confirmed by who reads the mail.
func (v *visit) confirmView() view {
	body := view{Mark: "mail", Title: v.say("verify.title"), Lead: v.say("verify.lead")}
	made, err := time.Parse(time.DateOnly, v.param("made"))
	if !v.isStranger() || err != nil {
		body.Forms = []form{v.confirmForm()}
		return body
	}
	date := made.Format("2 January 2006")
	first := v.signInFirst("/verify-email", "token", v.param("token"), "account", v.param("account"), "by", v.param("by"), "made", v.param("made"))
	if v.param("by") != "emailpassword" { // nothing about it could be made safe
		body.Lead, body.Action = v.say("verify.sign-in", "date", date), link{Text: v.say("verify.sign-in-submit"), Href: first}
		return body
	}
	body.Lead, body.More = v.say("verify.stranger", "date", date), v.say("verify.stranger-more")
	body.Forms = []form{v.confirmForm()}
	body.Links = []link{{Text: v.say("verify.stranger-mine"), Href: first}}
	return body
}

func (v *visit) confirmForm() form {
	f := form{Action: v.path("/verify-email"), Hidden: v.kept(), Submit: v.say("verify.submit")}
	for _, name := range []string{"token", "account", "by", "made"} {
		if value := v.param(name); value != "" {
			f.Hidden = append(f.Hidden, hidden{name, value})
		}
	}
	return f
}

func (v *visit) codeView(account Account) view {
	body := view{
		Mark: "mail", Title: v.say("code.title"), Lead: v.say("code.lead", "email", account.Email),
		Forms: []form{
			{
				Action: v.path("/verify-email"), Hidden: v.kept(), Submit: v.say("code.submit"),
				Fields: []field{{
					Name: "code", Label: v.say("field.code"), Type: "text", Autocomplete: "one-time-code", InputMode: "numeric",
					Hint: v.say("field.code-hint"), Focus: true,
				}},
			},
			{Action: v.path("/verify-email"), Hidden: append(v.kept(), hidden{"action", "send"}), Submit: v.say("code.again"), Rank: "quiet"},
		},
		Session: session{ExpiresIn: v.expiresIn(account)},
	}
	if v.cfg.RequireVerifiedEmail {
		leave := v.signOutForm()
		leave.Rank = "plain"
		body.Forms = append(body.Forms, leave)
	} else {
		body.Links = []link{{Text: v.say("code.later"), Href: v.target()}}
	}
	return body
}

// verifiedView leads on: to where the visitor wanted to go, or to sign in.
func (v *visit) verifiedView() view {
	body := view{
		Mark: "check", Title: v.say("verified.title"), Lead: v.say("verified.lead"),
		Action: link{Text: v.say("verified.submit"), Href: v.target()},
	}
	if _, ok := v.account(); !ok {
		body.Action.Href = v.link("")
	}
	return body
}
