package cdi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/posternauth/postern/cdi"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// host is a core that speaks by f, after it has told its versions.
func host(t *testing.T, f http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/apiversion") {
			fmt.Fprint(w, `{"versions":["5.4","5.6","3.1"]}`)
			return
		}
		f(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func dial(t *testing.T, uri string, options cdi.Options) *core.Core {
	t.Helper()
	c, err := cdi.Dial(uri, options)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func answering(code int, text string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, line := range headers {
			name, value, _ := strings.Cut(line, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(code)
		fmt.Fprint(w, text)
	}
}

// closed is the address of a host that is down.
func closed(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

var signIn = core.SignIn{Email: "a@b.c", Password: "secret"}

func TestRequest(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var body string
	uri := host(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, body = r, string(b)
		fmt.Fprint(w, `{"status":"OK"}`)
	})
	c := dial(t, uri+"/base/", cdi.Options{APIKey: testKey, AppID: "Shop"})
	for _, tt := range []struct {
		call              func() error
		target, body, rid string
	}{
		{func() error { _, err := c.EmailPassword.SignIn(t.Context(), signIn); return err },
			"POST /base/appid-Shop/recipe/signin", `{"email":"a@b.c","password":"secret"}`, ""},
		{func() error {
			_, err := c.Session.Create(t.Context(), core.CreateSession{TenantID: "berlin", UserID: "u"})
			return err
		}, "POST /base/appid-Shop/berlin/recipe/session", `{"enableAntiCsrf":false,"userDataInDatabase":{},"userDataInJWT":{},"userId":"u"}`, ""},
		{func() error {
			_, err := c.EmailPassword.Update(t.Context(), core.UpdateEmailPassword{RecipeUserID: "u", Email: "x"})
			return err
		}, "PUT /base/appid-Shop/recipe/user", `{"email":"x","recipeUserId":"u"}`, "emailpassword"},
		{func() error {
			_, err := c.User.List(t.Context(), core.ListUsers{TenantID: "public", IncludeRecipeIDs: []string{"a", "b"}, Limit: 5})
			return err
		}, "GET /base/appid-Shop/public/users?includeRecipeIds=a%2Cb&limit=5", "", ""},
		{func() error {
			_, err := c.Session.ListHandles(t.Context(), core.ListSessions{UserID: "u", FetchAcrossAllTenants: op.Some(false)})
			return err
		}, "GET /base/appid-Shop/recipe/session/user?fetchAcrossAllTenants=false&userId=u", "", ""},
		{func() error {
			_, err := c.Tenant.CreateOrUpdate(t.Context(), core.TenantSettings{TenantID: "t", FirstFactors: op.Null[[]string]()})
			return err
		}, "PUT /base/appid-Shop/recipe/multitenancy/tenant/v2", `{"firstFactors":null,"tenantId":"t"}`, ""},
	} {
		if err := tt.call(); err != nil {
			t.Fatalf("%s: %v", tt.target, err)
		}
		h := got.Header
		if target := got.Method + " " + got.RequestURI; target != tt.target || body != tt.body || h.Get("rid") != tt.rid {
			t.Errorf("got %s %s rid %q\nwant %s %s rid %q", target, body, h.Get("rid"), tt.target, tt.body, tt.rid)
		}
		if h.Get("api-key") != testKey || h.Get("cdi-version") != "5.4" || (tt.body != "") != (h.Get("Content-Type") == "application/json; charset=utf-8") {
			t.Errorf("%s: headers %v", tt.target, h)
		}
	}
}

func TestReplies(t *testing.T) {
	t.Parallel()
	unavailable := func(err error) bool { return errors.As(err, new(*core.Unavailable)) }
	plain := func(text string) func(error) bool {
		return func(err error) bool { return !unavailable(err) && strings.Contains(err.Error(), text) }
	}
	for name, tt := range map[string]struct {
		reply http.HandlerFunc
		is    func(error) bool
	}{
		"ok":         {answering(200, `{"status":"OK"}`), func(err error) bool { return err == nil }},
		"declared":   {answering(200, `{"status":"WRONG_CREDENTIALS_ERROR"}`), func(err error) bool { return errors.Is(err, core.WrongCredentials) }},
		"undeclared": {answering(200, `{"status":"UNKNOWN_ROLE_ERROR"}`), plain(`unexpected status "UNKNOWN_ROLE_ERROR"`)},
		"no status":  {answering(200, `{}`), plain(`unexpected status ""`)},
		"no JSON":    {answering(200, `<html>`), plain("not JSON")},
		"other form": {answering(200, `{"status":"OK","user":[]}`), plain("another form")},
		"too large":  {answering(200, `{"status":"OK","x":"`+strings.Repeat("a", 1<<20)+`"}`), unavailable},
		"400": {answering(400, " Field name 'x' is invalid\n"), func(err error) bool {
			b := new(core.BadInput)
			return errors.As(err, &b) && b.Message == "Field name 'x' is invalid"
		}},
		"no tenant": {answering(400, (&core.TenantNotFound{AppID: "a", TenantID: "t"}).Error()+"\n"), func(err error) bool {
			b := new(core.TenantNotFound)
			return errors.As(err, &b) && *b == core.TenantNotFound{AppID: "a", TenantID: "t"}
		}},
		"no app": {answering(400, (&core.TenantNotFound{AppID: "a"}).Error()+"\n"), func(err error) bool {
			b := new(core.TenantNotFound)
			return errors.As(err, &b) && *b == core.TenantNotFound{AppID: "a"}
		}},
		"401":      {answering(401, "Invalid API key\n"), plain("cdi.Options.APIKey")},
		"402":      {answering(402, "Cannot use feature"), plain("Cannot use feature")},
		"403":      {answering(403, "not here\n"), func(err error) bool { f := new(core.Forbidden); return errors.As(err, &f) && f.Message == "not here" }},
		"404":      {answering(404, "Not found"), plain("connection URI")},
		"413":      {answering(413, "large"), func(err error) bool { return errors.As(err, new(*core.BadInput)) }},
		"redirect": {answering(302, "", "Location: https://elsewhere.example.com/"), plain("302")},
		"500":      {answering(500, "Internal Error\n"), unavailable},
		"503": {answering(503, "", "Retry-After: 7"), func(err error) bool {
			u := new(core.Unavailable)
			return errors.As(err, &u) && u.RetryAfter == 7*time.Second
		}},
		"hangs up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, unavailable},
		"half answer": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "{")
			panic(http.ErrAbortHandler)
		}, unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := dial(t, host(t, tt.reply), cdi.Options{}).EmailPassword.SignIn(t.Context(), signIn)
			if !tt.is(err) {
				t.Errorf("got %v", err)
			}
			if err != nil && strings.Contains(err.Error(), string(signIn.Password)) {
				t.Errorf("the error prints the password: %v", err)
			}
		})
	}
}

