package fdi

import (
	"net/http"
	"net/url"
)

// Call is the request that an API operation is serving. Embed it in the input.
type Call struct {
	Request  *http.Request       `json:"-"`
	Response http.ResponseWriter `json:"-"`
	// TenantID is the tenant of the path, or public.
	TenantID string `json:"-"`
}

func (c *Call) setCall(v Call) { *c = v }

// called is an input that embeds [Call].
type called interface{ setCall(Call) }

// Form is the body of an API that is sent a form by another site, such as a
// provider. Embed it in the input; the route's tag says from:"anywhere".
type Form struct {
	Values url.Values `json:"-"`
}

func (f *Form) setForm(v url.Values) { f.Values = v }

// posted is an input that embeds [Form].
type posted interface{ setForm(url.Values) }

// Redirect is an answer that sends a browser to another place, as a GET.
type Redirect struct{ Location string }

func (to Redirect) answer(w http.ResponseWriter) {
	w.Header().Set("Location", to.Location)
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(http.StatusSeeOther)
}

// CORSHeaders are the request headers that a frontend may send and that CORS
// has to allow, besides Content-Type.
func CORSHeaders() []string {
	return []string{"rid", "fdi-version", "anti-csrf", "authorization", "st-auth-mode"}
}

// Expose adds a response header to those that scripts of other origins may
// read.
func Expose(h http.Header, name string) {
	const key = "Access-Control-Expose-Headers"
	have := h.Get(key)
	switch {
	case have == "":
		h.Set(key, name)
	case !containsToken(have, name):
		h.Set(key, have+", "+name)
	}
}
