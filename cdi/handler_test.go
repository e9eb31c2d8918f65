package cdi_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/posternauth/postern/cdi"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

const testKey = "0123456789-abcdefghij="

func ada() core.User {
	return core.User{
		ID: "u1", TenantIDs: []string{"public"}, TimeJoined: 1700000000000, Emails: []string{"ada@example.com"},
		PhoneNumbers: []string{}, ThirdParty: []core.ThirdParty{}, WebAuthn: core.WebAuthn{CredentialIDs: []string{}},
		LoginMethods: []core.LoginMethod{{
			RecipeID: "emailpassword", RecipeUserID: "u1", TenantIDs: []string{"public"}, TimeJoined: 1700000000000,
			Email: "ada@example.com", WebAuthn: core.WebAuthn{CredentialIDs: []string{}},
		}},
	}
}

// serve answers with c for the apps "public" and "shop"; there are no others.
func serve(t testing.TB, c *core.Core, keys ...core.Secret) http.Handler {
	t.Helper()
	return handler(t, cdi.Config{App: only(c), APIKeys: keys})
}

func only(c *core.Core) func(string) *core.Core {
	return func(id string) *core.Core {
		if id == "public" || id == "shop" {
			return c
		}
		return nil
	}
}

func handler(t testing.TB, config cdi.Config) http.Handler {
	t.Helper()
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	h, err := cdi.Handler(config)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// ask sends "METHOD /path" with headers as "Name: value".
func ask(t testing.TB, h http.Handler, target, body string, headers ...string) (code int, text string, header http.Header) {
	t.Helper()
	method, path, _ := strings.Cut(target, " ")
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "localhost:3567"
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	b, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(b), w.Header()
}

// failing is a core each of whose operations returns err.
func failing(err error) *core.Core {
	c := new(core.Core)
	for _, f := range op.Fields(c, "cdi") {
		f.Bind(func(context.Context, any, any) error { return err })
	}
	return c
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	signUp := `{"email":"ada@example.com","password":"pass word 1"}`
	tests := map[string]struct {
		err    error
		code   int
		text   string
		header string
		value  string
	}{
		"status":      {core.EmailAlreadyExists, 200, `{"status":"EMAIL_ALREADY_EXISTS_ERROR"}` + "\n", "Content-Type", "application/json; charset=UTF-8"},
		"undeclared":  {core.UnknownRole, 500, "Internal Error\n", "Content-Type", "text/html; charset=UTF-8"},
		"bad input":   {core.Bad("Password cannot be an empty string"), 400, "Password cannot be an empty string\n", "Content-Type", "text/html; charset=UTF-8"},
		"forbidden":   {&core.Forbidden{Message: "no"}, 403, "no\n", "", ""},
		"no tenant":   {&core.TenantNotFound{AppID: "public", TenantID: "t1"}, 400, "AppId or tenantId not found => Tenant with the following connectionURIDomain, appId and tenantId combination not found: (, public, t1)\n", "", ""},
		"unavailable": {&core.Unavailable{RetryAfter: 1500 * time.Millisecond, Err: errors.New("secret host")}, 503, "Temporarily unavailable, please try again\n", "Retry-After", "2"},
		"deadline":    {context.DeadlineExceeded, 503, "Temporarily unavailable, please try again\n", "Retry-After", "1"},
		"fault":       {errors.New("password of the database"), 500, "Internal Error\n", "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, text, header := ask(t, serve(t, failing(tt.err)), "POST /recipe/signup", signUp)
			if code != tt.code || text != tt.text {
				t.Errorf("got %d %q, want %d %q", code, text, tt.code, tt.text)
			}
			if tt.header != "" && header.Get(tt.header) != tt.value {
				t.Errorf("%s = %q, want %q", tt.header, header.Get(tt.header), tt.value)
			}
		})
	}
}

