package ui

import (
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/posternauth/postern/internal/qr"
)

// newDevice is a phone that is being set up.
type newDevice struct {
	DeviceName string `json:"deviceName"`
	Secret     string `json:"secret"`
	Address    string `json:"qrCodeString"`
}

// setUp is what a page shows of it.
type setUp struct {
	QR     qr.Code
	Secret string       // in groups of four
	Open   template.URL // opens an app on this very phone
}

// showTOTP asks for a code from those who have set up a phone, and offers to
// set one up to the others.
func (v *visit) showTOTP() {
	f, ok := v.factors()
	if !ok {
		v.redirect(v.link(""))
		return
	}
	switch {
	case f.hasSetUp("totp") && len(f.Factors.Next) > 0 && v.param("show") == "recovery":
		v.show(v.recoveryView())
	case f.hasSetUp("totp") && len(f.Factors.Next) > 0:
		v.show(v.totpView(f))
	case f.can("totp"):
		v.show(v.beginView(f))
	default:
		v.redirect(v.link("/mfa"))
	}
}

func (v *visit) postTOTP() {
	switch v.param("action") {
	case "begin":
		v.addDevice()
	case "verify":
		v.verifyDevice()
	case "recover":
		v.useRecovery()
	case "codes":
		v.showRecoveryCodes(v.target())
	case "remove":
		v.removeDevices()
	default:
		v.typeTOTP()
	}
}

// totpView asks for the code that the phone shows.
func (v *visit) totpView(f factors) view {
	return view{
		Mark: "shield", Title: v.say("totp.title"), Lead: v.say("totp.lead"),
		Forms: []form{
			{Action: v.path("/mfa/totp"), Hidden: v.kept(), Submit: v.say("totp.submit"), Fields: []field{v.totpField()}},
			v.leaveForm(),
		},
		Links: append([]link{{Text: v.say("totp.lost"), Href: v.link("/mfa/totp", "show", "recovery")}}, v.otherFactors(f)...),
	}
}

func (v *visit) totpField() field { return v.sixDigits("totp") }

// sixDigits is the field for a code.
func (v *visit) sixDigits(name string) field {
	return field{
		Name: name, Label: v.say("field.code"), Type: "text", Autocomplete: "one-time-code", InputMode: "numeric",
		Hint: v.say("field.six-digits"), Focus: true, Length: 6,
	}
}

func (v *visit) typeTOTP() {
	a := v.call("totp", "/totp/verify", map[string]string{"totp": digits(v.r.PostForm.Get("totp"))})
	if a.ok() {
		v.enterNext()
		return
	}
	f, _ := v.factors()
	v.totpFailed(v.totpView(f), a, "totp")
}

// totpFailed puts what is wrong with a code to its field.
func (v *visit) totpFailed(body view, a answer, name string) {
	var more struct{ RetryAfterMs int64 }
	a.read(&more)
	switch a.Status {
	case "INVALID_TOTP_ERROR":
		v.failField(body, name, v.say("error.totp"))
	case "LIMIT_REACHED_ERROR":
		wait := time.Duration(more.RetryAfterMs) * time.Millisecond
		body.Problem = problem{Title: v.say("error.busy", "wait", v.texts.wait(wait))}
		v.render(http.StatusUnprocessableEntity, body, "card")
	case "UNKNOWN_USER_ID_ERROR", "UNKNOWN_DEVICE_ERROR":
		v.redirect(v.link("/mfa/totp"))
	default:
		if a.Code == http.StatusForbidden && !a.wantsRecent() { // another factor comes first
			v.redirect(v.link("/mfa"))
			return
		}
		v.failOrSignIn(body, a, "/mfa/totp")
	}
}

// beginView says what is about to happen: a device is made by a click only.
func (v *visit) beginView(f factors) view {
	body := view{
		Mark: "shield", Title: v.say("totp-begin.title"), Lead: v.say("totp-begin.lead"),
		Forms: []form{{Action: v.path("/mfa/totp"), Hidden: append(v.kept(), hidden{"action", "begin"}), Submit: v.say("totp-begin.submit")}},
		Links: []link{{Text: v.say("code.later"), Href: v.target()}},
	}
	if len(f.Factors.Next) > 0 { // it cannot wait
		body.Links = v.otherFactors(f)
		body.Forms = append(body.Forms, v.leaveForm())
	}
	return body
}

