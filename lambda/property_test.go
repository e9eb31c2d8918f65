package lambda_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/posternauth/postern/internal/lambdalocal"
	"github.com/posternauth/postern/lambda"
)

func decode64(t *testing.T, s string) string {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// gateways are all that can stand in front of a function: the path that the
// browser puts before the app's, and the gateway.
func gateways() map[string]*lambdalocal.Gateway {
	return map[string]*lambdalocal.Gateway{
		"/dev":       {Shape: lambdalocal.REST, Stage: "dev"},
		"/api":       {Shape: lambdalocal.REST, Stage: "dev", Mapping: "/api"},
		"/api/dev":   {Shape: lambdalocal.REST, Stage: "dev", Mapping: "/api", MappingWithoutStage: true},
		"/test":      {Shape: lambdalocal.HTTP, Stage: "test"},
		"":           {Shape: lambdalocal.HTTP},
		"/key":       {Shape: lambdalocal.HTTP, Stage: "dev", Mapping: "/key"},
		"/one":       {Shape: lambdalocal.HTTP1, Stage: "one"},
		" url":       {Shape: lambdalocal.FunctionURL},
		" alb":       {Shape: lambdalocal.ALB},
		" alb multi": {Shape: lambdalocal.ALBMulti},
	}
}

// TestProperty sends random requests through every gateway: they arrive as
// they were sent, and so do random answers.
func TestProperty(t *testing.T) {
	t.Parallel()
	for name, g := range gateways() {
		t.Run(fmt.Sprint(g.Shape, " ", name), func(t *testing.T) {
			t.Parallel()
			prefix, _, _ := strings.Cut(name, " ")
			random := rand.New(rand.NewPCG(1, uint64(len(name))))
			for range 300 {
				there, back := randomRequest(random), randomAnswer(random)
				arrived := make(chan *sent, 1)
				g.Function = lambda.Config{Log: slog.New(slog.DiscardHandler)}.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					arrived <- copyOf(t, r)
					back.write(w)
				}))
				rec := httptest.NewRecorder()
				g.ServeHTTP(rec, there.request(prefix))
				if rec.Code != back.want(g.Shape) {
					t.Fatalf("%+v is answered by %d %s", there, rec.Code, rec.Body)
				}
				compare(t, g.Shape, there, <-arrived)
				if rec.Code == back.code {
					back.compare(t, g.Shape, rec)
				}
			}
		})
	}
}

// sent is a request: what a handler can see of it.
type sent struct {
	Method, Path, Escaped, Host, Client string
	Query                               url.Values
	Header                              http.Header
	Cookies                             []string
	Body                                string
}

func copyOf(t *testing.T, r *http.Request) *sent {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	client, _, _ := strings.Cut(r.RemoteAddr, ":")
	s := &sent{r.Method, r.URL.Path, r.URL.EscapedPath(), r.Host, client, r.URL.Query(), r.Header.Clone(), nil, string(body)}
	for _, c := range r.Cookies() {
		s.Cookies = append(s.Cookies, c.String())
	}
	return s
}

func (s *sent) request(prefix string) *http.Request {
	target := prefix + s.Escaped
	if len(s.Query) > 0 {
		target += "?" + s.Query.Encode()
	}
	r := httptest.NewRequest(s.Method, target, strings.NewReader(s.Body))
	r.Host, r.RemoteAddr, r.Header = s.Host, s.Client+":1234", s.Header.Clone()
	for _, c := range s.Cookies {
		r.Header.Add("Cookie", c) // some in headers of their own
	}
	return r
}

// compare holds what this shape of gateway can carry against what arrived.
func compare(t *testing.T, shape lambdalocal.Shape, there, here *sent) {
	t.Helper()
	want := *there
	want.Header = http.Header{}
	for name, values := range there.Header {
		switch shape {
		case lambdalocal.HTTP, lambdalocal.FunctionURL: // joined
			values = []string{strings.Join(values, ",")}
		case lambdalocal.ALB: // the last one
			values = values[len(values)-1:]
		}
		want.Header[name] = values
	}
	if shape == lambdalocal.ALB {
		want.Query = url.Values{}
		for name, values := range there.Query {
			want.Query[name] = values[len(values)-1:]
		}
		want.Cookies = want.Cookies[max(0, len(want.Cookies)-1):]
	}
	if shape == lambdalocal.HTTP {
		here.Escaped = want.Escaped // it comes decoded
	}
	for name := range here.Header {
		if _, mine := want.Header[name]; !mine {
			delete(here.Header, name) // the gateway's own
		}
	}
	if diff := cmp.Diff(&want, here); diff != "" {
		t.Fatalf("through %s (-sent +arrived):\n%s", shape, diff)
	}
}

