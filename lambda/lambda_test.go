package lambda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/posternauth/postern/lambda"
)

// quiet is a configuration whose log is read by a test.
func quiet(log io.Writer) lambda.Config {
	return lambda.Config{Log: slog.New(slog.NewTextHandler(log, nil))}
}

// result is an answer as any gateway reads it.
type result struct {
	StatusCode        int
	StatusDescription string
	Headers           map[string]string
	MultiValueHeaders http.Header
	Cookies           []string
	Body              string
	IsBase64Encoded   bool
}

// header returns a header from wherever the kind has it.
func (r result) header(name string) string {
	if v := r.MultiValueHeaders.Get(name); v != "" {
		return v
	}
	return r.Headers[http.CanonicalHeaderKey(name)]
}

func invoke(t *testing.T, f *lambda.Function, event string) result {
	t.Helper()
	out, err := f.Invoke(t.Context(), []byte(event))
	if err != nil {
		t.Fatalf("%.200s: %v", event, err)
	}
	var r result
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	return r
}

// events are one small request in each form.
func events() map[lambda.Kind]string {
	const headers = `"headers":{"Host":"api.example.com","Origin":"https://example.com"}`
	const multi = `"multiValueHeaders":{"Host":["api.example.com"],"Origin":["https://example.com"]}`
	return map[lambda.Kind]string{
		lambda.REST:        `{"resource":"/{proxy+}","path":"/a","httpMethod":"GET",` + headers + `,` + multi + `,"requestContext":{"stage":"dev","path":"/dev/a"}}`,
		lambda.HTTP1:       `{"version":"1.0","resource":"/{proxy+}","path":"/dev/a","httpMethod":"GET",` + headers + `,` + multi + `,"requestContext":{"stage":"dev"}}`,
		lambda.HTTP2:       `{"version":"2.0","rawPath":"/dev/a",` + headers + `,"requestContext":{"stage":"dev","http":{"method":"GET"}}}`,
		lambda.FunctionURL: `{"version":"2.0","rawPath":"/a",` + headers + `,"requestContext":{"stage":"$default","domainName":"x.lambda-url.eu-west-1.on.aws","http":{"method":"GET"}}}`,
		lambda.ALB:         `{"path":"/a","httpMethod":"GET",` + headers + `,"requestContext":{"elb":{}}}`,
		lambda.ALBMulti:    `{"path":"/a","httpMethod":"GET",` + multi + `,"requestContext":{"elb":{}}}`,
	}
}

// TestKinds holds what the answer to each kind has to have, and what it must
// not have.
func TestKinds(t *testing.T) {
	t.Parallel()
	f := lambda.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e, ok := lambda.FromContext(r.Context())
		if !ok || r.URL.Path != "/a" || r.Host != "api.example.com" || r.Header.Get("Host") != "" {
			t.Errorf("%s: path %q, host %q", e.Kind, r.URL.Path, r.Host)
		}
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
		w.Header().Add("X-Two", "1")
		w.Header().Add("X-Two", "2")
		fmt.Fprintf(w, "%s %s", e.Kind, e.Prefix)
	}))
	for kind, event := range events() {
		r := invoke(t, f, event)
		stage := map[lambda.Kind]string{lambda.REST: "/dev", lambda.HTTP1: "/dev", lambda.HTTP2: "/dev"}[kind]
		if want := fmt.Sprintf("%s %s", kind, stage); r.Body != want || r.StatusCode != http.StatusOK || r.IsBase64Encoded {
			t.Errorf("%s: %+v", kind, r)
		}
		v2 := kind == lambda.HTTP2 || kind == lambda.FunctionURL
		multi := kind != lambda.ALB && !v2
		if (len(r.Cookies) == 1) != v2 || (r.MultiValueHeaders != nil) != multi || (r.Headers != nil) == multi {
			t.Errorf("%s: headers are in the wrong place: %+v", kind, r)
		}
		if alb := kind == lambda.ALB || kind == lambda.ALBMulti; (r.StatusDescription == "200 OK") != alb {
			t.Errorf("%s: statusDescription %q", kind, r.StatusDescription)
		}
		if got := r.header("Content-Type"); got != "text/plain; charset=utf-8" {
			t.Errorf("%s: Content-Type %q", kind, got)
		}
		if got := r.header("X-Two"); got != "1, 2" && (!multi || len(r.MultiValueHeaders["X-Two"]) != 2) {
			t.Errorf("%s: X-Two %q", kind, got)
		}
	}
}

