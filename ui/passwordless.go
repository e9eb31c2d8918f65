package ui

import (
	"net/http"
	"strings"
	"time"
)

// sentCode is a code that is on its way to somebody. It is kept in a cookie:
// only this browser can use the code.
type sentCode struct {
	DeviceID         string `json:"deviceId"`
	PreAuthSessionID string `json:"preAuthSessionId"`
	FlowType         string `json:"flowType"`
	To               string `json:"to"`
	Tenant           string `json:"t,omitempty"`
	Next             string `json:"n,omitempty"`
	Second           bool   `json:"m,omitempty"` // it is a second factor
}

const (
	codeCookie = "postern-code"
	codeAge    = 15 * time.Minute
)

func (c sentCode) isPhone() bool { return strings.HasPrefix(c.To, "+") }

// sendTo has a code sent, and leads to the page that takes it.
func (v *visit) sendTo(to string, second bool, page view) {
	to = strings.TrimSpace(to)
	body := map[string]any{"shouldTryLinkingWithSessionUser": second}
	if strings.Contains(to, "@") || !v.methods().byPhone() && !second {
		body["email"] = to
	} else {
		to = normalNumber(to)
		body["phoneNumber"] = to
	}
	a := v.call("passwordless", v.inTenant("/signinup/code"), body)
	if !a.ok() {
		v.fail(page, a)
		return
	}
	code := sentCode{To: to, Tenant: v.tenant(), Next: v.nextKept(), Second: second}
	a.read(&code)
	v.setCookie(codeCookie, code, codeAge)
	v.redirect(v.link("/code"))
}

// normalNumber drops what people write between the digits of a number.
func normalNumber(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" ()-./\u00a0", r) {
			return -1
		}
		return r
	}, s)
}

// sent is the code that waits to be typed. Tenant and destination are those
// with which it was asked for.
func (v *visit) sent() (c sentCode, ok bool) {
	if !v.readCookie(codeCookie, &c) || c.DeviceID == "" {
		return c, false
	}
	if v.r.PostForm == nil {
		v.r.PostForm = map[string][]string{}
	}
	v.r.PostForm.Set("tenantId", c.Tenant)
	v.r.PostForm.Set("redirectToPath", c.Next)
	return c, true
}

func (v *visit) showCode() {
	c, ok := v.sent()
	if !ok {
		v.redirect(v.link("", "show", "code"))
		return
	}
	body := v.typeCodeView(c)
	if kind, _ := v.take(); kind == noticeCodeSent {
		body.Notice = v.say("notice." + kind)
	}
	v.show(body)
}

func (v *visit) postCode() {
	c, ok := v.sent()
	switch {
	case !ok:
		v.leave(noticeCodeEnded, "")
		v.redirect(v.link("", "show", "code"))
	case v.param("action") == "again":
		v.sendAgain(c)
	default:
		v.consume(c, map[string]any{
			"preAuthSessionId": c.PreAuthSessionID, "deviceId": c.DeviceID, "userInputCode": digits(v.r.PostForm.Get("code")),
			"shouldTryLinkingWithSessionUser": c.Second,
		}, v.typeCodeView(c))
	}
}

func (v *visit) sendAgain(c sentCode) {
	a := v.call("passwordless", v.inTenant("/signinup/code/resend"), map[string]any{
		"deviceId": c.DeviceID, "preAuthSessionId": c.PreAuthSessionID, "shouldTryLinkingWithSessionUser": c.Second,
	})
	switch {
	case a.ok():
		v.setCookie(codeCookie, c, codeAge)
		v.leave(noticeCodeSent, "")
		v.redirect(v.path("/code"))
	case a.Status == "RESTART_FLOW_ERROR":
		v.startAgain(c)
	default:
		v.fail(v.typeCodeView(c), a)
	}
}

// consume signs in by a code or a link.
func (v *visit) consume(c sentCode, body map[string]any, page view) {
	a := v.call("passwordless", v.inTenant("/signinup/code/consume"), body)
	switch {
	case a.ok():
		v.dropCookie(codeCookie)
		v.enterNext()
	case a.Status == "RESTART_FLOW_ERROR":
		v.startAgain(c)
	case a.Status == "INCORRECT_USER_INPUT_CODE_ERROR", a.Status == "EXPIRED_USER_INPUT_CODE_ERROR":
		v.failField(page, "code", v.say(codeProblem(a.Status)))
	default:
		v.fail(page, a)
	}
}