// TestErrorsCrossTheWire: what a core returns to Handler, Dial returns.
func TestErrorsCrossTheWire(t *testing.T) {
	t.Parallel()
	for _, want := range []error{
		&core.TokenTheft{Session: core.StolenSession{Handle: "h", UserID: "u", RecipeUserID: "r"}},
		&core.Unauthorised{Message: "Session does not exist."},
		&core.BadInput{Message: "no"}, &core.Forbidden{Message: "no"},
		&core.TenantNotFound{AppID: "public"}, &core.TenantNotFound{AppID: "public", TenantID: "t-1"},
	} {
		s := httptest.NewServer(serve(t, failing(want)))
		t.Cleanup(s.Close)
		_, got := dial(t, s.URL, cdi.Options{}).Session.Refresh(t.Context(), core.RefreshSession{RefreshToken: "x"})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestHosts(t *testing.T) {
	t.Parallel()
	counting := func(n *atomic.Int64) string {
		return host(t, func(w http.ResponseWriter, _ *http.Request) { n.Add(1); fmt.Fprint(w, `{"status":"OK","roles":[]}`) })
	}
	var a, b atomic.Int64
	c := dial(t, counting(&a)+"; "+closed(t)+"/core;"+counting(&b)+";", cdi.Options{})
	for range 9 {
		if _, err := c.Role.All(t.Context(), struct{}{}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.EmailPassword.SignIn(t.Context(), signIn); err != nil {
			t.Fatal(err)
		}
	}
	if a.Load()+b.Load() != 18 || a.Load() < 5 || b.Load() < 5 {
		t.Errorf("%d and %d requests to the two hosts that are up", a.Load(), b.Load())
	}
	_, err := dial(t, closed(t)+";"+closed(t), cdi.Options{}).Role.All(t.Context(), struct{}{})
	if !errors.As(err, new(*core.Unavailable)) || strings.Contains(err.Error(), "/recipe") {
		t.Errorf("all hosts are down: %v", err)
	}
}

// TestNoSecondTry: what may have been done is not done twice.
func TestNoSecondTry(t *testing.T) {
	t.Parallel()
	var tries atomic.Int64
	dying := func(http.ResponseWriter, *http.Request) { tries.Add(1); panic(http.ErrAbortHandler) }
	c := dial(t, host(t, dying)+";"+host(t, dying), cdi.Options{})
	_, err := c.EmailPassword.SignIn(t.Context(), signIn)
	if !errors.As(err, new(*core.Unavailable)) || tries.Load() != 1 {
		t.Errorf("POST: %v after %d tries, want one", err, tries.Load())
	}
	tries.Store(0)
	_, err = c.Metadata.Read(t.Context(), core.ReadMetadata{UserID: "u"})
	if !errors.As(err, new(*core.Unavailable)) || tries.Load() < 2 {
		t.Errorf("GET: %v after %d tries, want one a host", err, tries.Load())
	}
}

func TestTooManyRequests(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	c := dial(t, host(t, func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) < 3 {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		fmt.Fprint(w, `{"status":"OK"}`)
	}), cdi.Options{})
	if _, err := c.EmailPassword.SignIn(t.Context(), signIn); err != nil || n.Load() != 3 {
		t.Errorf("%v after %d tries", err, n.Load())
	}
	busy := dial(t, host(t, answering(429, "")), cdi.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := busy.EmailPassword.SignIn(ctx, signIn); !errors.As(err, new(*core.Unavailable)) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a core that is always busy, until the deadline: %v", err)
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	uri := host(t, func(http.ResponseWriter, *http.Request) { <-release })
	t.Cleanup(func() { close(release) }) // before the server closes, which waits for its requests
	_, err := dial(t, uri, cdi.Options{Timeout: 20 * time.Millisecond}).EmailPassword.SignIn(t.Context(), signIn)
	if !errors.As(err, new(*core.Unavailable)) {
		t.Errorf("got %v", err)
	}
}

func TestNegotiation(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		reply http.HandlerFunc
		want  []string // in the error
	}{
		"no overlap": {answering(200, `{"versions":["2.9","3.1"]}`), []string{`"3.1"`, `"5.4"`}},
		"no core":    {answering(200, `<html>`), []string{"not that of a core"}},
		"wrong key":  {answering(401, "Invalid API key"), []string{"cdi.Options.APIKey"}},
		"wrong path": {answering(404, "Not found"), []string{"connection URI"}},
	} {
		s := httptest.NewServer(tt.reply)
		t.Cleanup(s.Close)
		_, err := dial(t, s.URL, cdi.Options{}).EmailPassword.SignIn(t.Context(), signIn)
		for _, text := range tt.want {
			if err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("%s: %v, want %s in it", name, err, text)
			}
		}
	}
}

func TestNegotiatesOnce(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/apiversion" && asked.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable) // a failure is not kept
			return
		}
		fmt.Fprint(w, `{"versions":["4.0"],"status":"OK"}`)
	}))
	t.Cleanup(s.Close)
	c := dial(t, s.URL, cdi.Options{})
	if _, err := c.EmailPassword.SignIn(t.Context(), signIn); !errors.As(err, new(*core.Unavailable)) {
		t.Errorf("got %v", err)
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := c.EmailPassword.SignIn(t.Context(), signIn); err != nil {
				t.Error(err)
			}
		})
	}
	if wg.Wait(); asked.Load() != 2 {
		t.Errorf("asked for the versions %d times, want 2", asked.Load())
	}
}