// TestPaths is the table of stages and mappings (docs/lambda.md): what routes
// match on, and what was in front of it.
func TestPaths(t *testing.T) {
	t.Parallel()
	rest := func(resource, proxy, path, context string) string {
		return fmt.Sprintf(`{"resource":%q,"pathParameters":{"proxy":%q},"path":%q,"httpMethod":"GET","requestContext":{"stage":"dev","path":%q}}`, resource, proxy, path, context)
	}
	http2 := func(stage, route, path string) string {
		return fmt.Sprintf(`{"version":"2.0","routeKey":%q,"rawPath":%q,"requestContext":{"stage":%q,"http":{"method":"GET"}}}`, route, path, stage)
	}
	http1 := func(stage, resource, path string) string {
		return fmt.Sprintf(`{"version":"1.0","resource":%q,"path":%q,"httpMethod":"GET","requestContext":{"stage":%q}}`, resource, path, stage)
	}
	for _, tt := range []struct {
		name, event  string
		base         []string
		path, prefix string
	}{
		{"REST, stage URL", rest("/auth/{proxy+}", "x", "/auth/x", "/dev/auth/x"), nil, "/auth/x", "/dev"},
		{"REST, custom domain, no mapping", rest("/auth/{proxy+}", "x", "/auth/x", "/auth/x"), nil, "/auth/x", ""},
		{"REST, custom domain, mapping", rest("/auth/{proxy+}", "x", "/api/auth/x", "/api/auth/x"), nil, "/auth/x", "/api"},
		{"REST, custom domain, stage in the path", rest("/auth/{proxy+}", "x", "/dev/auth/x", "/dev/auth/x"), nil, "/auth/x", "/dev"},
		{"REST, mapping and stage in the path", rest("/auth/{proxy+}", "x", "/api/dev/auth/x", "/api/dev/auth/x"), nil, "/auth/x", "/api/dev"},
		{"REST, everything is one resource", rest("/{proxy+}", "auth/x", "/api/auth/x", "/api/auth/x"), nil, "/auth/x", "/api"},
		{"REST, the root", rest("/", "", "/", "/dev/"), nil, "/", "/dev"},
		{"REST, the root behind a mapping", rest("/", "", "/api", "/api"), nil, "/", "/api"},
		{"REST, a parameter that looks like another", rest("/{a}/{proxy+}", "{a}/x", "/q/{a}/x", "/dev/q/{a}/x"), nil, "/q/{a}/x", "/dev"},
		{"REST, a name that ends like the path", rest("/x", "", "/auth-x", "/dev/auth-x"), nil, "/auth-x", "/dev"},
		{"REST, escaped", rest("/auth/{proxy+}", "a%2Fb", "/auth/a%2Fb", "/dev/auth/a%2Fb"), nil, "/auth/a/b", "/dev"},
		{"REST, badly escaped", rest("/{proxy+}", "100%", "/100%", "/dev/100%"), nil, "/100%", "/dev"},

		{"HTTP API, named stage", http2("dev", "$default", "/dev/auth/x"), nil, "/auth/x", "/dev"},
		{"HTTP API, $default", http2("$default", "$default", "/auth/x"), nil, "/auth/x", ""},
		{"HTTP API, no stage in the path", http2("dev", "$default", "/auth/x"), nil, "/auth/x", ""},
		{"HTTP API, stage as long as a segment", http2("au", "$default", "/auth/x"), nil, "/auth/x", ""},
		{"HTTP API, stage and base path alike", http2("auth", "ANY /auth/{proxy+}", "/auth/auth/x"), nil, "/auth/x", "/auth"},
		{"HTTP API, stage and base path alike, no stage in the path", http2("auth", "ANY /auth/{proxy+}", "/auth/x"), nil, "/auth/x", ""},
		{"HTTP API, only the stage", http2("dev", "$default", "/dev"), nil, "/", "/dev"},
		{"HTTP API, the mapping in the path", http2("$default", "$default", "/api/auth/x"), []string{"api"}, "/auth/x", "/api"},
		{"HTTP API, stage and mapping", http2("dev", "$default", "/dev/api/auth/x"), []string{"/api/"}, "/auth/x", "/dev/api"},
		{"HTTP API, a mapping as long as a segment", http2("$default", "$default", "/apis/x"), []string{"/api"}, "/apis/x", ""},
		{"HTTP API, a question mark in the path", http2("$default", "$default", "/auth/a?b#c"), nil, "/auth/a?b#c", ""},
		{"HTTP API, a percent sign in the path", http2("$default", "$default", "/auth/%41"), nil, "/auth/%41", ""},
		{"HTTP API, no path", http2("$default", "$default", ""), nil, "/", ""},

		{"format 1.0, named stage", http1("dev", "/{proxy+}", "/dev/auth/x"), nil, "/auth/x", "/dev"},
		{"format 1.0, $default", http1("$default", "/{proxy+}", "/auth/x"), nil, "/auth/x", ""},
		{"format 1.0, stage and base path alike", http1("auth", "/auth/{proxy+}", "/auth/x"), nil, "/auth/x", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := lambda.Config{BasePaths: tt.base}.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				e, _ := lambda.FromContext(r.Context())
				if r.URL.Path != tt.path || e.Prefix != tt.prefix {
					t.Errorf("got %q behind %q, want %q behind %q", r.URL.Path, e.Prefix, tt.path, tt.prefix)
				}
			}))
			if r := invoke(t, f, tt.event); r.StatusCode != http.StatusOK {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestRequest is a table of what events can do to a request.
func TestRequest(t *testing.T) {
	t.Parallel()
	const v2 = `{"version":"2.0","rawPath":"/","requestContext":{"http":{"method":"POST","sourceIp":"203.0.113.7"}},`
	const rest = `{"resource":"/","path":"/","httpMethod":"POST","requestContext":{"identity":{"sourceIp":"203.0.113.7"}},`
	const alb = `{"path":"/","httpMethod":"POST","requestContext":{"elb":{}},`
	for _, tt := range []struct {
		name, event string
		read        func(r *http.Request) string
		want        string
	}{
		{"a form in base64", v2 + `"body":"YT0xJmI9Mg==","isBase64Encoded":true,"headers":{"content-type":"application/x-www-form-urlencoded"}}`, func(r *http.Request) string { return r.FormValue("b") }, "2"},
		{"no body", rest + `"body":null}`, func(r *http.Request) string { return fmt.Sprint(r.ContentLength, r.Body == http.NoBody) }, "0 true"},
		{"repeated headers", rest + `"headers":{"X-A":"2"},"multiValueHeaders":{"X-A":["1","2"]}}`, func(r *http.Request) string { return strings.Join(r.Header["X-A"], "|") }, "1|2"},
		{"two Cookie headers", rest + `"multiValueHeaders":{"cookie":["a=1","b=2; c=3"]}}`, func(r *http.Request) string { return strings.Join(r.Header["Cookie"], "|") }, "a=1; b=2; c=3"},
		{"cookies twice", v2 + `"cookies":["a=1","b=2"],"headers":{"cookie":"a=1; b=2"}}`, func(r *http.Request) string { return fmt.Sprint(len(r.Cookies())) }, "2"},
		{"a user agent with a comma", v2 + `"headers":{"user-agent":"Mozilla/5.0 (KHTML, like Gecko)"}}`, (*http.Request).UserAgent, "Mozilla/5.0 (KHTML, like Gecko)"},
		{"a decoded query", rest + `"queryStringParameters":{"a":"x y&z=1"},"multiValueQueryStringParameters":{"a":["1","x y&z=1"]}}`, func(r *http.Request) string { return strings.Join(r.URL.Query()["a"], "|") }, "1|x y&z=1"},
		{"a query in one map", rest + `"queryStringParameters":{"a":"+"}}`, func(r *http.Request) string { return r.URL.Query().Get("a") }, "+"},
		{"an escaped query", alb + `"headers":{},"queryStringParameters":{"a%20b":"x%26y+z"}}`, func(r *http.Request) string { return r.URL.Query().Get("a b") }, "x&y z"},
		{"a badly escaped query", alb + `"headers":{},"queryStringParameters":{"a":"100%"}}`, func(r *http.Request) string { return r.URL.Query().Get("a") }, "100%"},
		{"the client", v2 + `"headers":{"x-forwarded-for":"1.1.1.1, 203.0.113.7"}}`, func(r *http.Request) string { return r.RemoteAddr }, "203.0.113.7:0"},
		{"the client, IPv6", `{"version":"2.0","requestContext":{"http":{"method":"GET","sourceIp":"2001:db8::1"}}}`, func(r *http.Request) string { return r.RemoteAddr }, "[2001:db8::1]:0"},
		{"the client of a load balancer", alb + `"headers":{"x-forwarded-for":"1.1.1.1,2.2.2.2, 203.0.113.7"}}`, func(r *http.Request) string { return r.RemoteAddr }, "203.0.113.7:0"},
		{"the client in the last line", alb + `"multiValueHeaders":{"x-forwarded-for":["1.1.1.1","203.0.113.7"]}}`, func(r *http.Request) string { return r.RemoteAddr }, "203.0.113.7:0"},
		{"the client of a load balancer, with its port", alb + `"headers":{"x-forwarded-for":"1.1.1.1, 203.0.113.7:51234"}}`, func(r *http.Request) string { return r.RemoteAddr }, "203.0.113.7:51234"},
		{"the same, IPv6", alb + `"headers":{"x-forwarded-for":"[2001:db8::1]:443"}}`, func(r *http.Request) string { return r.RemoteAddr }, "[2001:db8::1]:443"},
		{"the same, in brackets", alb + `"headers":{"x-forwarded-for":"[2001:db8::1]"}}`, func(r *http.Request) string { return r.RemoteAddr }, "[2001:db8::1]:0"},
		{"no client", alb + `"headers":{}}`, func(r *http.Request) string { return r.RemoteAddr }, ""},
		{"a test from the console", `{"resource":"/","path":"/","httpMethod":"GET","requestContext":{"identity":{"sourceIp":"test-invoke-source-ip"}}}`, func(r *http.Request) string { return r.RemoteAddr }, ""},
		{"the request URI", v2 + `"rawQueryString":"a=1&a=2"}`, func(r *http.Request) string { return r.RequestURI }, "/?a=1&a=2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := lambda.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, tt.read(r)) }))
			if r := invoke(t, f, tt.event); r.Body != tt.want || r.StatusCode != http.StatusOK {
				t.Errorf("got %q (%d), want %q", r.Body, r.StatusCode, tt.want)
			}
		})
	}
}

