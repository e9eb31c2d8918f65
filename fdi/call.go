package fdi

import "net/http"

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
