package postern_test

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/core"
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
		c := a.Browser()
		if kind == "verification" { // of who is signed in: a stranger's disarms the account, and ends the reset
			c = b
		}
		c.Post("/auth"+all[kind].path, all[kind].body(all[kind].secret)).OK()
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
	for _, kind := range inOrder() {
		a, b := appWithProofs(t) // a stranger's verification ends the reset
		p := proofs(t, a, b)[kind]
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

// TestMailGoesToTheAccount: what is mailed for an account goes to the address
// that it has, and not to one that only looks alike.
func TestMailGoesToTheAccount(t *testing.T) {
	t.Parallel()
	a, _ := appWithProofs(t)
	a.Browser().SignUp("mike@example.com", password)
	const alike = "mi\u212Ae@example.com" // with the Kelvin sign
	for name, call := range map[string]func(){
		"a reset":        func() { a.Browser().Post("/auth/user/password/reset/token", authtest.Fields("email", alike)).OK() },
		"a sign-in link": func() { a.Browser().Post("/auth/signinup/code", map[string]any{"email": alike}).OK() },
	} {
		before := len(a.Mail.Messages())
		call()
		sent := a.Mail.Messages()
		if len(sent) != before+1 || sent[0].To != "mike@example.com" && sent[len(sent)-1].To != "mike@example.com" {
			t.Errorf("%s is mailed to %+q", name, sent[0].To)
		}
	}
}
