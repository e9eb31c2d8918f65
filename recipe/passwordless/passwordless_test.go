package passwordless_test

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/accountlinking"
	"github.com/posternauth/postern/recipe/mfa"
	"github.com/posternauth/postern/recipe/passwordless"
	"github.com/posternauth/postern/recipe/session"
)

const (
	email  = "ada@example.com"
	number = "+12025550143"
)

// newApp starts an app in which people sign in without a password.
func newApp(t *testing.T, change func(*passwordless.Config), more ...func(*authtest.Config)) *authtest.App {
	t.Helper()
	cfg := authtest.Config{}
	for _, f := range more {
		f(&cfg)
	}
	others := cfg.Recipes
	cfg.Recipes = func(a *authtest.App) []postern.Recipe {
		pc := passwordless.Config{ContactMethod: passwordless.EmailOrPhone, FlowType: passwordless.CodeAndLink, Email: a.Mail, SMS: a.Mail}
		if change != nil {
			change(&pc)
		}
		recipes := []postern.Recipe{passwordless.New(pc)}
		if others != nil {
			recipes = append(recipes, others(a)...)
		}
		return recipes
	}
	return authtest.New(t, cfg)
}

func linking(answer accountlinking.Answer) func(*authtest.Config) {
	return func(c *authtest.Config) {
		c.Linking.ShouldLink = func(context.Context, accountlinking.Question) (accountlinking.Answer, error) { return answer, nil }
	}
}

// sent is a code that is on its way.
type sent struct {
	DeviceID         string `json:"deviceId"`
	PreAuthSessionID string `json:"preAuthSessionId"`
	FlowType         string `json:"flowType"`
	code, link       string
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

func to(contact string) map[string]any {
	if strings.Contains(contact, "@") {
		return map[string]any{"email": contact}
	}
	return map[string]any{"phoneNumber": contact}
}

// start has a code sent, and reads the mail or the message.
func start(t *testing.T, a *authtest.App, b *authtest.Browser, contact string) sent {
	t.Helper()
	var s sent
	b.Post("/auth/signinup/code", to(contact)).OK().JSON(&s)
	return read(t, a, s, contact)
}

func read(t *testing.T, a *authtest.App, s sent, contact string) sent {
	t.Helper()
	m, ok := a.Mail.Last(contact)
	if !ok || m.SMS == strings.Contains(contact, "@") {
		t.Fatalf("%s got %+v", contact, m)
	}
	s.code = sixDigits.FindString(m.Text)
	if _, fragment, found := strings.Cut(m.Text, "#"); found {
		s.link, _, _ = strings.Cut(strings.Fields(fragment)[0], " ")
	}
	return s
}

func (s sent) withCode(code string) map[string]any {
	return map[string]any{"preAuthSessionId": s.PreAuthSessionID, "deviceId": s.DeviceID, "userInputCode": code}
}

func (s sent) withLink() map[string]any {
	return map[string]any{"preAuthSessionId": s.PreAuthSessionID, "linkCode": s.link}
}

const consume = "/auth/signinup/code/consume"

// wrong is a code that is not right.
func (s sent) wrong() string {
	if s.code == "000000" {
		return "000001"
	}
	return "000000"
}

// TestSignIn signs up and in by each kind of contact and of message.
func TestSignIn(t *testing.T) {
	t.Parallel()
	for _, contact := range []string{email, number} {
		for _, flow := range []passwordless.FlowType{passwordless.Code, passwordless.Link, passwordless.CodeAndLink} {
			t.Run(contact+" "+string(flow), func(t *testing.T) {
				t.Parallel()
				a := newApp(t, func(c *passwordless.Config) { c.FlowType = flow })
				b := a.Browser()
				s := start(t, a, b, contact)
				if s.FlowType != string(flow) || (s.code != "") != (flow != passwordless.Link) || (s.link != "") != (flow != passwordless.Code) {
					t.Fatalf("sent %+v", s)
				}
				body := s.withLink()
				if flow == passwordless.Code {
					body = s.withCode(s.code)
				}
				var first, again struct {
					CreatedNewRecipeUser bool
					User                 core.User
				}
				b.Post(consume, body).OK().JSON(&first)
				b.Get("/me").Want(200)
				m := first.User.LoginMethods[0]
				if !first.CreatedNewRecipeUser || m.RecipeID != "passwordless" || m.Email+m.PhoneNumber != contact || m.Verified != (contact == email) {
					t.Errorf("signed up: %+v", first)
				}
				b.Post(consume, body).Status("RESTART_FLOW_ERROR") // once
				b = a.Browser()
				s = start(t, a, b, contact)
				body = s.withLink()
				if flow != passwordless.Link {
					body = s.withCode(s.code)
				}
				b.Post(consume, body).OK().JSON(&again)
				if again.CreatedNewRecipeUser || again.User.ID != first.User.ID {
					t.Errorf("signed in again: %+v", again)
				}
			})
		}
	}
}

// TestContacts reads addresses and numbers as people write them.
func TestContacts(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *passwordless.Config) { c.PhoneRegions = []string{"US", "CH"} })
	for given, want := range map[string]string{
		"  ada@example.com ": email, "+1 (202) 555-0143": number, "+41 44 668 18 00": "+41446681800",
	} {
		a.Browser().Post("/auth/signinup/code", to(given)).OK()
		if _, ok := a.Mail.Last(want); !ok {
			t.Errorf("%q does not reach %s", given, want)
		}
	}
	for body, says := range map[string]string{
		`{"email":"ada"}`:                     `"GENERAL_ERROR","message":"Email is invalid"`,
		`{"phoneNumber":"12"}`:                `"GENERAL_ERROR","message":"Phone number is invalid"`,
		`{"phoneNumber":"044 668 18 00"}`:     `"message":"Phone number is invalid"`,
		`{"phoneNumber":"+33 1 44 27 00 00"}`: `"message":"Messages are not sent to this country`,
		`{}`:                                  "Please provide exactly one of email or phoneNumber",
		`{"email":"a@b.co","phoneNumber":"` + number + `"}`: "Please provide exactly one of email or phoneNumber",
		`{"email":1}`:                        "email must not be a JSON number",
		`{"phoneNumber":["` + number + `"]}`: "phoneNumber must not be a JSON array",
	} {
		if answer := a.Browser().Post("/auth/signinup/code", body); !strings.Contains(answer.Text, says) {
			t.Errorf("%s: %d %s", body, answer.StatusCode, answer.Text)
		}
	}
	onlyMail := newApp(t, func(c *passwordless.Config) { c.ContactMethod = passwordless.Email })
	onlyMail.Browser().Post("/auth/signinup/code", to(number)).Want(400).Has(`Please provide an email since you have set the contactMethod to \"EMAIL\"`)
	onlyPhone := newApp(t, func(c *passwordless.Config) { c.ContactMethod = passwordless.Phone })
	onlyPhone.Browser().Post("/auth/signinup/code", to(email)).Want(400).Has(`Please provide a phoneNumber since you have set the contactMethod to \"PHONE\"`)
}

