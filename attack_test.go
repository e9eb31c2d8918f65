package postern_test

import (
	"crypto/rand"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/recipe/emailpassword"
	"github.com/posternauth/postern/recipe/passwordless"
)

const (
	ada      = "ada@example.com"
	password = "correct horse 1"
)

// proof is a secret that was mailed, and where it is handed in.
type proof struct {
	path   string // behind the tenant
	body   func(secret string) map[string]any
	secret string
	spent  string // the status of a secret that is not good
}

var secretInMail = regexp.MustCompile(`(?:token=|#)([A-Za-z0-9_=-]+)`)

// proofs has one secret of each kind mailed to Ada, who is signed in.
func proofs(t *testing.T, a *authtest.App, b *authtest.Browser) map[string]*proof {
	t.Helper()
	mailed := func() string {
		mail, _ := a.Mail.Last(ada)
		m := secretInMail.FindStringSubmatch(mail.Text)
		if m == nil {
			t.Fatalf("no secret in %q", mail.Text)
		}
		return m[1]
	}
	b.Post("/auth/user/password/reset/token", authtest.Fields("email", ada)).OK()
	reset := &proof{path: "/user/password/reset", secret: mailed(), spent: "RESET_PASSWORD_INVALID_TOKEN_ERROR", body: func(s string) map[string]any {
		body := authtest.Fields("password", "another horse 2")
		body["token"], body["method"] = s, "token"
		return body
	}}
	b.Post("/auth/user/email/verify/token", nil).OK()
	verify := &proof{path: "/user/email/verify", secret: mailed(), spent: "EMAIL_VERIFICATION_INVALID_TOKEN_ERROR", body: func(s string) map[string]any {
		return map[string]any{"method": "token", "token": s}
	}}
	var sent struct{ PreAuthSessionID string }
	a.Browser().Post("/auth/signinup/code", map[string]any{"email": ada}).OK().JSON(&sent)
	link := &proof{path: "/signinup/code/consume", secret: mailed(), spent: "RESTART_FLOW_ERROR", body: func(s string) map[string]any {
		return map[string]any{"preAuthSessionId": sent.PreAuthSessionID, "linkCode": s}
	}}
	return map[string]*proof{"reset": reset, "verification": verify, "link": link}
}

// inOrder are the proofs in an order in which all are good: a reset proves the
// address, which ends the verification.
func inOrder() []string { return []string{"verification", "link", "reset"} }

// appWithProofs starts an app in which Ada has signed up.
func appWithProofs(t *testing.T) (*authtest.App, *authtest.Browser) {
	t.Helper()
	a := authtest.New(t, authtest.Config{
		App: func(c *postern.Config) { c.RateLimits.Disabled = true },
		Recipes: func(a *authtest.App) []postern.Recipe {
			return []postern.Recipe{passwordless.New(passwordless.Config{
				ContactMethod: passwordless.EmailOrPhone, FlowType: passwordless.Link, Email: a.Mail, SMS: a.Mail,
			})}
		},
	})
	if _, err := a.Core.Tenant.CreateOrUpdate(t.Context(), core.TenantSettings{TenantID: "acme"}); err != nil {
		t.Fatal(err)
	}
	b := a.Browser()
	b.SignUp(ada, password)
	return a, b
}

// TestProofsAreBound is row 5 of the security table: what was mailed for one
// purpose, in one tenant and for one address serves for nothing else.
func TestProofsAreBound(t *testing.T) {
	t.Parallel()
	a, b := appWithProofs(t)
	all := proofs(t, a, b)
	for kind, p := range all {
		for other, q := range all {
			if other != kind {
				a.Browser().Post("/auth"+q.path, q.body(p.secret)).Status(q.spent)
			}
		}
		if got := a.Browser().Post("/auth/acme"+p.path, p.body(p.secret)); strings.Contains(got.Text, `"OK"`) {
			t.Errorf("the %s serves in another tenant: %s", kind, got.Text)
		}
	}
	for _, kind := range inOrder() {
		a.Browser().Post("/auth"+all[kind].path, all[kind].body(all[kind].secret)).OK()
		a.Browser().Post("/auth"+all[kind].path, all[kind].body(all[kind].secret)).Status(all[kind].spent)
	}
}

// TestProofsDieWithTheAddress is row 5, too: a new address ends what was
// mailed to the old one.
func TestProofsDieWithTheAddress(t *testing.T) {
	t.Parallel()
	a, b := appWithProofs(t)
	all := proofs(t, a, b)
	var me struct{ User core.User }
	a.Browser().Post("/auth/signin", authtest.Fields("email", ada, "password", password)).OK().JSON(&me)
	change := emailpassword.Change{RecipeUserID: me.User.LoginMethods[0].RecipeUserID, Email: "new@example.com"}
	if err := a.EmailPassword.ChangeEmailOrPassword(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"verification", "reset"} {
		a.Browser().Post("/auth"+all[kind].path, all[kind].body(all[kind].secret)).Status(all[kind].spent)
	}
}

