package ui

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// A notice is one sentence for the next page. It travels in a cookie and not
// in the address, so that no link can put words into our mouth.
const noticeCookie = "postern-notice"

// The notices; each has a text or a page.
const (
	noticeSignedOut        = "signed-out"
	noticeSessionEnded     = "session-ended"
	noticePasswordChanged  = "password-changed"
	noticeEmailVerified    = "email-verified"
	noticeVerificationSent = "verification-sent"
	noticeResetSent        = "reset-sent" // its detail is the address
	noticeCodeSent         = "code-sent"
	noticeCodeEnded        = "code-ended"
	noticeLoginAdded       = "login-added"
	noticePhoneRemoved     = "phone-removed"
)

// leave leaves a notice for the next page.
func (v *visit) leave(kind, detail string) {
	v.setNotice(kind+"."+base64.RawURLEncoding.EncodeToString([]byte(detail)), 120)
}

// take reads the notice, if there is one, and takes it away.
func (v *visit) take() (kind, detail string) {
	c, err := v.r.Cookie(noticeCookie)
	if err != nil || v.r.Method != http.MethodGet {
		return "", ""
	}
	v.setNotice("", -1)
	kind, encoded, _ := strings.Cut(c.Value, ".")
	decoded, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil || len(decoded) > 320 {
		return "", ""
	}
	return kind, string(decoded)
}

func (v *visit) setNotice(value string, maxAge int) {
	http.SetCookie(v.w, &http.Cookie{
		Name: noticeCookie, Value: value, MaxAge: maxAge, Path: v.path(""),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: v.isHTTPS(v.r),
	})
}

// notice is the sentence of the notice that waits, or none.
func (v *visit) notice() string {
	kind, _ := v.take()
	switch kind {
	case noticeSignedOut, noticeSessionEnded, noticePasswordChanged, noticeEmailVerified, noticeVerificationSent,
		noticeCodeEnded, noticeLoginAdded, noticePhoneRemoved:
		return v.say("notice." + kind)
	}
	return ""
}