func (v *visit) addDevice() {
	a := v.call("totp", "/totp/device", struct{}{})
	var d newDevice
	if a.read(&d); !a.ok() {
		f, _ := v.factors()
		v.totpFailed(v.beginView(f), a, "")
		return
	}
	v.show(v.setUpView(d))
}

// setUpView shows the QR code, and takes the first code. The device stays in
// the form: its secret has to be shown again when the code is wrong.
func (v *visit) setUpView(d newDevice) view {
	code, err := qr.Encode(d.Address)
	if err != nil || !strings.HasPrefix(d.Address, "otpauth://") {
		v.cfg.Log.ErrorContext(v.r.Context(), "a device cannot be drawn", "err", err)
		return view{Title: v.say("totp-begin.title"), Problem: problem{Title: v.say("error.unknown")}}
	}
	return view{
		Title: v.say("totp-setup.title"), Lead: v.say("totp-setup.lead"),
		SetUp: &setUp{QR: code, Secret: grouped(d.Secret), Open: template.URL(d.Address)},
		Forms: []form{{
			Action: v.path("/mfa/totp"), Submit: v.say("totp-setup.submit"), Fields: []field{v.totpField()},
			Hidden: append(v.kept(), hidden{"action", "verify"}, hidden{"device", d.DeviceName}, hidden{"secret", d.Secret}, hidden{"address", d.Address}),
		}},
		Links: []link{{Text: v.say("totp-setup.cancel"), Href: v.link("/mfa/totp")}},
	}
}

func grouped(secret string) string {
	var b strings.Builder
	for i, r := range secret {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func (v *visit) verifyDevice() {
	d := newDevice{v.param("device"), v.param("secret"), v.param("address")}
	a := v.call("totp", "/totp/device/verify", map[string]string{"deviceName": d.DeviceName, "totp": digits(v.r.PostForm.Get("totp"))})
	if !a.ok() {
		v.totpFailed(v.setUpView(d), a, "totp")
		return
	}
	v.showRecoveryCodes(v.target())
}

// showRecoveryCodes makes codes for when the phone is lost, and shows them
// once.
func (v *visit) showRecoveryCodes(next string) {
	a := v.call("totp", "/totp/recovery/codes", struct{}{})
	var codes struct{ Codes []string }
	if a.read(&codes); a.wantsRecent() {
		v.failOrSignIn(v.loginsView(), a, "/logins")
		return
	}
	if !a.ok() {
		v.redirect(next) // a core that has none
		return
	}
	v.show(view{
		Mark: "shield", Title: v.say("recovery.title"), Lead: v.say("recovery.lead"), Codes: codes.Codes,
		Action: link{Text: v.say("recovery.done"), Href: next},
	})
}

func (v *visit) recoveryView() view {
	return view{
		Mark: "shield", Title: v.say("recover.title"), Lead: v.say("recover.lead"),
		Forms: []form{
			{
				Action: v.path("/mfa/totp"), Hidden: append(v.kept(), hidden{"action", "recover"}), Submit: v.say("totp.submit"),
				Fields: []field{{Name: "code", Label: v.say("field.recovery"), Type: "text", Autocomplete: "off", Hint: v.say("field.recovery-hint"), Focus: true, Plain: true}},
			},
			v.leaveForm(),
		},
		Links: []link{{Text: v.say("recover.back"), Href: v.link("/mfa/totp")}},
	}
}

func (v *visit) useRecovery() {
	a := v.call("totp", "/totp/recovery/verify", map[string]string{"code": v.r.PostForm.Get("code")})
	if a.ok() {
		v.enterNext()
		return
	}
	v.totpFailed(v.recoveryView(), a, "code")
}

// removeDevices takes all phones away; the API wants the factor for it.
func (v *visit) removeDevices() {
	a := v.get("totp", "/totp/device/list", nil)
	var list struct{ Devices []struct{ Name string } }
	a.read(&list)
	for _, d := range list.Devices {
		if a = v.call("totp", "/totp/device/remove", map[string]string{"deviceName": d.Name}); !a.ok() {
			v.failOrSignIn(v.loginsView(), a, "/logins")
			return
		}
	}
	v.leave(noticePhoneRemoved, "")
	v.redirect(v.link("/logins"))
}