func TestConsumeRefuses(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	b := a.Browser()
	s, other := start(t, a, b, email), start(t, a, b, number)
	for body, says := range map[string]string{
		`{}`:                       "Please provide preAuthSessionId",
		`{"preAuthSessionId":"x"}`: "Please provide one of (linkCode) or (deviceId+userInputCode) and not both",
		`{"preAuthSessionId":"x","linkCode":"l","deviceId":"d"}`: "and not both",
		`{"preAuthSessionId":"x","deviceId":"d"}`:                "Please provide both deviceId and userInputCode",
		`{"preAuthSessionId":"x","userInputCode":"1"}`:           "Please provide both deviceId and userInputCode",
		`{"preAuthSessionId":1}`:                                 "preAuthSessionId must not be a JSON number",
	} {
		b.Post(consume, body).Want(400).Has(says)
	}
	b.Post(consume, map[string]any{"preAuthSessionId": "unknown", "linkCode": s.link}).Status("RESTART_FLOW_ERROR")
	mixed := s.withCode(s.code)
	mixed["deviceId"] = other.DeviceID
	b.Post(consume, mixed).Status("RESTART_FLOW_ERROR")
	mixed = other.withLink()
	mixed["linkCode"] = s.link
	b.Post(consume, mixed).Status("RESTART_FLOW_ERROR")
	b.Post(consume, s.withCode(s.wrong())).Status("INCORRECT_USER_INPUT_CODE_ERROR").Has(`"failedCodeInputAttemptCount":1,"maximumCodeInputAttempts":5`)
	a.Clock.Advance(16 * time.Minute)
	b.Post(consume, s.withCode(s.code)).Status("EXPIRED_USER_INPUT_CODE_ERROR")
	b.Post(consume, s.withLink()).Status("RESTART_FLOW_ERROR")
	if b.SignedIn() {
		t.Error("signed in")
	}
}