// TestBadBody holds that a body that cannot be read is the request's fault.
func TestBadBody(t *testing.T) {
	t.Parallel()
	f := lambda.Handler(http.NotFoundHandler())
	r := invoke(t, f, `{"version":"2.0","body":"%","isBase64Encoded":true,"requestContext":{"http":{"method":"POST"}}}`)
	if r.StatusCode != http.StatusBadRequest || !strings.Contains(r.Body, "base64") {
		t.Errorf("%+v", r)
	}
}

// TestTokenHeader holds that a session's token may come in another header when
// AWS takes Authorization, and only then.
func TestTokenHeader(t *testing.T) {
	t.Parallel()
	f := lambda.Config{TokenHeader: "X-Session"}.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Header.Get("Authorization"))
	}))
	for headers, want := range map[string]string{
		`"x-session":"Bearer a"`: "Bearer a",
		`"x-session":"Bearer a","authorization":"AWS4-HMAC-SHA256 x"`: "Bearer a",
		`"x-session":"Bearer a","authorization":"Bearer b"`:           "Bearer b",
		`"authorization":"AWS4-HMAC-SHA256 x"`:                        "AWS4-HMAC-SHA256 x",
	} {
		if r := invoke(t, f, `{"version":"2.0","headers":{`+headers+`},"requestContext":{"http":{"method":"GET"}}}`); r.Body != want {
			t.Errorf("%s: %q, want %q", headers, r.Body, want)
		}
	}
}