// TestDowngrade: when an older core takes the place of a newer one, the version
// is agreed anew.
func TestDowngrade(t *testing.T) {
	t.Parallel()
	var newest atomic.Value
	newest.Store("5.4")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch v := newest.Load(); {
		case r.URL.Path == "/apiversion":
			fmt.Fprintf(w, `{"versions":["4.0",%q]}`, v)
		case r.Header.Get("cdi-version") != v:
			answering(400, "cdi-version X not supported\n")(w, r)
		default:
			fmt.Fprint(w, `{"status":"OK"}`)
		}
	}))
	t.Cleanup(s.Close)
	c := dial(t, s.URL, cdi.Options{})
	signsIn := func() error { _, err := c.EmailPassword.SignIn(t.Context(), signIn); return err }
	if err := signsIn(); err != nil {
		t.Error(err)
	}
	newest.Store("5.0")
	if err := signsIn(); !errors.As(err, new(*core.Unavailable)) {
		t.Errorf("got %v, want to be told to try again", err)
	}
	if err := signsIn(); err != nil {
		t.Error(err)
	}
}

// TestForeignCore: a core without our extensions.
func TestForeignCore(t *testing.T) {
	t.Parallel()
	c := dial(t, host(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/recipe/user/roles":
			fmt.Fprint(w, `{"status":"OK","roles":["editor","admin","gone"]}`)
		case r.URL.Path == "/recipe/role/permissions" && r.FormValue("role") == "gone":
			fmt.Fprint(w, `{"status":"UNKNOWN_ROLE_ERROR"}`)
		case r.URL.Path == "/recipe/role/permissions":
			_ = json.NewEncoder(w).Encode(map[string]any{"status": "OK", "permissions": []string{"write", r.FormValue("role")}})
		default:
			answering(404, "Not found\n")(w, r)
		}
	}), cdi.Options{})
	checkLimits(t, c)
	if _, err := c.EmailVerification.VerifyCode(t.Context(), core.VerifyEmailCode{}); !errors.Is(err, core.InvalidVerificationToken) {
		t.Errorf("code: %v", err)
	}
	got, err := c.Role.PermissionsOf(t.Context(), core.RolesOfUser{UserID: "u"})
	want := core.Granted{Roles: []string{"editor", "admin", "gone"}, Permissions: []string{"admin", "editor", "write"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("permissions: %v\n%s", err, diff)
	}
	if _, err := c.Metadata.Read(t.Context(), core.ReadMetadata{UserID: "u"}); err == nil {
		t.Error("an operation that every core has is missing, and there is no error")
	}
}