func TestResend(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	b := a.Browser()
	s := start(t, a, b, email)
	resend := func(body map[string]any) *authtest.Answer { return b.Post("/auth/signinup/code/resend", body) }
	resend(map[string]any{"deviceId": s.DeviceID}).Want(400).Has("Please provide preAuthSessionId")
	resend(map[string]any{"preAuthSessionId": s.PreAuthSessionID}).Want(400).Has("Please provide a deviceId")
	resend(map[string]any{"deviceId": s.DeviceID, "preAuthSessionId": "of another device"}).Status("RESTART_FLOW_ERROR")
	resend(map[string]any{"deviceId": "AAAA", "preAuthSessionId": s.PreAuthSessionID}).Status("RESTART_FLOW_ERROR")
	resend(map[string]any{"deviceId": "no base64!", "preAuthSessionId": s.PreAuthSessionID}).Status("RESTART_FLOW_ERROR")
	resend(map[string]any{"deviceId": s.DeviceID, "preAuthSessionId": s.PreAuthSessionID}).OK()
	second := read(t, a, s, email)
	if second.code == s.code {
		t.Error("the same code is sent again")
	}
	b.Post(consume, s.withCode(s.code)).OK() // both are good
}

// TestOwnCodes uses codes that the application makes.
func TestOwnCodes(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *passwordless.Config) {
		c.UserInputCode = func(context.Context, string) (core.Secret, error) { return "123456", nil }
	})
	b := a.Browser()
	s := start(t, a, b, email)
	if s.code != "123456" {
		t.Errorf("the code is %q", s.code)
	}
	b.Post("/auth/signinup/code/resend", map[string]any{"deviceId": s.DeviceID, "preAuthSessionId": s.PreAuthSessionID}).Status("GENERAL_ERROR").Has("Failed to generate a one time code. Please try again")
}

func TestExists(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	for _, contact := range []string{email, number} {
		b := a.Browser()
		s := start(t, a, b, contact)
		b.Post(consume, s.withCode(s.code)).OK()
	}
	for path, want := range map[string]string{
		"/auth/passwordless/email/exists?email=ADA%40example.com":                `"exists":true`,
		"/auth/passwordless/email/exists?email=bob%40example.com":                `"exists":false`,
		"/auth/passwordless/email/exists?email=":                                 `"exists":false`,
		"/auth/passwordless/phonenumber/exists?phoneNumber=%2B1+202+555+0143":    `"exists":true`,
		"/auth/passwordless/phonenumber/exists?phoneNumber=%2B41446681800":       `"exists":false`,
		"/auth/signup/phonenumber/exists?phoneNumber=" + url.QueryEscape(number): `"exists":true`,
	} {
		a.Browser().Get(path).OK().Has(want)
	}
	a.Browser().Get("/auth/passwordless/email/exists").Want(400).Has("Please provide the email as a GET param")
	a.Browser().Get("/auth/passwordless/phonenumber/exists").Want(400).Has("Please provide the phoneNumber as a GET param")
	b := a.Browser()
	b.Headers.Set("rid", "passwordless")
	b.Get("/auth/signup/email/exists?email=ada%40example.com").OK().Has(`"exists":true`)
	b.Headers.Set("rid", "emailpassword")
	b.Get("/auth/signup/email/exists?email=ada%40example.com").OK().Has(`"exists":false`)
}

// TestShapes are the answers that older clients read.
func TestShapes(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	for version, want := range map[string][]string{
		"1.17": {`"user":{"id":`, `"email":"ada@example.com"}`, `"createdNewUser":`, `"createdNewRecipeUser":`},
		"2.0":  {`"createdNewUser":`},
		"3.0":  {`"loginMethods":[`, `"createdNewRecipeUser":`},
	} {
		b := a.Browser()
		b.Headers.Set("fdi-version", version)
		s := start(t, a, b, email)
		b.Post(consume, s.withCode(s.code)).OK().Has(want...)
		a.Clock.Advance(10 * time.Minute)
	}
}

