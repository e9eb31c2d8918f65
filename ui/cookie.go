package ui

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
)

// setCookie keeps something in the visitor's browser for the pages alone; a
// negative age takes it away.
func (v *visit) setCookie(name string, value any, seconds int) {
	text := ""
	if seconds > 0 {
		b, err := json.Marshal(value)
		if err != nil { // only for a type of ours that cannot be JSON
			panic(err)
		}
		text = base64.RawURLEncoding.EncodeToString(b)
	}
	http.SetCookie(v.w, &http.Cookie{
		Name: name, Value: text, MaxAge: seconds, Path: v.path(""),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: v.isHTTPS(v.r),
	})
}

// readCookie reads what setCookie has kept.
func (v *visit) readCookie(name string, to any) bool {
	c, err := v.r.Cookie(name)
	if err != nil {
		return false
	}
	b, err := base64.RawURLEncoding.DecodeString(c.Value)
	return err == nil && json.Unmarshal(b, to) == nil
}
