package ui

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// What the pages keep in a browser is sealed, and most of it bound to who is
// signed in there, or to nobody: what a sibling of the domain has planted is not
// of this browser, and is not there.

// maxNext is the longest destination that is kept in a cookie, in bytes; who
// comes from a longer one goes to where everybody goes.
const maxNext = 512

// hostOnly is what names begin with that browsers take from this very host, and
// only over https.
const hostOnly = "__Host-"

// setCookie keeps something for as long as the same person is signed in.
func (v *visit) setCookie(name string, value any, life time.Duration) {
	v.setSealed(name, v.holder(), value, life)
}

// readCookie reads what setCookie has kept.
func (v *visit) readCookie(name string, to any) bool {
	c, err := v.r.Cookie(v.cookieName(name))
	if err != nil {
		return false
	}
	k, ok := v.unseal(name, v.holder(), c.Value)
	return ok && json.Unmarshal(k.Value, to) == nil
}

// holder is who has the browser: a session, or "" for nobody.
func (v *visit) holder() string {
	account, _ := v.account()
	return cmp.Or(account.Session, account.UserID)
}

// boundTo is what a cookie is good for, and nothing else.
func boundTo(name, holder string) string { return name + " " + holder }

// setSealed does not fail. What could not be kept is not there later, which is
// what a browser without cookies is like.
func (v *visit) setSealed(name, holder string, value any, life time.Duration) {
	raw, err := json.Marshal(value)
	if err == nil {
		var text string
		text, err = v.sealer.seal(v.r.Context(), boundTo(name, holder), kept{raw, v.cfg.Now().Add(life).Unix()})
		if err == nil {
			http.SetCookie(v.w, v.cookie(name, text, life))
			return
		}
	}
	v.cfg.Log.ErrorContext(v.r.Context(), "a cookie of the pages cannot be sealed", "cookie", name, "err", err)
}

func (v *visit) unseal(name, holder, text string) (kept, bool) {
	k, err := v.sealer.open(v.r.Context(), boundTo(name, holder), text, v.cfg.Now())
	return k, err == nil
}

// dropCookie has the browser forget.
func (v *visit) dropCookie(name string) { http.SetCookie(v.w, v.cookie(name, "", -time.Second)) }

func (v *visit) cookie(name, text string, life time.Duration) *http.Cookie {
	c := &http.Cookie{
		Name: v.cookieName(name), Value: text, MaxAge: int(life.Seconds()), Path: v.path(""),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: v.isHTTPS(v.r),
	}
	if c.Secure { // without that path browsers do not take such a name
		c.Path = "/"
	}
	return c
}

func (v *visit) cookieName(name string) string {
	if v.isHTTPS(v.r) {
		return hostOnly + name
	}
	return name
}

// makeRoom lets at most so many cookies of a kind be there, besides the next
// one. Those go that are not of this browser, and then the oldest.
func (v *visit) makeRoom(prefix string, most int) {
	type one struct {
		name    string
		expires int64
	}
	var all []one
	for _, c := range v.r.Cookies() {
		name, ours := strings.CutPrefix(c.Name, v.cookieName(""))
		if !ours || !strings.HasPrefix(name, prefix) {
			continue
		}
		k, _ := v.unseal(name, v.holder(), c.Value)
		all = append(all, one{name, k.Expires})
	}
	slices.SortStableFunc(all, func(a, b one) int { return cmp.Compare(b.expires, a.expires) })
	for i, c := range all {
		if i >= most || c.expires == 0 {
			v.dropCookie(c.name)
		}
	}
}

// nextKept is the destination, if it is short enough for a cookie.
func (v *visit) nextKept() string {
	if next := v.next(); len(next) <= maxNext {
		return next
	}
	return ""
}