// TestFirstFactorsChooseTheFlow sends only what the tenant lets people begin
// with.
func TestFirstFactorsChooseTheFlow(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	set := func(factors ...string) {
		t.Helper()
		if _, err := a.Core.Tenant.CreateOrUpdate(t.Context(), core.TenantSettings{TenantID: core.Public, FirstFactors: op.Some(factors)}); err != nil {
			t.Fatal(err)
		}
	}
	set("otp-email")
	s := start(t, a, a.Browser(), email)
	if s.FlowType != "USER_INPUT_CODE" || s.link != "" {
		t.Errorf("sent %+v", s)
	}
	set("link-email")
	if s := start(t, a, a.Browser(), email); s.FlowType != "MAGIC_LINK" || s.code != "" {
		t.Errorf("sent %+v", s)
	}
	a.Browser().Post(consume, s.withCode(s.code)).Want(401)
	set("emailpassword")
	a.Browser().Post("/auth/signinup/code", to(email)).Want(401)
	set("otp-phone")
	a.Browser().Post("/auth/signinup/code", to(email)).Want(401)
	start(t, a, a.Browser(), number)
}

// TestLinking is FDI §4.4 under the policies of account linking.
func TestLinking(t *testing.T) {
	t.Parallel()
	const password = "correct horse 1"
	t.Run("off", func(t *testing.T) {
		t.Parallel()
		a := newApp(t, nil)
		id := a.Browser().SignUp(email, password)
		b := a.Browser()
		s := start(t, a, b, email)
		b.Post(consume, s.withCode(s.code)).OK()
		if b.Payload()["sub"] == id {
			t.Error("the accounts are linked")
		}
	})
	t.Run("on, both proved", func(t *testing.T) {
		t.Parallel()
		a := newApp(t, nil, linking(accountlinking.Answer{Link: true}))
		id := a.Browser().SignUp(email, password)
		if err := a.Verification.ProveAddress(t.Context(), core.Public, id, email); err != nil {
			t.Fatal(err)
		}
		b := a.Browser()
		s := start(t, a, b, email)
		b.Post(consume, s.withCode(s.code)).OK()
		if b.Payload()["sub"] != id {
			t.Error("the accounts are not linked")
		}
	})
	t.Run("on, a primary user who has not proved it", func(t *testing.T) {
		t.Parallel()
		a := newApp(t, nil, linking(accountlinking.Answer{Link: true}))
		id := a.Browser().SignUp(email, password)
		if _, err := a.Core.AccountLinking.MakePrimary(t.Context(), core.PrimaryCheck{RecipeUserID: id}); err != nil {
			t.Fatal(err)
		}
		b := a.Browser()
		s := start(t, a, b, email)
		b.Post(consume, s.withCode(s.code)).OK()
		if b.Payload()["sub"] == id {
			t.Error("the accounts are linked")
		}
		a.Browser().Post("/auth/signin", authtest.Fields("email", email, "password", password)).Status("WRONG_CREDENTIALS_ERROR")
	})
	t.Run("on, an unproved password beside", func(t *testing.T) {
		t.Parallel()
		a := newApp(t, nil, linking(accountlinking.Answer{Link: true}))
		intruder := a.Browser()
		intruder.SignUp(email, password)
		b := a.Browser()
		s := start(t, a, b, email)
		b.Post(consume, s.withCode(s.code)).OK()
		intruder.RefreshSession().Want(401)
		a.Browser().Post("/auth/signin", authtest.Fields("email", email, "password", password)).Status("WRONG_CREDENTIALS_ERROR")
	})
}

