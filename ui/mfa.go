package ui

import (
	"net/http"
	"slices"
)

// factors is where a sign-in stands.
type factors struct {
	Factors struct{ Next, AlreadySetup, AllowedToSetup []string }
	Emails  map[string][]string
	Phones  map[string][]string `json:"phoneNumbers"`
}

// can reports whether the visitor may complete a factor here, now or after
// setting it up.
func (f factors) can(factor string) bool {
	return slices.Contains(f.Factors.AlreadySetup, factor) || slices.Contains(f.Factors.AllowedToSetup, factor)
}

// hasSetUp reports whether a factor was set up.
func (f factors) hasSetUp(factor string) bool { return slices.Contains(f.Factors.AlreadySetup, factor) }

// open are the factors that lead on, the best first.
func (f factors) open() (open []string) {
	for _, factor := range []string{"totp", "otp-phone", "otp-email"} {
		if slices.Contains(f.Factors.Next, factor) && f.can(factor) {
			open = append(open, factor)
		}
	}
	return open
}

// factors asks the API where the sign-in stands; false if nobody is signed in,
// or the app has no second factors.
func (v *visit) factors() (f factors, ok bool) {
	a := v.ask(http.MethodPut, "multifactorauth", "/mfa/info", []byte("{}"))
	a.read(&f)
	return f, a.ok()
}

// owesFactor reports whether the visitor is signed in and has to complete
// another factor.
func (v *visit) owesFactor() bool {
	f, ok := v.factors()
	return ok && len(f.Factors.Next) > 0
}

// enterNext goes on after a factor: to the next one, to the address that has to
// be proved, or to where the visitor wanted to go.
func (v *visit) enterNext() {
	if v.owesFactor() {
		v.redirect(v.link("/mfa"))
		return
	}
	if v.cfg.RequireVerifiedEmail && v.mustVerify() {
		v.redirect(v.link("/verify-email"))
		return
	}
	v.redirect(v.target())
}

// showMFA leads to the factor that comes next, or lets the visitor choose.
func (v *visit) showMFA() {
	f, ok := v.factors()
	if !ok {
		v.redirect(v.link(""))
		return
	}
	if len(f.Factors.Next) == 0 {
		v.redirect(v.target())
		return
	}
	open := f.open()
	if len(open) == 1 && v.param("choose") == "" {
		v.redirect(v.link("/mfa/" + open[0]))
		return
	}
	body := view{Mark: "shield", Title: v.say("mfa.title"), Lead: v.say("mfa.lead"), Forms: []form{v.leaveForm()}}
	if kind, _ := v.take(); kind == noticeCodeEnded {
		body.Notice = v.say("notice." + kind)
	}
	for _, factor := range open {
		body.Choices = append(body.Choices, choice{Text: v.say("mfa." + factor), Href: v.link("/mfa/" + factor), Mark: factorMark(factor)})
	}
	if len(open) == 0 {
		body.Problem = problem{Title: v.say("mfa.none")}
	}
	v.show(body)
}

func factorMark(factor string) string {
	switch factor {
	case "otp-email":
		return "mail"
	case "otp-phone":
		return "phone"
	}
	return "shield"
}

// leaveForm lets somebody out who cannot go on.
func (v *visit) leaveForm() form {
	f := v.signOutForm()
	f.Rank = "plain"
	return f
}

// otpFactor is the factor of this page.
func (v *visit) otpFactor() string {
	if v.r.URL.Path == v.requestPath("/mfa/otp-phone") {
		return "otp-phone"
	}
	return "otp-email"
}

// showOTP offers to send a code to an address or a number of the visitor's, or
// to a new one where that may be set up.
func (v *visit) showOTP() {
	f, ok := v.factors()
	if !ok || !f.can(v.otpFactor()) {
		v.redirect(v.link("/mfa"))
		return
	}
	v.show(v.otpView(f))
}

func (v *visit) otpView(f factors) view {
	factor := v.otpFactor()
	known := f.Emails[factor]
	if factor == "otp-phone" {
		known = f.Phones[factor]
	}
	body := view{Mark: factorMark(factor), Title: v.say("otp.title"), Lead: v.say("otp.lead")}
	for _, to := range known {
		body.Forms = append(body.Forms, form{
			Action: v.path("/mfa/" + factor), Hidden: append(v.kept(), hidden{"contact", to}), Submit: v.say("otp.send", "to", to),
		})
	}
	if len(known) == 0 {
		body.Forms = append(body.Forms, form{
			Action: v.path("/mfa/" + factor), Hidden: v.kept(), Submit: v.say("ask-code.submit"), Fields: []field{v.newContactField(factor)},
		})
	}
	body.Forms = append(body.Forms, v.leaveForm())
	body.Links = v.otherFactors(f)
	return body
}

// otherFactors leads to the choice, where there is one.
func (v *visit) otherFactors(f factors) []link {
	if len(f.open()) < 2 {
		return nil
	}
	return []link{{Text: v.say("mfa.other"), Href: v.link("/mfa", "choose", "1")}}
}

func (v *visit) newContactField(factor string) field {
	f := field{Name: "contact", Label: v.say("field.email"), Type: "email", Autocomplete: "email", InputMode: "email", Focus: true, Value: v.r.PostForm.Get("contact")}
	if factor == "otp-phone" {
		f.Label, f.Hint, f.Type, f.Autocomplete, f.InputMode = v.say("field.phone"), v.say("field.phone-hint"), "tel", "tel", "tel"
	}
	return f
}

func (v *visit) postOTP() {
	f, ok := v.factors()
	if !ok {
		v.leave(noticeSessionEnded, "")
		v.redirect(v.link(""))
		return
	}
	v.sendTo(v.param("contact"), true, v.otpView(f))
}
