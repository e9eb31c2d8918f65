package cdi

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// everyRoute calls visit with each method and path of the table.
func everyRoute(visit func(method, api string)) {
	for api, routes := range newTable() {
		for _, rt := range routes {
			visit(rt.method, api)
		}
	}
}

// willing is a core whose every operation succeeds.
func willing() *core.Core {
	c := new(core.Core)
	for _, f := range op.Fields(c, "cdi") {
		f.Bind(func(context.Context, any, any) error { return nil })
	}
	return c
}

func newMatrixHandler(t *testing.T, keys ...core.Secret) http.Handler {
	t.Helper()
	c := willing()
	h, err := Handler(Config{
		App: func(id string) *core.Core {
			if id != core.Public {
				return nil
			}
			return c
		},
		APIKeys: keys, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestNoKeyNoEntry: there is no way to write a path so that the key is not
// asked for.
func TestNoKeyNoEntry(t *testing.T) {
	t.Parallel()
	const key = "0123456789-abcdefghij"
	h := newMatrixHandler(t, key)
	forms := map[string]func(api string) string{
		"plain":           func(api string) string { return api },
		"known app":       func(api string) string { return "/appid-public" + api },
		"unknown app":     func(api string) string { return "/appid-nope" + api },
		"unknown tenant":  func(api string) string { return "/nope" + api },
		"both":            func(api string) string { return "/appid-nope/nope" + api },
		"percent-encoded": func(api string) string { return fmt.Sprintf("/%%%x%s", api[1], api[2:]) },
		"upper case":      func(api string) string { return "/BERLIN" + strings.ToUpper(api) },
		"slash at end":    func(api string) string { return api + "/" },
		"double slash":    func(api string) string { return "/" + api },
		"dots":            func(api string) string { return "/x/.." + api },
		"null":            func(api string) string { return api + "%00" },
		"unknown":         func(api string) string { return api + "-nonsense" },
	}
	headers := map[string]http.Header{
		"no key":        {},
		"wrong key":     {"Api-Key": {"0123456789-abcdefghiJ"}},
		"longer key":    {"Api-Key": {key + "k"}},
		"wrong bearer":  {"Authorization": {"Bearer " + key[1:]}},
		"wrong version": {"Cdi-Version": {"nonsense"}},
		"list of keys":  {"Api-Key": {key + "," + key}},
	}
	everyRoute(func(method, api string) {
		if isOpen(api) {
			return
		}
		for form, path := range forms {
			for name, header := range headers {
				r := httptest.NewRequest(method, path(api), strings.NewReader("{}"))
				r.Header = header.Clone()
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if w.Code != http.StatusUnauthorized || w.Body.String() != "Invalid API key\n" {
					t.Errorf("%s, %s: %s %s answered %d %q", form, name, method, path(api), w.Code, w.Body)
				}
			}
		}
	})
}

func TestKeyOpens(t *testing.T) {
	t.Parallel()
	h := newMatrixHandler(t, "another-key-0123456789", "0123456789-abcdefghij")
	for name, header := range map[string]http.Header{
		"api-key": {"Api-Key": {"0123456789-abcdefghij"}},
		"bearer":  {"Authorization": {"bearer 0123456789-abcdefghij"}},
		"raw":     {"Authorization": {"another-key-0123456789"}},
	} {
		r := httptest.NewRequest("GET", "/recipe/roles", nil)
		r.Header = header
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != http.StatusOK {
			t.Errorf("%s: %d %q", name, w.Code, w.Body)
		}
	}
	for _, path := range []string{"/", "/hello", "/appid-public/berlin/hello", "/config?pid=1", "/.well-known/jwks.json"} {
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, httptest.NewRequest("GET", path, nil)); w.Code != http.StatusOK {
			t.Errorf("%s without a key: %d %q", path, w.Code, w.Body)
		}
	}
}

// TestBadInput: whatever a request carries, the answer is neither a fault of
// ours nor a success that should not be.
func TestBadInput(t *testing.T) {
	t.Parallel()
	h := newMatrixHandler(t)
	everyRoute(func(method, api string) {
		in := inputOf(method, api)
		for name, body := range badBodies(in) {
			r := httptest.NewRequest(method, api+badQuery(in, name), strings.NewReader(body))
			r.Host = "localhost:3567"
			if name != "no content type" {
				r.Header.Set("Content-Type", "application/json; charset=utf-8")
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code >= 500 || w.Code < 200 {
				t.Errorf("%s: %s %s answered %d %q", name, method, api, w.Code, w.Body)
			}
			if len(in) > 0 && w.Code < 400 {
				t.Errorf("%s: %s %s was accepted", name, method, api)
			}
		}
	})
}

// inputOf returns the names of the required fields of a route.
func inputOf(method, api string) (required []string) {
	for _, rt := range newTable()[api] {
		if rt.method != method {
			continue
		}
		f := operations(new(core.Core), new(protocol))[rt.operation]
		return requiredOf(f.Input())
	}
	return nil
}

// badBodies are mistakes, by their names; each leaves out or spoils a
// required field.
func badBodies(required []string) map[string]string {
	name := "x"
	if len(required) > 0 {
		name = required[0]
	}
	deep := strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000)
	return map[string]string{
		"missing":         `{}`,
		"no body":         ``,
		"no object":       `[]`,
		"null body":       `null`,
		"text":            `nonsense`,
		"half":            `{"` + name + `":`,
		"two":             `{} {}`,
		"null":            `{"` + name + `":null}`,
		"number":          `{"` + name + `":1e999}`,
		"array":           `{"` + name + `":[[]]}`,
		"deep":            `{"` + name + `":` + deep + `}`,
		"deep array":      strings.Repeat("[", 500_000),
		"10 MB":           `{"` + name + `":"` + strings.Repeat("a", 10<<20) + `"}`,
		"NUL":             `{"` + name + `":"\u0000"}`,
		"lone surrogate":  `{"` + name + `":"\ud800"}`,
		"not UTF-8":       "{\"" + name + "\":\"\xff\"}",
		"no content type": `{"` + strings.ToUpper(name) + `":"a"}`,
	}
}

// badQuery is the mistake of the same name in the query of a GET.
func badQuery(required []string, mistake string) string {
	if len(required) == 0 {
		return ""
	}
	switch mistake {
	case "NUL":
		return "?" + required[0] + "=%00"
	case "not UTF-8", "lone surrogate":
		return "?" + required[0] + "=%ff"
	case "half":
		return "?" + required[0] + "=%"
	case "10 MB":
		return "?" + strings.Repeat("a", 1<<20)
	}
	return ""
}

// TestPagesStayOut: a core without keys is for programs, and not for what a
// page makes a browser send.
func TestPagesStayOut(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		host, origin, key string
		code              int
	}{
		"a program":               {host: "127.0.0.1:3567", code: 200},
		"a page elsewhere":        {host: "127.0.0.1:3567", origin: "https://evil.example", code: 403},
		"a name that points here": {host: "evil.example:3567", code: 403},
		"both":                    {host: "evil.example:3567", origin: "http://evil.example:3567", code: 403},
		"a page, with a key":      {host: "core.internal", origin: "https://evil.example", key: "another-key-0123456789", code: 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var keys []core.Secret
			if tt.key != "" {
				keys = append(keys, core.Secret(tt.key))
			}
			h := newMatrixHandler(t, keys...)
			for _, kind := range []string{"text/plain", "application/json", ""} {
				r := httptest.NewRequest("PUT", "/recipe/role", strings.NewReader(`{"role":"admin"}`))
				r.Host = tt.host
				r.Header.Set("Content-Type", kind)
				r.Header.Set("Origin", tt.origin)
				r.Header.Set("Api-Key", tt.key)
				w := httptest.NewRecorder()
				if h.ServeHTTP(w, r); w.Code != tt.code {
					t.Errorf("%q: %d %s, want %d", kind, w.Code, w.Body, tt.code)
				}
			}
		})
	}
}