// TestPanic holds that a panic is a 500 that the website can read, and that it
// gives nobody what was being given to somebody else.
func TestPanic(t *testing.T) {
	t.Parallel()
	for kind, event := range events() {
		var log bytes.Buffer
		f := quiet(&log).Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Access-Control-Allow-Origin", "https://example.com")
			w.Header().Set("Vary", "Origin")
			w.Header().Set("Set-Cookie", "secret=1")
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "half an answer")
			panic("a reason")
		}))
		r := invoke(t, f, event)
		if r.StatusCode != http.StatusInternalServerError || r.Body != `{"message":"Internal Error"}` || len(r.Cookies) > 0 || r.header("Set-Cookie") != "" ||
			r.header("Access-Control-Allow-Origin") != "https://example.com" || r.header("Vary") != "Origin" || !strings.HasPrefix(r.header("Content-Type"), "application/json") {
			t.Errorf("%s: %+v", kind, r)
		}
		if !strings.Contains(log.String(), "a reason") {
			t.Errorf("%s: the log does not say why: %s", kind, &log)
		}
	}
}

// TestTooLarge holds that what a gateway cannot carry is an answer that says
// so, and not the end of the process.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	for kind, event := range events() {
		limit := 6 << 20
		if kind == lambda.ALB || kind == lambda.ALBMulti {
			limit = 1 << 20
		}
		for _, tt := range []struct{ size, code int }{{limit - 2000, 200}, {limit, 500}} {
			var log bytes.Buffer
			f := quiet(&log).Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Access-Control-Allow-Origin", "https://example.com")
				w.Write(bytes.Repeat([]byte("<"), tt.size))
			}))
			if r := invoke(t, f, event); r.StatusCode != tt.code || r.header("Access-Control-Allow-Origin") == "" {
				t.Errorf("%s: %d bytes are answered by %d, want %d", kind, tt.size, r.StatusCode, tt.code)
			}
			if logged := strings.Contains(log.String(), "at most"); logged != (tt.code == 500) {
				t.Errorf("%s: the log says %q", kind, &log)
			}
		}
	}
	f := lambda.Config{MaxAnswer: 1000, Log: slog.New(slog.DiscardHandler)}.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write(make([]byte, 1001))
	}))
	if r := invoke(t, f, events()[lambda.REST]); r.StatusCode != http.StatusInternalServerError {
		t.Errorf("MaxAnswer is not heeded: %d", r.StatusCode)
	}
}