func randomRequest(r *rand.Rand) *sent {
	s := &sent{
		Method: pick(r, "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
		Host:   pick(r, "api.example.com", "a1b2.execute-api.eu-west-1.amazonaws.com"),
		Client: fmt.Sprintf("203.0.113.%d", r.IntN(256)), Query: url.Values{}, Header: http.Header{},
	}
	for range r.IntN(5) {
		s.Path += "/" + randomText(r)
	}
	if s.Path == "" || r.IntN(5) == 0 {
		s.Path += "/"
	}
	s.Escaped = (&url.URL{Path: s.Path}).EscapedPath()
	if r.IntN(3) == 0 { // an escaped slash is no slash
		s.Path, s.Escaped = s.Path+"a/b", s.Escaped+"a%2Fb"
	}
	for range r.IntN(4) {
		s.Query.Add(randomText(r), randomText(r))
	}
	for range r.IntN(6) {
		s.Header.Add(pick(r, "X-One", "X-Two", "Rid", "Fdi-Version", "Accept-Language"), strings.Trim(printable(r), " "))
	}
	for i := range r.IntN(4) {
		s.Cookies = append(s.Cookies, (&http.Cookie{Name: fmt.Sprint("c", i), Value: pick(r, "a.b.c", "x=y", "")}).String())
	}
	s.Body, s.Header["Content-Type"] = randomBody(r)
	return s
}

func pick(r *rand.Rand, from ...string) string { return from[r.IntN(len(from))] }

// randomText is a segment or a parameter, with what has to be escaped.
func randomText(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(8) {
		b.WriteString(pick(r, "a", "Z", "9", "é", "日", " ", "+", "%", "?", "#", "&", "=", ";", "{", "}", "~", ".", "-", `"`, "@", ","))
	}
	return b.String()
}

func printable(r *rand.Rand) string {
	b := make([]byte, 1+r.IntN(20))
	for i := range b {
		b[i] = byte(' ' + r.IntN(95))
	}
	return string(b)
}

func randomBody(r *rand.Rand) (body string, contentType []string) {
	switch r.IntN(5) {
	case 0:
		return `{"a":"` + randomText(r) + `"}`, []string{"application/json; charset=utf-8"}
	case 1:
		return url.Values{"a": {randomText(r)}}.Encode(), []string{"application/x-www-form-urlencoded"}
	case 2:
		b := make([]byte, r.IntN(2000))
		for i := range b {
			b[i] = byte(r.IntN(256))
		}
		return string(b), []string{"application/octet-stream"}
	case 3:
		return "text <é>", []string{"text/plain"}
	}
	return "", []string{"text/plain"}
}

// reply is an answer.
type reply struct {
	code    int
	header  http.Header
	cookies []string
	body    string
}

func randomAnswer(r *rand.Rand) *reply {
	a := &reply{code: []int{200, 201, 303, 401, 403, 404, 503}[r.IntN(7)], header: http.Header{}}
	for range r.IntN(4) {
		a.header.Add(pick(r, "X-One", "X-Two", "Front-Token", "Location"), strings.Trim(printable(r), " "))
	}
	for i := range r.IntN(4) {
		a.cookies = append(a.cookies, (&http.Cookie{Name: fmt.Sprint("c", i), Value: "v", Path: "/", HttpOnly: true}).String())
	}
	a.body, a.header["Content-Type"] = randomBody(r)
	return a
}

func (a *reply) write(w http.ResponseWriter) {
	h := w.Header()
	for name, values := range a.header {
		h[name] = slices.Clone(values)
	}
	for _, c := range a.cookies {
		h.Add("Set-Cookie", c)
	}
	w.WriteHeader(a.code)
	_, _ = io.Copy(w, bytes.NewReader([]byte(a.body)))
}

// want is the status that arrives: a load balancer that can carry one cookie
// is told so.
func (a *reply) want(shape lambdalocal.Shape) int {
	if shape == lambdalocal.ALB && len(a.cookies) > 1 {
		return http.StatusInternalServerError
	}
	return a.code
}

func (a *reply) compare(t *testing.T, shape lambdalocal.Shape, rec *httptest.ResponseRecorder) {
	t.Helper()
	header := http.Header{}
	for name, values := range a.header {
		if shape == lambdalocal.HTTP || shape == lambdalocal.FunctionURL || shape == lambdalocal.ALB {
			values = []string{strings.Join(values, ", ")}
		}
		header[name] = values
	}
	if len(a.cookies) > 0 {
		header["Set-Cookie"] = a.cookies
	}
	body := rec.Body.String()
	if shape == lambdalocal.REST && body != a.body {
		body = decode64(t, body) // a REST API without binary media types
	}
	if diff := cmp.Diff(header, rec.Header()); diff != "" || body != a.body {
		t.Fatalf("back through %s (-sent +arrived):\n%s\n%q\n%q", shape, diff, a.body, body)
	}
}