// TestSecondFactor completes a sign-in by a code to an address or a number.
func TestSecondFactor(t *testing.T) {
	t.Parallel()
	const password = "correct horse 1"
	for factor, contact := range map[string]string{"otp-email": email, "otp-phone": number} {
		t.Run(factor, func(t *testing.T) {
			t.Parallel()
			factors := mfa.New(mfa.Config{})
			a := newApp(t, nil, linking(accountlinking.Answer{Link: true, WithoutProof: true}), func(c *authtest.Config) {
				c.Recipes = func(*authtest.App) []postern.Recipe { return []postern.Recipe{factors} }
			})
			id := a.Browser().SignUp(email, password)
			if err := factors.RequireFactor(t.Context(), id, factor); err != nil {
				t.Fatal(err)
			}
			b := a.Browser()
			b.SignIn(email, password)
			b.Get("/me").Want(403)
			var info struct {
				Factors              struct{ Next, AllowedToSetup []string }
				Emails, PhoneNumbers map[string][]string
			}
			b.Do("PUT", "/auth/mfa/info", "").OK().JSON(&info)
			if len(info.Factors.Next) != 1 || info.Factors.Next[0] != factor || len(info.Emails["otp-email"]) != 1 || info.Emails["otp-email"][0] != email {
				t.Errorf("info is %+v", info)
			}
			body := to(contact)
			body["shouldTryLinkingWithSessionUser"] = true
			var s sent
			b.Post("/auth/signinup/code", body).OK().JSON(&s)
			s = read(t, a, s, contact)
			if s.FlowType != "USER_INPUT_CODE" || s.link != "" {
				t.Errorf("sent %+v", s)
			}
			handle := b.Payload()["sessionHandle"]
			body = s.withCode(s.wrong())
			body["shouldTryLinkingWithSessionUser"] = true
			b.Post(consume, body).Status("INCORRECT_USER_INPUT_CODE_ERROR").Has(`"failedCodeInputAttemptCount":1`)
			b.Get("/me").Want(403)
			body["userInputCode"] = s.code
			b.Post(consume, body).OK()
			b.Get("/me").Want(200)
			if b.Payload()["sessionHandle"] != handle || b.Payload()["sub"] != id {
				t.Errorf("the session is %v", b.Payload())
			}
			// The next time it is set up, and no other may be added without it.
			b = a.Browser()
			b.SignIn(email, password)
			other := to("other@example.com")
			other["shouldTryLinkingWithSessionUser"] = true
			b.Post("/auth/signinup/code", other).Want(403)
		})
	}
}

// TestCodeProvesTheSessionsAddress uses a mailed code to prove the address
// that somebody has signed up with.
func TestCodeProvesTheSessionsAddress(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil, linking(accountlinking.Answer{Link: true, WithoutProof: true}))
	b := a.Browser()
	id := b.SignUp(email, "correct horse 1")
	body := to(email)
	body["shouldTryLinkingWithSessionUser"] = true
	var s sent
	b.Post("/auth/signinup/code", body).OK().JSON(&s)
	s = read(t, a, s, email)
	body = s.withCode(s.code)
	body["shouldTryLinkingWithSessionUser"] = true
	b.Post(consume, body).OK()
	if ok, err := a.Verification.AddressProved(t.Context(), id, email); err != nil || !ok {
		t.Errorf("the address is proved: %v, %v", ok, err)
	}
}

// TestMultiplication is row 26 of the security table: many devices give no
// more guesses, and no more messages.
func TestMultiplication(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	var guesses, refused int
	for range 100 {
		b := a.Browser()
		answer := b.Post("/auth/signinup/code", to(number))
		if answer.StatusCode == 429 {
			if answer.Header.Get("Retry-After") == "" {
				t.Error("there is no Retry-After")
			}
			refused++
		} else {
			var s sent
			answer.OK().JSON(&s)
			s = read(t, a, s, number)
			for range 5 {
				if strings.Contains(b.Post(consume, s.withCode(s.wrong())).Text, "_USER_INPUT_CODE_ERROR") {
					guesses++
				}
			}
		}
		a.Clock.Advance(36 * time.Second) // a hundred in an hour
	}
	messages := 0
	for _, m := range a.Mail.Messages() {
		if m.SMS {
			messages++
		}
	}
	if messages > 5 || guesses > 10 || refused < 90 {
		t.Errorf("%d messages, %d guesses, %d refused", messages, guesses, refused)
	}
}

// TestLinkIsNoGuess: who guesses codes of somebody shuts nobody out who has the
// mail.
func TestLinkIsNoGuess(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	const email = "owner@example.com"
	limited := false
	var s sent
	for range 2 {
		b := a.Browser()
		b.Post("/auth/signinup/code", to(email)).OK().JSON(&s)
		s = read(t, a, s, email)
		for range 5 {
			limited = b.Post(consume, s.withCode(s.wrong())).StatusCode == 429 || limited
		}
	}
	if !limited {
		t.Fatal("nobody was limited")
	}
	owner := a.Browser()
	owner.Post("/auth/signinup/code", to(email)).OK().JSON(&s)
	s = read(t, a, s, email)
	owner.Post(consume, s.withLink()).OK()
}

// TestRace uses one code many times at once.
func TestRace(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil, func(c *authtest.Config) {
		c.App = func(pc *postern.Config) { pc.RateLimits.Disabled = true }
	})
	s := start(t, a, a.Browser(), email)
	var ok atomic.Int64
	var wait sync.WaitGroup
	for range 30 {
		b := a.Browser()
		wait.Go(func() {
			if strings.Contains(b.Post(consume, s.withLink()).Text, `"OK"`) {
				ok.Add(1)
			}
		})
	}
	wait.Wait()
	if ok.Load() != 1 {
		t.Errorf("the link served %d times", ok.Load())
	}
}