// TestCookiesOfLoadBalancer holds that cookies are not lost in silence.
func TestCookiesOfLoadBalancer(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	f := quiet(&log).Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
	}))
	if r := invoke(t, f, events()[lambda.ALB]); r.StatusCode != http.StatusInternalServerError || r.header("Set-Cookie") != "" {
		t.Errorf("%+v", r)
	}
	if !strings.Contains(log.String(), "lambda.multi_value_headers.enabled=true") {
		t.Errorf("the log does not say what to do: %s", &log)
	}
	if r := invoke(t, f, events()[lambda.ALBMulti]); len(r.MultiValueHeaders["Set-Cookie"]) != 2 {
		t.Errorf("%+v", r)
	}
}

// TestVainClearings holds that somebody without cookies gets an answer that
// clears some, also by a load balancer that can carry one.
func TestVainClearings(t *testing.T) {
	t.Parallel()
	f := lambda.Config{Log: slog.New(slog.DiscardHandler)}.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "a", MaxAge: -1})
		http.SetCookie(w, &http.Cookie{Name: "b", MaxAge: -1})
		w.WriteHeader(http.StatusUnauthorized)
	}))
	for cookies, want := range map[string]struct {
		code int
		set  string
	}{"": {401, ""}, "b=1": {401, "b=; Max-Age=0"}, "a=1; b=1": {500, ""}} {
		r := invoke(t, f, `{"path":"/","httpMethod":"GET","headers":{"cookie":"`+cookies+`"},"requestContext":{"elb":{}}}`)
		if r.StatusCode != want.code || r.header("Set-Cookie") != want.set {
			t.Errorf("%q: %+v", cookies, r)
		}
	}
}

// TestAnswerIsThatOfNetHTTP compares answers with those of net/http.
func TestAnswerIsThatOfNetHTTP(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"nothing":       func(http.ResponseWriter, *http.Request) {},
		"text":          func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") },
		"html, unsaid":  func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>é") },
		"binary":        func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte{0, 0xff, 0xfe}) },
		"two statuses":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201); w.WriteHeader(500) },
		"interim":       func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103); w.WriteHeader(404) },
		"a late header": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "x"); w.Header().Set("X-Late", "1") },
		"no content":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) },
		"redirect":      func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/b", http.StatusSeeOther) },
		"error":         func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusTeapot) },
		"repeated":      func(w http.ResponseWriter, _ *http.Request) { w.Header()["X-A"] = []string{"1", "2"} },
		"own length": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "2")
			fmt.Fprint(w, "ok")
		},
		"unusual status": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(299) },
	} {
		for _, method := range []string{"GET", "HEAD"} {
			server := httptest.NewUnstartedServer(h)
			server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
			server.Start()
			req, _ := http.NewRequestWithContext(t.Context(), method, server.URL+"/a", http.NoBody)
			res, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(res.Body)
			res.Body.Close()
			server.Close()
			r := invoke(t, lambda.Handler(h), strings.Replace(events()[lambda.REST], "GET", method, 1))
			got := r.Body
			if r.IsBase64Encoded {
				got = decode64(t, r.Body)
			}
			if r.StatusCode != res.StatusCode || got != string(body) {
				t.Errorf("%s, %s: %d %q, want %d %q", name, method, r.StatusCode, got, res.StatusCode, body)
			}
			for _, header := range []string{"Content-Type", "Location", "X-A", "X-Late"} {
				if method == "GET" && strings.Join(r.MultiValueHeaders[header], "|") != strings.Join(res.Header[header], "|") {
					t.Errorf("%s: %s is %q, want %q", name, header, r.MultiValueHeaders[header], res.Header[header])
				}
			}
		}
	}
}

