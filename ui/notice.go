package ui

import (
	"encoding/json"
	"net/http"
	"time"
)

// A notice is one sentence for the next page. It travels in a cookie and not
// in the address, so that no link can put words into our mouth.
const noticeCookie = "postern-notice"

// The notices; each has a text or a page.
const (
	noticeSignedOut        = "signed-out"
	noticeSessionEnded     = "session-ended"
	noticeProveAgain       = "prove-again"
	noticePasswordChanged  = "password-changed"
	noticeEmailVerified    = "email-verified"
	noticeVerificationSent = "verification-sent"
	noticeResetSent        = "reset-sent" // its detail is the address
	noticeCodeSent         = "code-sent"
	noticeCodeEnded        = "code-ended"
	noticeLoginAdded       = "login-added"
	noticePhoneRemoved     = "phone-removed"
)

// left is a notice on its way to the next page.
type left struct {
	Kind   string `json:"k"`
	Detail string `json:"d,omitempty"`
}

// noticeAge is how long a notice waits for the next page.
const noticeAge = 2 * time.Minute

// leave leaves a notice for the next page. It is bound to nobody: whoever has
// signed out is told so.
func (v *visit) leave(kind, detail string) {
	v.setSealed(noticeCookie, "", left{kind, detail}, noticeAge)
}

// take reads the notice, if there is one, and takes it away.
func (v *visit) take() (kind, detail string) {
	c, err := v.r.Cookie(v.cookieName(noticeCookie))
	if err != nil || v.r.Method != http.MethodGet {
		return "", ""
	}
	v.dropCookie(noticeCookie)
	var n left
	k, ok := v.unseal(noticeCookie, "", c.Value)
	if !ok || json.Unmarshal(k.Value, &n) != nil || len(n.Detail) > 320 {
		return "", ""
	}
	return n.Kind, n.Detail
}

// notice is the sentence of the notice that waits, or none.
func (v *visit) notice() string {
	kind, _ := v.take()
	switch kind {
	case noticeSignedOut, noticeSessionEnded, noticeProveAgain, noticePasswordChanged, noticeEmailVerified, noticeVerificationSent,
		noticeCodeEnded, noticeLoginAdded, noticePhoneRemoved:
		return v.say("notice." + kind)
	}
	return ""
}
