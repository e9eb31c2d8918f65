package postern_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/passwordless"
)

// lockedBuffer is a log that many write to.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// canaries are secrets that must not turn up where they do not belong.
type canaries map[string]string

// add notes the secrets of an answer: tokens in headers, cookies and body.
func (c canaries) add(a *authtest.Answer) {
	for _, name := range []string{"St-Access-Token", "St-Refresh-Token"} {
		if token := a.Header.Get(name); token != "" {
			c[token] = name
		}
	}
	var body map[string]any
	if json.Unmarshal([]byte(a.Text), &body) != nil {
		return
	}
	for _, name := range []string{"deviceId", "userInputCode", "linkCode", "secret"} {
		if text, _ := body[name].(string); text != "" {
			c[text] = name
		}
	}
}

// TestNoSecretsInLogs takes an app at DEBUG through everything that has a
// secret, with answers that are good and bad, and looks for it in the log.
func TestNoSecretsInLogs(t *testing.T) {
	t.Parallel()
	log := new(lockedBuffer)
	debug := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	a := authtest.New(t, authtest.Config{
		App: func(c *postern.Config) {
			c.RateLimits.Disabled = true
			c.Log = debug
		},
		Engine: func(c *engine.Config) { c.Log, c.MasterKey = debug, "canary-master-key-0123456789abcdef" },
		Recipes: func(a *authtest.App) []postern.Recipe {
			return []postern.Recipe{passwordless.New(passwordless.Config{
				ContactMethod: passwordless.EmailOrPhone, FlowType: passwordless.CodeAndLink, Email: a.Mail, SMS: a.Mail,
			})}
		},
	})
	secrets := canaries{"canary-master-key-0123456789abcdef": "the master key"}
	type pair struct{ right, wrong string }
	passwords := pair{"canary horse 1", "canary mistake 2"}
	secrets[passwords.right], secrets[passwords.wrong] = "a password", "a wrong password"

	b := a.Browser()
	b.Mode = "header"
	post := func(path string, body any) *authtest.Answer {
		got := b.Post("/auth"+path, body)
		secrets.add(got)
		return got
	}
	post("/signup", authtest.Fields("email", ada, "password", passwords.right)).OK()
	post("/signin", authtest.Fields("email", ada, "password", passwords.wrong))
	post("/signin", authtest.Fields("email", ada, "password", passwords.right)).OK()
	post("/signin", map[string]any{"formFields": passwords.right})
	post("/signin", authtest.Fields("email", passwords.right, "password", ada))
	secrets.add(b.RefreshSession())
	for kind, p := range proofs(t, a, b) {
		secrets[p.secret] = "a mailed " + kind
		post(p.path, p.body(p.secret+"x"))
		post(p.path, p.body(p.secret))
		post(p.path, p.body(p.secret)) // spent
	}
	post("/signinup/code", map[string]any{"email": ada}).OK()
	b.Get("/me")
	for _, f := range op.Fields(a.Core, "cdi") { // every operation, with a secret where it takes a text
		_, _ = f.Call(t.Context(), func(in any) error {
			return json.Unmarshal([]byte(`{"password":"canary horse 1","newPassword":"canary horse 1","token":"canary horse 1","totp":"canary horse 1","secretKey":"canary horse 1","passwordHash":"canary horse 1","userId":"u","email":"a@example.com"}`), in)
		})
	}
	if _, err := a.Core.Session.Refresh(t.Context(), core.RefreshSession{RefreshToken: "canary horse 1"}); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("an error with a secret: %v", err)
	}
	text := log.String()
	for secret, what := range secrets {
		if len(secret) >= 8 && strings.Contains(text, secret) {
			t.Errorf("%s is in the log", what)
		}
	}
	if len(secrets) < 10 {
		t.Errorf("only %d secrets were made", len(secrets))
	}
}