func TestKeysMaxAge(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]int64{"max-age=60, must-revalidate": 60, "public, max-age=5": 5, "max-age=x": 0, "max-age=-5": 0, "": 0} {
		c := dial(t, host(t, answering(200, `{"keys":[]}`, "Cache-Control: "+header)), cdi.Options{})
		if got, err := c.JWT.Keys(t.Context(), struct{}{}); err != nil || got.MaxAge != want {
			t.Errorf("%q: %d s, %v; want %d", header, got.MaxAge, err, want)
		}
	}
}

func TestTenantIsOneSegment(t *testing.T) {
	t.Parallel()
	c := dial(t, host(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("a request for %s", r.URL) }), cdi.Options{})
	for _, tenant := range []string{"a/b", "..", "a?b", "recipe", "Users", "é", "a b", "%61"} {
		_, err := c.EmailPassword.SignIn(t.Context(), core.SignIn{TenantID: tenant, Email: "a", Password: "b"})
		if !errors.As(err, new(*core.TenantNotFound)) {
			t.Errorf("%q: %v", tenant, err)
		}
	}
}

func TestDialMistakes(t *testing.T) {
	t.Parallel()
	for uri, options := range map[string]cdi.Options{
		"":                         {},
		" ; ":                      {},
		"https://a.example.com;::": {},
		"https://a.example.com":    {AppID: "a b"},
		"https://b.example.com":    {APIKey: "a\nb"},
	} {
		if _, err := cdi.Dial(uri, options); err == nil {
			t.Errorf("%q: no error", uri)
		}
	}
}

// checkLimits: a core that counts nothing switches no limit off.
func checkLimits(t *testing.T, c *core.Core) {
	t.Helper()
	one := core.Budget{Key: "one", Burst: 1, RefillMs: 60_000}
	three := core.Budget{Key: "three", Burst: 3, RefillMs: 60_000}
	take := func(budgets ...core.Budget) error {
		_, err := c.Limit.Take(t.Context(), core.TakeLimits{Budgets: budgets})
		return err
	}
	limited := func(err error) bool {
		full := new(core.LimitReached)
		return errors.As(err, &full) && full.RetryAfterMs > 0 && full.RetryAfterMs <= 60_000
	}
	if err := take(one, three); err != nil {
		t.Errorf("the first attempt: %v", err)
	}
	for range 5 {
		if err := take(one, three); !limited(err) {
			t.Errorf("an attempt beyond a budget: %v", err)
		}
	}
	for i := range 3 { // none of the refused ones has cost anything
		if err := take(three); (i < 2) != (err == nil) {
			t.Errorf("attempt %d of three: %v", i+2, err)
		}
	}
	if _, err := c.Limit.GiveBack(t.Context(), core.TakeLimits{Budgets: []core.Budget{one}}); err != nil {
		t.Error(err)
	}
	if err := take(one); err != nil {
		t.Errorf("an attempt that was given back: %v", err)
	}
	var passed atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if take(core.Budget{Key: "race", Burst: 7, RefillMs: 60_000}) == nil {
				passed.Add(1)
			}
		})
	}
	all.Wait()
	if passed.Load() != 7 {
		t.Errorf("%d of 50 attempts at once passed, want 7", passed.Load())
	}
}