func codeProblem(status string) string {
	if status == "EXPIRED_USER_INPUT_CODE_ERROR" {
		return "error.code-old"
	}
	return "error.code-wrong"
}

// startAgain is for a code that no longer leads anywhere.
func (v *visit) startAgain(c sentCode) {
	v.dropCookie(codeCookie)
	v.leave(noticeCodeEnded, "")
	if c.Second {
		v.redirect(v.link("/mfa"))
		return
	}
	v.redirect(v.link("", "show", "code"))
}

// askCodeView asks where to send a code.
func (v *visit) askCodeView() view {
	m := v.methods()
	body := view{
		Title: v.say("signin.title"), Lead: v.say("signin.lead"),
		Forms: []form{{
			Action: v.path("") + "?show=code", Hidden: v.kept(), Submit: v.say("ask-code.submit"), Fields: []field{v.contactField(m)},
		}},
	}
	if m.EmailPassword.Enabled {
		body.Links = []link{{Text: v.say("ask-code.password"), Href: v.link("")}}
	} else {
		body.Choices = v.providerChoices()
	}
	return body
}

// contactField asks for whatever a code can be sent to.
func (v *visit) contactField(m methods) field {
	f := field{Name: "contact", Type: "text", Autocomplete: "username", Value: v.r.PostForm.Get("contact"), Focus: true}
	switch {
	case m.byEmail() && m.byPhone():
		f.Label, f.Hint = v.say("field.contact"), v.say("field.phone-hint")
	case m.byPhone():
		f.Label, f.Hint, f.Type, f.Autocomplete = v.say("field.phone"), v.say("field.phone-hint"), "tel", "tel"
	default:
		f.Label, f.Type, f.Autocomplete, f.InputMode = v.say("field.email"), "email", "email", "email"
	}
	return f
}

// typeCodeView asks for the code that was sent.
func (v *visit) typeCodeView(c sentCode) view {
	mark, lead := "mail", "type-code.lead-email"
	if c.isPhone() {
		mark, lead = "phone", "type-code.lead-phone"
	}
	body := view{
		Mark: mark, Title: v.say("type-code.title"), Lead: v.say(lead, "to", c.To),
		Forms: []form{{
			Action: v.path("/code"), Submit: v.say("type-code.submit"),
			Fields: []field{v.sixDigits("code")},
		}, {
			Action: v.path("/code"), Hidden: []hidden{{"action", "again"}}, Submit: v.say("type-code.again"), Rank: "quiet",
		}},
		Links: []link{{Text: v.say("type-code.other"), Href: v.link("", "show", "code")}},
	}
	switch c.FlowType {
	case "MAGIC_LINK":
		body.Title, body.Lead = v.say("link-sent.title"), v.say("link-sent.lead", "to", c.To)
		body.Forms = body.Forms[1:]
	case "USER_INPUT_CODE_AND_MAGIC_LINK":
		body.More = v.say("type-code.or-link")
	}
	if c.Second {
		body.Links = []link{{Text: v.say("mfa.other"), Href: v.link("/mfa")}}
	}
	return body
}

// showLink is where a mailed link leads. Its secret is in the fragment, which
// only a script can read, and is handed in when the visitor clicks.
func (v *visit) showLink() { v.show(v.linkView()) }

func (v *visit) linkView() view {
	return view{
		Mark: "key", Title: v.say("link.title"), Lead: v.say("link.lead"),
		Forms: []form{{
			Action: v.path("/verify"), Submit: v.say("link.submit"), Fragment: "linkCode",
			Hidden: append(v.kept(), hidden{"preAuthSessionId", v.param("preAuthSessionId")}, hidden{"linkCode", ""}),
		}},
	}
}

func (v *visit) postLink() {
	c, _ := v.sent()
	code := v.param("linkCode")
	if code == "" {
		body := v.linkView()
		body.Problem = problem{Title: v.say("link.no-script")}
		body.Links = []link{{Text: v.say("link.type-code"), Href: v.link("/code")}}
		v.render(http.StatusUnprocessableEntity, body, "card")
		return
	}
	v.consume(c, map[string]any{
		"preAuthSessionId": v.param("preAuthSessionId"), "linkCode": code, "shouldTryLinkingWithSessionUser": false,
	}, v.linkView())
}