// recording is a core whose operations succeed and keep their last input.
func recording() (*core.Core, func() any) {
	c := new(core.Core)
	var mu sync.Mutex
	var last any
	for _, f := range op.Fields(c, "cdi") {
		f.Bind(func(_ context.Context, in, _ any) error {
			mu.Lock()
			defer mu.Unlock()
			last = in
			return nil
		})
	}
	return c, func() any {
		mu.Lock()
		defer mu.Unlock()
		return last
	}
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	signIn := `{"email":"a","password":"b"}`
	tests := map[string]struct {
		target, body string
		headers      []string
		code         int
		text         string // when not 200
	}{
		"plain":              {"POST /core/recipe/signin", signIn, nil, 200, ""},
		"tenant":             {"POST /core/berlin/recipe/signin", signIn, nil, 200, ""},
		"app":                {"POST /core/appid-shop/recipe/signin", signIn, nil, 200, ""},
		"app and tenant":     {"POST /core/appid-shop/berlin/recipe/signin", signIn, nil, 200, ""},
		"public app":         {"POST /core/appid-/public/recipe/signin", signIn, nil, 200, ""},
		"upper case":         {"POST /CORE/APPID-Shop/Berlin/Recipe/SignIn/", signIn, nil, 200, ""},
		"percent-encoded":    {"POST /core/%62erlin/recipe/signin", signIn, nil, 200, ""},
		"tenant named user":  {"GET /core/user/users", "", nil, 200, ""},
		"exact path first":   {"GET /core/user/id?userId=u1", "", nil, 200, ""},
		"unknown app":        {"POST /core/appid-nope/recipe/signin", signIn, nil, 400, "AppId or tenantId not found => App with the following connectionURIDomain and appId combination not found: (, nope)"},
		"stop word":          {"POST /core/recipe/recipe/signin", signIn, nil, 404, "Not found"},
		"no tenant id":       {"POST /core/a_b/recipe/signin", signIn, nil, 404, "Not found"},
		"Kelvin":             {"POST /core/recipe/signin%E2%84%AA", signIn, nil, 404, "Not found"},
		"unknown":            {"GET /core/recipe/nonsense", "", nil, 404, "Not found"},
		"outside base path":  {"POST /recipe/signin", signIn, nil, 404, "Not found"},
		"beside base path":   {"POST /corecipe/signin", signIn, nil, 404, "Not found"},
		"double slash":       {"POST /core//recipe/signin", signIn, nil, 404, "Not found"},
		"wrong method":       {"GET /core/recipe/signin", "", nil, 405, "Method not supported"},
		"head":               {"HEAD /core/user/id?userId=u1", "", nil, 200, ""},
		"app in tenant":      {"GET /core/berlin/user/id?userId=u1", "", nil, 403, "Only public tenantId can call this app specific API"},
		"app in public":      {"GET /core/public/user/id?userId=u1", "", nil, 200, ""},
		"app in tenant, 4.0": {"GET /core/berlin/user/id?userId=u1", "", []string{"cdi-version: 4.0"}, 200, ""},
		"other rid":          {"PUT /core/recipe/user", `{"recipeUserId":"u","email":"a"}`, []string{"rid: session"}, 200, ""},
		"rid in capitals":    {"PUT /core/recipe/user", `{"recipeUserId":"u","email":"a"}`, []string{"rId: EmailPassword"}, 200, ""},
		"rid of another":     {"PUT /core/recipe/user", `{"recipeUserId":"u","email":null}`, []string{"rid: Passwordless"}, 200, ""},
		"no rid":             {"PUT /core/recipe/user", `{"recipeUserId":"u","email":null}`, nil, 400, "Field name 'email' is invalid in JSON input"},
		"rid without a core": {"PUT /core/recipe/user", `{"recipeUserId":"u","email":"a"}`, []string{"rid: thirdparty"}, 404, "Not found"},
		"delete":             {"DELETE /core/recipe/dashboard/session?sessionId=s", "{}", nil, 200, ""},
		"delete, no query":   {"DELETE /core/recipe/dashboard/session", `{"sessionId":"s"}`, nil, 400, "Field name 'sessionId' is missing in GET request"},
		"hello":              {"GET /core/hello", "", nil, 200, ""},
		"hello in tenant":    {"DELETE /core/berlin/hello", "", nil, 200, ""},
		"root":               {"POST /core/", "", nil, 200, ""},
		"root of an app":     {"GET /core/appid-shop", "", nil, 200, ""},
	}
	c, _ := recording()
	h := handler(t, cdi.Config{App: only(c), BasePath: "core//"})
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, text, _ := ask(t, h, tt.target, tt.body, tt.headers...)
			if code != tt.code || code != 200 && text != tt.text+"\n" {
				t.Errorf("got %d %q, want %d %q", code, text, tt.code, tt.text)
			}
		})
	}
}

func TestPanicIsA500(t *testing.T) {
	t.Parallel()
	c := new(core.Core)
	c.User.ByID = func(context.Context, core.UserByID) (core.UserResult, error) { panic("secret") }
	if code, text, _ := ask(t, serve(t, c), "GET /user/id?userId=u", ""); code != 500 || text != "Internal Error\n" {
		t.Errorf("got %d %q", code, text)
	}
	if code, _, _ := ask(t, serve(t, c), "GET /recipe/roles", ""); code != 404 {
		t.Errorf("an operation that the core does not have: got %d, want 404", code)
	}
}

func TestConfigMistakes(t *testing.T) {
	t.Parallel()
	app := only(new(core.Core))
	for name, config := range map[string]cdi.Config{
		"no app":       {},
		"short key":    {App: app, APIKeys: []core.Secret{"short"}},
		"empty key":    {App: app, APIKeys: []core.Secret{testKey, ""}},
		"key alphabet": {App: app, APIKeys: []core.Secret{"0123456789 0123456789"}},
		"base path":    {App: app, BasePath: "/a b"},
	} {
		if _, err := cdi.Handler(config); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
