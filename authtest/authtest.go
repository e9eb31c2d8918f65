package authtest

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/connect"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/internal/testdb"
	"github.com/posternauth/postern/recipe/accountlinking"
	"github.com/posternauth/postern/recipe/emailpassword"
	"github.com/posternauth/postern/recipe/emailverification"
	"github.com/posternauth/postern/recipe/jwt"
	"github.com/posternauth/postern/recipe/metadata"
	"github.com/posternauth/postern/recipe/multitenancy"
	"github.com/posternauth/postern/recipe/openid"
	"github.com/posternauth/postern/recipe/role"
	"github.com/posternauth/postern/recipe/session"
)

func init() {
	testdb.Prepare(func(ctx context.Context, uri string) error {
		_, _, err := engine.Migrate(ctx, engine.Config{Database: core.Secret(uri)})
		return err
	})
}

// Config changes the app of a test. Its zero value is email and password,
// optional verification, sessions and roles over SQLite.
type Config struct {
	// Database is where the core keeps its data. Default: a file in the test's
	// temporary folder; if the environment variable POSTERN_TEST_ON is
	// "postgres", a database of its own at POSTERN_TEST_POSTGRES.
	Database string
	// Session and EmailPassword are the configurations of the recipes.
	Session       session.Config
	EmailPassword emailpassword.Config
	// Verification is the mode of email verification; default Optional.
	Verification emailverification.Mode
	// Linking is the configuration of account linking; by default there is
	// none.
	Linking accountlinking.Config
	// Recipes are more recipes than those above. They are given the app, for its
	// mailbox; it is not ready yet.
	Recipes func(*App) []postern.Recipe
	// App changes the app's configuration before it is made.
	App func(*postern.Config)
	// Engine changes the core's configuration. By default hashes are cheap, and
	// tokens are signed with ES256, whose keys are made at once.
	Engine func(*engine.Config)
	// Handler is the application behind the app's middleware; default
	// [App.Demo].
	Handler func(*App) http.Handler
	// Via is what requests pass before they reach the app, such as a gateway
	// that cuts off a part of the path; default nothing.
	Via func(http.Handler) http.Handler
}

// App is an app that a test talks to.
type App struct {
	*postern.App
	// URL is where it is, "http://127.0.0.1:41231".
	URL  string
	Core *core.Core
	Mail *delivery.Outbox
	// Clock is the time of app and core; it moves only when it is moved.
	Clock *Clock

	EmailPassword *emailpassword.Recipe
	Verification  *emailverification.Recipe
	Sessions      *session.Recipe
	Roles         *role.Recipe
	Metadata      *metadata.Recipe
	Linking       *accountlinking.Recipe

	t testing.TB
}

// New starts an app, and stops it when the test ends.
func New(t testing.TB, cfg Config) *App {
	t.Helper()
	a := &App{t: t, Mail: new(delivery.Outbox), Clock: NewClock()}
	a.Core = a.openCore(cfg)
	var h http.Handler
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	a.URL = "http://" + server.Listener.Addr().String()
	var err error
	if a.App, err = postern.New(a.config(cfg)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.App.Close)
	inner := a.Demo()
	if cfg.Handler != nil {
		inner = cfg.Handler(a)
	}
	h = postern.CORS(a.App)(a.Middleware(inner))
	if cfg.Via != nil {
		h = cfg.Via(h)
	}
	server.Start()
	return a
}

func (a *App) openCore(cfg Config) *core.Core {
	a.t.Helper()
	if cfg.Database == "" {
		cfg.Database = testdb.Default(a.t)
	}
	ec := engine.Config{Now: a.Clock.Now, Log: a.log(), SigningAlgorithm: "ES256"}
	ec.Passwords.Iterations, ec.Passwords.MemoryKiB, ec.Passwords.Parallelism = 1, 8, 1
	if cfg.Engine != nil {
		cfg.Engine(&ec)
	}
	c, err := connect.Open(a.t.Context(), connect.Config{URI: core.Secret(cfg.Database), Engine: ec})
	if err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() { _ = c.Close() })
	return c.App
}

func (a *App) config(cfg Config) postern.Config {
	if cfg.EmailPassword.Email == nil {
		cfg.EmailPassword.Email = a.Mail
	}
	if cfg.Verification == "" {
		cfg.Verification = emailverification.Optional
	}
	a.EmailPassword = emailpassword.New(cfg.EmailPassword)
	a.Verification = emailverification.New(emailverification.Config{Mode: cfg.Verification, Email: a.Mail})
	a.Sessions = session.New(cfg.Session)
	a.Roles = role.New(role.Config{})
	a.Metadata = metadata.New(metadata.Config{})
	a.Linking = accountlinking.New(cfg.Linking)
	pc := postern.Config{
		App:  postern.AppInfo{Name: "Test", APIDomain: a.URL, WebsiteDomain: a.URL},
		Core: a.Core, Log: a.log(), Now: a.Clock.Now,
		// Mails are there when the answer is.
		ServerlessEnv: true,
		Recipes: []postern.Recipe{
			a.EmailPassword, a.Verification, a.Sessions, a.Roles, a.Metadata, a.Linking,
			multitenancy.New(multitenancy.Config{}), openid.New(openid.Config{}), jwt.New(jwt.Config{}),
		},
	}
	if cfg.Recipes != nil {
		pc.Recipes = append(pc.Recipes, cfg.Recipes(a)...)
	}
	if cfg.App != nil {
		cfg.App(&pc)
	}
	return pc
}

func (a *App) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(a.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// Demo is an application: GET and POST /me answer the user's id to people who
// are signed in, and GET /maybe answers it, or "nobody", to all.
func (a *App) Demo() http.Handler {
	mux := http.NewServeMux()
	who := func(w http.ResponseWriter, r *http.Request) {
		if s := session.FromContext(r.Context()); s != nil {
			fmt.Fprint(w, s.UserID())
			return
		}
		fmt.Fprint(w, "nobody")
	}
	mux.Handle("/me", a.Sessions.Require(who))
	mux.Handle("/maybe", a.Sessions.VerifySession(session.Options{Optional: true}, http.HandlerFunc(who)))
	return mux
}

// Clock is a clock that stands until it is moved.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that shows the time of now.
func NewClock() *Clock { return &Clock{now: time.Now().Truncate(time.Millisecond)} }

// Now returns what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
