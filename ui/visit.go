package ui

import (
	"cmp"
	"mime"
	"net/http"
	"net/url"
	"unicode/utf8"

	"github.com/posternauth/postern/core"
)

// maxForm is the most that a form can send, in bytes.
const maxForm = 64 << 10

// visit is one request for a page.
type visit struct {
	*UI
	w http.ResponseWriter
	r *http.Request

	set []*http.Cookie // what the API set during this visit

	ways *methods // the ways in, once they were asked for
	home string   // the tenant that the visit is about, whatever the address says

	asked    bool // whether the next two are known
	visitor  Account
	signedIn bool
}

// account is who makes the request; it is asked for once.
func (v *visit) account() (Account, bool) {
	if !v.asked {
		v.visitor, v.signedIn = v.cfg.SignedIn(v.r)
		v.asked = true
	}
	return v.visitor, v.signedIn
}

// parseForm reads the form, and refuses what no form of ours sends.
func (v *visit) parseForm() bool {
	kind, _, err := mime.ParseMediaType(v.r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return false
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxForm)
	if err := v.r.ParseForm(); err != nil {
		return false
	}
	for _, values := range v.r.PostForm {
		for _, value := range values {
			// Turning broken bytes into JSON would quietly change a password.
			if !utf8.ValidString(value) {
				return false
			}
		}
	}
	return true
}

// param is a value from the form or else from the address. A value that is
// there twice is nobody's.
func (v *visit) param(name string) string {
	values := v.r.PostForm[name]
	if len(values) == 0 {
		values = v.r.URL.Query()[name]
	}
	if len(values) != 1 {
		return ""
	}
	return values[0]
}

// tenant is the tenant that the visitor signs in to; "" is the public one.
func (v *visit) tenant() string {
	id, err := core.TenantID(cmp.Or(v.home, v.param("tenantId")))
	if err != nil || id == core.Public {
		return ""
	}
	return id
}

// goHome has the visit be about the tenant of who is signed in: a login is added
// there.
func (v *visit) goHome() {
	account, _ := v.account()
	v.home = account.TenantID
}

// next is where the visitor wants to go, "" for nowhere in particular.
func (v *visit) next() string { return SafeRedirect(v.param("redirectToPath"), "") }

// target is where to go when all is done.
func (v *visit) target() string {
	return SafeRedirect(v.param("redirectToPath"), v.cfg.DefaultRedirect)
}

// link is the address of a page, with tenant and destination kept.
func (v *visit) link(page string, extra ...string) string {
	query := url.Values{}
	for _, kept := range v.kept() {
		query.Set(kept.Name, kept.Value)
	}
	for i := 0; i+1 < len(extra); i += 2 {
		query.Set(extra[i], extra[i+1])
	}
	if len(query) == 0 {
		return v.path(page)
	}
	return v.path(page) + "?" + query.Encode()
}

// kept is what goes along from page to page.
func (v *visit) kept() (fields []hidden) {
	if id := v.tenant(); id != "" {
		fields = append(fields, hidden{"tenantId", id})
	}
	if path := v.next(); path != "" {
		fields = append(fields, hidden{"redirectToPath", path})
	}
	return fields
}

// redirect goes to a path on this site, as a GET.
func (v *visit) redirect(path string) {
	v.w.Header().Set("Location", SafeRedirect(path, v.cfg.DefaultRedirect))
	v.w.WriteHeader(http.StatusSeeOther)
}