// TestProofsServeOnce is the race of row 5: fifty at once, and one is good.
func TestProofsServeOnce(t *testing.T) {
	t.Parallel()
	a, b := appWithProofs(t)
	all := proofs(t, a, b)
	for _, kind := range inOrder() {
		p := all[kind]
		var mu sync.Mutex
		answers := map[string]int{}
		var wait sync.WaitGroup
		for range 50 {
			c := a.Browser()
			wait.Go(func() {
				got := c.Post("/auth"+p.path, p.body(p.secret))
				var said struct{ Status string }
				got.JSON(&said)
				mu.Lock()
				defer mu.Unlock()
				answers[fmt.Sprint(got.StatusCode, " ", said.Status)]++
			})
		}
		wait.Wait()
		if answers["200 OK"] != 1 || answers["200 "+p.spent] != 49 {
			t.Errorf("fifty at once with the %s: %v", kind, answers)
		}
	}
}

// TestSameTime is row 24: neither content nor time tells whether there is an
// account. Both kinds come in random order, so that what else the machine does
// meets them alike, and Welch's t compares the logarithms.
func TestSameTime(t *testing.T) {
	for name, serverless := range map[string]bool{"function": true, "server": false} {
		t.Run(name, func(t *testing.T) { sameTime(t, serverless) })
	}
}

func sameTime(t *testing.T, serverless bool) {
	a := authtest.New(t, authtest.Config{
		App: func(c *postern.Config) { c.RateLimits.Disabled, c.ServerlessEnv = true, serverless },
		Engine: func(c *engine.Config) {
			c.Passwords.Iterations, c.Passwords.MemoryKiB, c.Passwords.Parallelism = 1, 4096, 1
		},
		Recipes: func(a *authtest.App) []postern.Recipe {
			return []postern.Recipe{passwordless.New(passwordless.Config{
				ContactMethod: passwordless.EmailOrPhone, FlowType: passwordless.CodeAndLink, Email: a.Mail, SMS: a.Mail,
			})}
		},
	})
	a.Browser().SignUp(ada, password)
	a.Browser().Post("/auth/signup", authtest.Fields("email", "eve@example.com", "password", password)).OK()
	for what, ask := range map[string]func(b *authtest.Browser, email string) *authtest.Answer{
		"a sign-in": func(b *authtest.Browser, email string) *authtest.Answer {
			return b.Post("/auth/signin", authtest.Fields("email", email, "password", "wrong horse "+rand.Text()))
		},
		"a reset": func(b *authtest.Browser, email string) *authtest.Answer {
			return b.Post("/auth/user/password/reset/token", authtest.Fields("email", email))
		},
		"a code": func(b *authtest.Browser, email string) *authtest.Answer {
			return b.Post("/auth/signinup/code", map[string]any{"email": email})
		},
	} {
		t.Run(what, func(t *testing.T) {
			compareTimes(t, a, ask)
		})
	}
}

var varying = regexp.MustCompile(`"(?:deviceId|preAuthSessionId)":"[^"]*"`)

func compareTimes(t *testing.T, a *authtest.App, ask func(*authtest.Browser, string) *authtest.Answer) {
	const rounds = 300
	addresses := [2]string{ada, "bob@example.com"}
	b := a.Browser()
	var took [2][]float64
	var said [2]string
	for i := range 2*rounds + 20 {
		kind := mathrand.N(2)
		start := time.Now()
		got := ask(b, addresses[kind])
		d := time.Since(start)
		said[kind] = got.Text
		if i >= 20 { // the first ones find everything cold
			took[kind] = append(took[kind], math.Log(float64(d)))
		}
		if got.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", got.StatusCode, got.Text)
		}
	}
	if known, unknown := varying.ReplaceAllString(said[0], ""), varying.ReplaceAllString(said[1], ""); known != unknown {
		t.Errorf("known: %s\nunknown: %s", known, unknown)
	}
	w, medians := welch(took[0], took[1]), median(took[0])-median(took[1])
	t.Logf("t = %.2f, medians differ by %.1f %%", w, 100*math.Expm1(math.Abs(medians)))
	if math.Abs(w) >= 4.5 {
		t.Errorf("t = %.2f, medians differ by %.1f %%", w, 100*math.Expm1(math.Abs(medians)))
	}
}

// welch is the t of two samples with variances of their own.
func welch(a, b []float64) float64 {
	ma, va := meanAndVariance(a)
	mb, vb := meanAndVariance(b)
	return (ma - mb) / math.Sqrt(va/float64(len(a))+vb/float64(len(b)))
}

func meanAndVariance(xs []float64) (mean, variance float64) {
	for _, x := range xs {
		mean += x / float64(len(xs))
	}
	for _, x := range xs {
		variance += (x - mean) * (x - mean) / float64(len(xs)-1)
	}
	return mean, variance
}

func median(xs []float64) float64 {
	return slices.Sorted(slices.Values(xs))[len(xs)/2]
}
