package ui

import (
	"net/http"
	"net/http/httptest"
	"time"
)

// NoticeCookie is the cookie of a notice as the pages leave it.
func (u *UI) NoticeCookie(kind, detail string) string {
	return u.sealedCookie(noticeCookie, left{kind, detail})
}

// StartedCookie is that of a sign-in at a provider which nobody who is signed in
// has begun.
func (u *UI) StartedCookie(state, provider, verifier string, link bool) string {
	return u.sealedCookie(providerCookie+state, started{Provider: provider, Verifier: verifier, Link: link})
}

func (u *UI) sealedCookie(name string, value any) string {
	w := httptest.NewRecorder()
	v := &visit{UI: u, w: w, r: httptest.NewRequest(http.MethodGet, "/", nil)}
	v.setSealed(name, "", value, time.Minute)
	c := w.Result().Cookies()[0]
	return c.Name + "=" + c.Value
}