// TestEventHook is what happens to events that are no requests.
func TestEventHook(t *testing.T) {
	t.Parallel()
	none := []string{
		`{}`, `null`, `[]`, `"ping"`, `7`, `{"source":"serverless-plugin-warmup"}`, `{"warmer":true,"concurrency":3}`, `{"key1":"value1"}`,
		`{"version":"0","id":"1","detail-type":"Scheduled Event","source":"aws.events","detail":{}}`,
		`{"version":2,"requestContext":{"http":{"method":"GET"}}}`, `{"body":{"a":1}}`,
	}
	f := lambda.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was taken for a request") }))
	seen := ""
	hooked := lambda.Config{Event: func(_ context.Context, e json.RawMessage) (any, error) {
		seen = string(e)
		return map[string]int{"n": 1}, nil
	}}.Handler(http.NotFoundHandler())
	for _, event := range none {
		if out, err := f.Invoke(t.Context(), []byte(event)); err != nil || string(out) != `{"ok":true}` {
			t.Errorf("%s: %s, %v", event, out, err)
		}
		if out, err := hooked.Invoke(t.Context(), []byte(event)); err != nil || string(out) != `{"n":1}` || seen != event {
			t.Errorf("%s: the hook saw %s; %s, %v", event, seen, out, err)
		}
	}
	failing := lambda.Config{Event: func(context.Context, json.RawMessage) (any, error) { return nil, errors.New("no") }}.Handler(http.NotFoundHandler())
	if _, err := failing.Invoke(t.Context(), []byte(`{}`)); err == nil {
		t.Error("an error of the hook is lost")
	}
	panicking := lambda.Config{Log: slog.New(slog.DiscardHandler), Event: func(context.Context, json.RawMessage) (any, error) { panic("no") }}.Handler(http.NotFoundHandler())
	if _, err := panicking.Invoke(t.Context(), []byte(`{}`)); err == nil {
		t.Error("a panic of the hook is lost")
	}
	if _, err := f.Invoke(t.Context(), []byte(`{"requestContext":{"connectionId":"x"}}`)); err == nil || !strings.Contains(err.Error(), "WebSocket") {
		t.Errorf("a WebSocket: %v", err)
	}
}

// TestDeadline holds that a handler is told before Lambda ends the process.
func TestDeadline(t *testing.T) {
	t.Parallel()
	f := lambda.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at, _ := r.Context().Deadline()
		fmt.Fprint(w, time.Until(at) < 10*time.Second-150*time.Millisecond)
	}))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	out, err := f.Invoke(ctx, []byte(events()[lambda.HTTP2]))
	if err != nil || !strings.Contains(string(out), `"body":"true"`) {
		t.Errorf("%s, %v", out, err)
	}
}

// FuzzInvoke sends anything: whatever it is, there is one answer and no panic,
// and the same event gets the same answer.
func FuzzInvoke(f *testing.F) {
	entries, err := os.ReadDir("testdata")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		if b, err := os.ReadFile("testdata/" + e.Name()); err == nil {
			f.Add(b)
		}
	}
	for _, e := range events() {
		f.Add([]byte(e))
	}
	echo := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || int64(len(body)) != r.ContentLength || !strings.HasPrefix(r.URL.Path, "/") {
			panic(http.ErrAbortHandler)
		}
		fmt.Fprintf(w, "%s %s %s %s %d", r.Method, r.URL.Path, r.URL.RawQuery, r.RemoteAddr, len(body))
	}
	fn := lambda.Config{Log: slog.New(slog.DiscardHandler)}.Handler(http.HandlerFunc(echo))
	f.Fuzz(func(t *testing.T, event []byte) {
		first, err := fn.Invoke(t.Context(), event)
		again, errAgain := fn.Invoke(t.Context(), event)
		if !bytes.Equal(first, again) || (err == nil) != (errAgain == nil) {
			t.Fatalf("two answers: %s, %s", first, again)
		}
		if err == nil && (!json.Valid(first) || bytes.Contains(first, []byte(`"statusCode":500`))) {
			t.Fatalf("%s", first)
		}
	})
}
