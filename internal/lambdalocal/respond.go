package lambdalocal

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// response is what a function answers.
type response struct {
	StatusCode        int                 `json:"statusCode"`
	Headers           map[string]any      `json:"headers"` // text, numbers or booleans
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
	Cookies           []string            `json:"cookies"`
	Body              string              `json:"body"`
	IsBase64Encoded   bool                `json:"isBase64Encoded"`
}

// respond sends what a function answered, by the rules of the shape.
func (g *Gateway) respond(w http.ResponseWriter, r *http.Request, out []byte) {
	var res response
	err := json.Unmarshal(out, &res)
	if (g.Shape == HTTP || g.Shape == FunctionURL) && res.StatusCode == 0 {
		w.Header().Set("Content-Type", "application/json") // whatever it is, it is the body
		_, _ = w.Write(out)
		return
	}
	if err == nil {
		err = g.check(out, res)
	}
	body := []byte(res.Body)
	if err == nil && res.IsBase64Encoded && g.Shape != REST { // a REST API without binary media types leaves it so
		body, err = base64.StdEncoding.DecodeString(res.Body)
	}
	if err != nil {
		g.broken(w, err)
		return
	}
	h := w.Header()
	g.copyHeaders(h, res)
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", g.defaultType())
	}
	if g.CORS != nil {
		g.CORS.mark(h, r)
	}
	w.WriteHeader(res.StatusCode)
	_, _ = w.Write(body)
}

// check refuses what this shape of gateway would refuse.
func (g *Gateway) check(out []byte, res response) error {
	if res.StatusCode < 100 || res.StatusCode > 999 {
		return fmt.Errorf("the answer has the status %d", res.StatusCode)
	}
	if g.Shape == REST || g.Shape == HTTP1 {
		if res.Cookies != nil {
			return errors.New("the answer has cookies, which payload format 1.0 does not know")
		}
	}
	if (g.Shape == ALB || g.Shape == ALBMulti) && len(out) > maxALBBody {
		return errors.New("the answer has more than 1 MB")
	}
	return nil
}

// copyHeaders takes the headers from where this shape looks for them.
func (g *Gateway) copyHeaders(h http.Header, res response) {
	if g.Shape == REST || g.Shape == HTTP1 || g.Shape == ALBMulti {
		for name, values := range res.MultiValueHeaders {
			for _, v := range values {
				h.Add(name, v)
			}
		}
	}
	if g.Shape != ALBMulti {
		for name, value := range res.Headers {
			if h.Get(name) == "" {
				h.Set(name, fmt.Sprint(value))
			}
		}
	}
	if g.Shape == HTTP || g.Shape == FunctionURL {
		for _, c := range res.Cookies {
			h.Add("Set-Cookie", c)
		}
	}
	if v := h.Values("WWW-Authenticate"); g.Shape == REST && len(v) > 0 {
		h["X-Amzn-Remapped-Www-Authenticate"] = v
		h.Del("WWW-Authenticate")
	}
}

func (g *Gateway) defaultType() string {
	if g.Shape == REST || g.Shape == FunctionURL {
		return "application/json"
	}
	return "text/plain; charset=utf-8"
}

// CORS is the answer of a gateway to other origins. It takes the place of what
// the function says.
type CORS struct {
	Origins       []string // exact
	Headers       []string
	Methods       []string
	ExposeHeaders []string
}

// NewCORS is what an HTTP API or a function URL has to be told for a frontend
// at this origin.
func NewCORS(origin string) *CORS {
	return &CORS{
		Origins:       []string{origin},
		Headers:       []string{"content-type", "rid", "fdi-version", "anti-csrf", "authorization", "st-auth-mode"},
		Methods:       []string{"OPTIONS", "GET", "POST", "PUT", "DELETE"},
		ExposeHeaders: []string{"front-token", "anti-csrf", "st-access-token", "st-refresh-token"},
	}
}

// preflight answers a preflight request, and reports whether it was one.
func (c *CORS) preflight(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h := w.Header()
	if c.mark(h, r) {
		h.Set("Access-Control-Allow-Headers", strings.Join(c.Headers, ","))
		h.Set("Access-Control-Allow-Methods", strings.Join(c.Methods, ","))
	}
	w.WriteHeader(http.StatusNoContent)
	return true
}

// mark replaces the headers of CORS, and reports whether the origin may call.
func (c *CORS) mark(h http.Header, r *http.Request) bool {
	for name := range h {
		if strings.HasPrefix(name, "Access-Control-") {
			h.Del(name)
		}
	}
	origin := r.Header.Get("Origin")
	for _, allowed := range c.Origins {
		if origin != "" && origin == allowed {
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Access-Control-Allow-Credentials", "true")
			h.Set("Access-Control-Expose-Headers", strings.Join(c.ExposeHeaders, ","))
			return true
		}
	}
	return false
}
