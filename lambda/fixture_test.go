package lambda

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fixture is an event of a gateway, and what it means.
type fixture struct {
	File, Kind, Note string
	Expect           struct {
		Method  string
		URLPath string `json:"url_path"`         // what the browser asked for
		Path    string `json:"app_path"`         // what routes match on
		Decoded string `json:"app_path_decoded"` // the same where it is escaped
		Body    string `json:"body_utf8"`
		Cookies map[string]string
		Query   map[string][]string
	}
}

func fixtures(t testing.TB) []fixture {
	t.Helper()
	var manifest struct{ Fixtures []fixture }
	unmarshalFile(t, "manifest.json", &manifest)
	return manifest.Fixtures
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func unmarshalFile(t testing.TB, name string, to any) {
	t.Helper()
	if err := json.Unmarshal(readFile(t, name), to); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// kindOf is our name for the kind of a fixture.
func kindOf(f fixture) (Kind, bool) {
	k, ok := map[string]Kind{
		"rest-v1": REST, "http-v1": HTTP1, "http-v2": HTTP2, "fnurl": FunctionURL, "alb": ALB, "alb-multi": ALBMulti,
		"authorizer-rest": restRequestAuthorizer, "authorizer-token": restTokenAuthorizer, "authorizer-http-v1": http1Authorizer,
		"authorizer-http-v2": http2Authorizer, "appsync-authorizer": appSyncAuthorizer,
		"warmup": other, "scheduled": other, "unknown": other,
	}[f.Kind]
	return k, ok
}

// TestEvents reads every event of the fixtures.
func TestEvents(t *testing.T) {
	t.Parallel()
	read := 0
	for _, f := range fixtures(t) {
		want, ok := kindOf(f)
		if !ok {
			continue
		}
		read++
		t.Run(f.File, func(t *testing.T) {
			t.Parallel()
			checkEvent(t, f, want)
		})
	}
	if read < 30 {
		t.Errorf("only %d events", read)
	}
}

func checkEvent(t *testing.T, f fixture, want Kind) {
	e, kind := read(readFile(t, f.File))
	if kind != want {
		t.Fatalf("it is taken for %q, want %q", kind, want)
	}
	if e.method() == "" {
		return
	}
	r, prefix, err := e.request(t.Context(), kind, nil)
	if err != nil {
		t.Fatal(err)
	}
	equal := func(what string, got, want any) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	x := f.Expect
	if x.Method != "" {
		equal("method", r.Method, x.Method)
	}
	if x.Path != "" {
		equal("path", r.URL.Path, x.Path)
	}
	if x.Decoded != "" {
		equal("path", r.URL.Path, x.Decoded)
	}
	if x.URLPath != "" {
		equal("public path", prefix+r.URL.EscapedPath(), x.URLPath)
	}
	if x.Body != "" {
		body, _ := io.ReadAll(r.Body)
		equal("body", string(body), x.Body)
		equal("length", r.ContentLength, int64(len(x.Body)))
	}
	if x.Cookies != nil {
		got := map[string]string{}
		for _, c := range r.Cookies() {
			got[c.Name] += c.Value // one that is there twice shows
		}
		for name, value := range x.Cookies {
			equal("cookie "+name, got[name], value)
		}
	}
	for name, values := range x.Query {
		equal("query "+name, r.URL.Query()[name], values)
	}
	if !kind.loadBalanced() {
		equal("client", r.RemoteAddr, "203.0.113.10:0")
	}
}

func (k Kind) loadBalanced() bool { return k == ALB || k == ALBMulti }

// golden is the answer that the fixtures hold in the form of each kind.
func golden() *answer {
	const expires = "Expires=Sat, 10 Jul 2027 19:19:04 GMT"
	a := newAnswer()
	h := a.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Add("Set-Cookie", "sAccessToken=a.b.c; Path=/; HttpOnly; Secure; SameSite=None; "+expires)
	h.Add("Set-Cookie", "sRefreshToken=fake-refresh-token.0001; Path=/dev/auth/session/refresh; HttpOnly; Secure; SameSite=None; "+expires)
	return a
}

// TestAnswers writes the answers of the fixtures, to the key.
func TestAnswers(t *testing.T) {
	t.Parallel()
	session := func(a *answer) {
		h := a.Header()
		h.Set("Front-Token", "eyJ1aWQiOiJ4In0=")
		h.Set("Access-Control-Expose-Headers", "front-token, anti-csrf")
		h.Set("Access-Control-Allow-Origin", "https://app.example.com")
		h.Set("Access-Control-Allow-Credentials", "true")
		_, _ = a.Write([]byte(`{"status": "OK"}`))
	}
	plain := func(a *answer) { _, _ = a.Write([]byte(`{"status": "OK"}`)) }
	preflight := func(a *answer) {
		clear(a.live)
		h := a.Header()
		h.Set("Access-Control-Allow-Origin", "https://app.example.com")
		h.Set("Access-Control-Allow-Credentials", "true")
		h.Set("Access-Control-Allow-Methods", "OPTIONS,POST,GET,PUT,DELETE")
		h.Set("Access-Control-Allow-Headers", "Content-Type, rid, fdi-version, anti-csrf, authorization, st-auth-mode")
		h.Set("Vary", "Origin")
		a.WriteHeader(http.StatusNoContent)
	}
	for _, tt := range []struct {
		file  string
		kind  Kind
		write func(*answer)
	}{
		{"response-v1.json", REST, session},
		{"response-v1.json", HTTP1, session},
		{"response-v2.json", HTTP2, session},
		{"response-v2.json", FunctionURL, session},
		{"response-alb-multi.json", ALBMulti, plain},
		{"response-204-preflight-v1.json", REST, preflight},
	} {
		a := golden()
		tt.write(a)
		a.finish(http.MethodPost)
		out, err := a.encode(tt.kind, maxAnswer)
		if err != nil {
			t.Fatal(err)
		}
		var got, want map[string]any
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatal(err)
		}
		unmarshalFile(t, tt.file, &want)
		if diff := cmp.Diff(sameNames(want), sameNames(got)); diff != "" {
			t.Errorf("%s as %s (-want +got):\n%s", tt.file, tt.kind, diff)
		}
	}
}

// sameNames writes the names of headers in one way: their case is free.
func sameNames(response map[string]any) map[string]any {
	for _, key := range []string{"headers", "multiValueHeaders"} {
		if h, ok := response[key].(map[string]any); ok {
			same := map[string]any{}
			for name, value := range h {
				same[http.CanonicalHeaderKey(name)] = value
			}
			response[key] = same
		}
	}
	return response
}