// failing sends nothing.
type failing struct{ err error }

func (f failing) Send(context.Context, delivery.Email) error    { return f.err }
func (f failing) SendText(context.Context, delivery.Text) error { return f.err }

// TestDeliveryFails tells the person when nothing can be sent.
func TestDeliveryFails(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *passwordless.Config) {
		down := failing{&core.Unavailable{Err: errors.New("no route")}}
		c.Email, c.SMS = down, down
	})
	for _, contact := range []string{email, number} {
		if answer := a.Browser().Post("/auth/signinup/code", to(contact)).Want(503); answer.Header.Get("Retry-After") == "" || strings.Contains(answer.Text, "no route") {
			t.Errorf("%v %s", answer.Header, answer.Text)
		}
	}
}

// TestFunctions are what a backend can do by itself.
func TestFunctions(t *testing.T) {
	t.Parallel()
	a := newApp(t, nil)
	r, err := postern.Need[*passwordless.Recipe](a.App)
	if err != nil {
		t.Fatal(err)
	}
	link, err := r.MagicLink(t.Context(), core.Public, passwordless.Contact{Email: email})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(string(link))
	if err != nil || !strings.HasPrefix(string(link), a.URL+"/auth/verify?") || u.Query().Get("tenantId") != "public" {
		t.Fatalf("the link is %s: %v", string(link), err)
	}
	b := a.Browser()
	b.Post(consume, map[string]any{"preAuthSessionId": u.Query().Get("preAuthSessionId"), "linkCode": u.Fragment}).OK()
	out, err := r.SignInUp(t.Context(), core.Public, passwordless.Contact{Email: email})
	if err != nil || out.CreatedNewUser || out.User.ID != b.Payload()["sub"] {
		t.Errorf("%+v: %v", out, err)
	}
}

func TestBadConfig(t *testing.T) {
	t.Parallel()
	box := new(delivery.Outbox)
	for says, cfg := range map[string]passwordless.Config{
		"ContactMethod: \"\"":    {FlowType: passwordless.Code, Email: box, SMS: box},
		"FlowType: \"FAX\"":      {ContactMethod: passwordless.Email, FlowType: "FAX", Email: box},
		"Email: is missing":      {ContactMethod: passwordless.EmailOrPhone, FlowType: passwordless.Code, SMS: box},
		"SMS: is missing":        {ContactMethod: passwordless.Phone, FlowType: passwordless.Code},
		"PhoneRegions[0]: \"x\"": {ContactMethod: passwordless.Phone, FlowType: passwordless.Code, SMS: box, PhoneRegions: []string{"x"}},
	} {
		_, err := postern.New(postern.Config{
			App:  postern.AppInfo{Name: "Test", APIDomain: "https://api.example.com", WebsiteDomain: "https://example.com"},
			Core: &core.Core{}, Recipes: []postern.Recipe{session.New(session.Config{}), passwordless.New(cfg)},
		})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want one that says %q", err, says)
		}
	}
}

// TestContactOfTheSessionsTenant adds an address in the session of one tenant, on
// the path of another: which addresses are good is for the session's to say.
func TestContactOfTheSessionsTenant(t *testing.T) {
	t.Parallel()
	a := newApp(t, func(c *passwordless.Config) {
		c.ValidateEmail = func(_ context.Context, email, tenantID string) string {
			if tenantID == "acme" && !strings.HasSuffix(email, "@acme.example") {
				return "Only addresses of Acme"
			}
			return ""
		}
	}, linking(accountlinking.Answer{Link: true, WithoutProof: true}))
	_, err := a.Core.Tenant.CreateOrUpdate(t.Context(), core.TenantSettings{TenantID: "acme", FirstFactors: op.Some([]string{"emailpassword", "otp-email"})})
	if err != nil {
		t.Fatal(err)
	}
	b := a.Browser()
	b.Post("/auth/acme/signup", authtest.Fields("email", "ada@acme.example", "password", "correct horse 1")).OK()
	b.Post("/auth/signinup/code", map[string]any{"email": "ada@example.com", "shouldTryLinkingWithSessionUser": true}).
		Status("GENERAL_ERROR").Has("Only addresses of Acme")
}
