package emailpassword_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/internal/testdb"
	"github.com/posternauth/postern/recipe/emailpassword"
	"github.com/posternauth/postern/recipe/session"
)

const (
	email    = "ada@example.com"
	password = "correct horse 1"
)

func fieldErrors(pairs ...string) string {
	list := make([]map[string]string, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, map[string]string{"id": pairs[i], "error": pairs[i+1]})
	}
	b, _ := json.Marshal(list)
	return string(b)
}

func wantFieldErrors(t *testing.T, a *authtest.Answer, pairs ...string) {
	t.Helper()
	var got struct {
		FormFields []map[string]string `json:"formFields"`
	}
	a.Status("FIELD_ERROR").JSON(&got)
	b, _ := json.Marshal(got.FormFields)
	if string(b) != fieldErrors(pairs...) {
		t.Errorf("got  %s\nwant %s", b, fieldErrors(pairs...))
	}
}

// TestStory is a person's: sign up, sign out, sign in, forget the password,
// set a new one.
func TestStory(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		a := authtest.New(t, authtest.Config{Database: uri})
		b := a.Browser()
		id := b.SignUp("  Ada@Example.com ", password)
		if got := b.Get("/me").Want(200).Text; got != id {
			t.Fatalf("signed in as %q, want %q", got, id)
		}
		b.Post("/auth/signout", nil).OK()
		b.Get("/me").Want(401)
		b.Post("/auth/signin", authtest.Fields("email", email, "password", "wrong horse 1")).Status("WRONG_CREDENTIALS_ERROR")
		if got := b.SignIn(email, password); got != id {
			t.Fatalf("signed in as %q, want %q", got, id)
		}

		token := resetToken(t, a)
		c := a.Browser()
		form := authtest.Fields("password", "another horse 2")
		form["token"], form["method"] = token, "token"
		c.Post("/auth/user/password/reset", form).OK()
		c.Post("/auth/user/password/reset", form).Status("RESET_PASSWORD_INVALID_TOKEN_ERROR")
		c.Post("/auth/signin", authtest.Fields("email", email, "password", password)).Status("WRONG_CREDENTIALS_ERROR")
		c.SignIn(email, "another horse 2")
		b.RefreshSession().Want(401)
		user, err := a.Core.User.ByID(t.Context(), core.UserByID{UserID: id})
		if err != nil || !user.User.LoginMethods[0].Verified {
			t.Errorf("the reset did not prove the address: %+v, %v", user, err)
		}
	})
}

var tokenInLink = regexp.MustCompile(`https?://[^\s"]+/auth/reset-password\?token=([A-Za-z0-9_-]+)&tenantId=public`)

// resetToken asks for a mail and returns the token in it.
func resetToken(t *testing.T, a *authtest.App) string {
	t.Helper()
	a.Browser().Post("/auth/user/password/reset/token", authtest.Fields("email", email)).OK()
	mail, ok := a.Mail.Last(email)
	if !ok {
		t.Fatal("no mail came")
	}
	m := tokenInLink.FindStringSubmatch(mail.Text)
	if m == nil {
		t.Fatalf("no link in %s", mail.Text)
	}
	return m[1]
}

// TestFields is the table of what forms answer (FDI §4.2).
func TestFields(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{EmailPassword: emailpassword.Config{
		SignUpFields: []emailpassword.Field{
			{ID: "name"},
			{ID: "age", Optional: true, Validate: func(_ context.Context, v any, _ string) string {
				if n, ok := v.(float64); !ok || n < 18 {
					return "You must be 18"
				}
				return ""
			}},
		},
	}})
	b := a.Browser()
	b.Post("/auth/signup", authtest.Fields("email", "taken@example.com", "password", password, "name", "T")).OK()
	bad := func(body, message string) {
		t.Helper()
		got := b.Do("POST", "/auth/signup", body).Want(400).Text
		want, _ := json.Marshal(map[string]string{"message": message})
		if got != string(want) {
			t.Errorf("%.60s answers %s, want %s", body, got, want)
		}
	}
	bad(`{}`, "Missing input param: formFields")
	bad(``, "Missing input param: formFields")
	bad(`{"formFields":"x"}`, "formFields must be an array")
	bad(`{"formFields":null}`, "formFields must be an array")
	bad(`{"formFields":["x"]}`, "All elements of formFields must be an object")
	bad(`{"formFields":[{"id":"email"}]}`, "All elements of formFields must contain an 'id' and 'value' field")
	bad(`{"formFields":[{"id":1,"value":"x"}]}`, "All elements of formFields must contain an 'id' and 'value' field")
	bad(`{"formFields":[{"id":"email","value":1}]}`, "email value must be a string")
	bad(`{"formFields":[{"id":"password","value":{}}]}`, "password value must be a string")
	bad(`{"formFields":[{"id":"a","value":1},{"id":"b","value":1},{"id":"c","value":1},{"id":"d","value":1},{"id":"e","value":1}]}`, "Are you sending too many formFields?")

	signUp := func(email, password, name string, more ...string) *authtest.Answer {
		return b.Post("/auth/signup", authtest.Fields(append([]string{"email", email, "password", password, "name", name}, more...)...))
	}
	wantFieldErrors(t, signUp("", "", ""), "name", "Field is not optional", "password", "Field is not optional", "email", "Field is not optional")
	wantFieldErrors(t, signUp("nobody", password, "N"), "email", "Email is invalid")
	wantFieldErrors(t, signUp("a@localhost", password, "N"), "email", "Email is invalid")
	wantFieldErrors(t, signUp("a@x@y.com", password, "N"), "email", "Email is invalid")
	wantFieldErrors(t, signUp(email, "short1", "N"), "password", "Password must contain at least 8 characters, including a number")
	wantFieldErrors(t, signUp(email, "horse horse", "N"), "password", "Password must contain at least one number")
	wantFieldErrors(t, signUp(email, "12345678", "N"), "password", "Password must contain at least one alphabet")
	wantFieldErrors(t, signUp(email, strings.Repeat("x1", 50), "N"), "password", "Password's length must be lesser than 100 characters")
	wantFieldErrors(t, signUp(email, "Password123", "N"), "password", "This password is among those that are tried first. Please choose another one")
	wantFieldErrors(t, signUp(" TAKEN@example.com", password, "N"), "email", "This email already exists. Please sign in instead.")
	wantFieldErrors(t, signUp("x@stfakeemail.supertokens.com", password, "N"), "email", "This email already exists. Please sign in instead.")
	b.Do("POST", "/auth/signup", `{"formFields":[{"id":"email","value":"c@example.com"},{"id":"password","value":"correct horse 1"},{"id":"name","value":"C"},{"id":"age","value":17}]}`).Has("You must be 18")
	signUp(email, password, "N").OK()

	wantFieldErrors(t, b.Post("/auth/signin", authtest.Fields("email", "nobody", "password", "x")), "email", "Email is invalid")
	b.Post("/auth/signin", authtest.Fields("email", "nobody@example.com", "password", "x")).Status("WRONG_CREDENTIALS_ERROR")
	b.Post("/auth/signin", authtest.Fields("email", email, "password", strings.Repeat("x", 2000))).Status("WRONG_CREDENTIALS_ERROR")
}

func TestEmailExists(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{})
	b := a.Browser()
	b.SignUp(email, password)
	for _, path := range []string{"/auth/emailpassword/email/exists", "/auth/signup/email/exists", "/auth/public/signup/email/exists", "/auth/emailpassword/email/exists/"} {
		if got := b.Get(path + "?email=ADA%40example.com").OK().Text; got != `{"status":"OK","exists":true}` {
			t.Errorf("%s: %s", path, got)
		}
		if got := b.Get(path + "?email=bob%40example.com").OK().Text; got != `{"status":"OK","exists":false}` {
			t.Errorf("%s: %s", path, got)
		}
		b.Get(path).Want(400).Has("Please provide the email as a GET param")
	}
}

// TestUserShapes holds the shape of users by version (FDI §2.2).
func TestUserShapes(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{})
	id := a.Browser().SignUp(email, password)
	for version, legacy := range map[string]bool{
		"1.16": true, "1.17": true, "2.0": true,
		"1.18": false, "1.19": false, "3.0": false, "3.1": false, "4.2": false, "1.17, 3.1,4.0": false, "": false,
	} {
		b := a.Browser()
		b.Headers.Set("fdi-version", version)
		var got struct{ User map[string]any }
		b.Post("/auth/signin", authtest.Fields("email", email, "password", password)).OK().JSON(&got)
		_, methods := got.User["loginMethods"]
		if got.User["id"] != id || methods == legacy || legacy && got.User["email"] != email {
			t.Errorf("version %q: %v", version, got.User)
		}
		if keys := len(got.User); legacy && keys != 3 {
			t.Errorf("version %q: %d keys in %v", version, keys, got.User)
		}
	}
}

// TestResetSaysNothing holds that a request for a reset does not tell whether
// there is an account, and that the link's website comes from the
// configuration alone.
func TestResetSaysNothing(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{})
	a.Browser().SignUp(email, password)
	b := a.Browser()
	known := b.Post("/auth/user/password/reset/token", authtest.Fields("email", email)).OK()
	unknown := b.Post("/auth/user/password/reset/token", authtest.Fields("email", "bob@example.com")).OK()
	if diff := cmp.Diff(known.Text, unknown.Text); diff != "" {
		t.Error(diff)
	}
	if _, ok := a.Mail.Last("bob@example.com"); ok {
		t.Error("a stranger got a mail")
	}
	for name, value := range map[string]string{
		"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "javascript", "Forwarded": "host=evil.example;proto=http", "Origin": "https://evil.example",
	} {
		c := a.Browser()
		c.Headers.Set(name, value)
		c.Post("/auth/user/password/reset/token", authtest.Fields("email", email)).OK()
		if mail, _ := a.Mail.Last(email); strings.Contains(mail.Text+mail.HTML, "evil") || !strings.Contains(mail.Text, a.URL+"/auth/reset-password?token=") {
			t.Errorf("%s changed the link: %s", name, mail.Text)
		}
		a.Clock.Advance(10 * time.Minute)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		a := authtest.New(t, authtest.Config{Database: uri})
		a.Browser().SignUp(email, password)
		limited := 0
		for i := range 15 {
			b := a.Browser()
			b.Headers.Set("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i)) // nobody trusts it
			spelling := []string{email, " ADA@EXAMPLE.COM ", "Ada@Example.com"}[i%3]
			path := []string{"/auth/signin", "/auth/signin/", "/auth/public/signin"}[i%3]
			got := b.Post(path, authtest.Fields("email", spelling, "password", "wrong horse 1"))
			if got.StatusCode == http.StatusTooManyRequests {
				limited++
				if got.Header.Get("Retry-After") != "30" {
					t.Errorf("Retry-After %q", got.Header.Get("Retry-After"))
				}
			}
		}
		if limited != 5 {
			t.Errorf("%d of 15 wrong passwords were limited, want 5", limited)
		}
		a.Clock.Advance(30 * time.Second)
		a.Browser().SignIn(email, password)
	})
}

func TestChange(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{})
	ctx := t.Context()
	id := a.Browser().SignUp(email, password)
	a.Browser().SignUp("bob@example.com", password)
	change := func(c emailpassword.Change) error {
		c.RecipeUserID = id
		return a.EmailPassword.ChangeEmailOrPassword(ctx, c)
	}
	var policy *emailpassword.PolicyViolated
	if err := change(emailpassword.Change{Password: "short"}); !asPolicy(err, &policy) || policy.Reason != "Password must contain at least 8 characters, including a number" {
		t.Errorf("a short password: %v", err)
	}
	if err := change(emailpassword.Change{Email: "BOB@example.com"}); err != core.EmailAlreadyExists {
		t.Errorf("a taken email: %v", err)
	}
	if err := change(emailpassword.Change{Email: "lovelace@example.com", Password: "third horse 3"}); err != nil {
		t.Fatal(err)
	}
	if got := a.Browser().SignIn("lovelace@example.com", "third horse 3"); got != id {
		t.Errorf("signed in as %s", got)
	}
	if err := a.EmailPassword.ChangeEmailOrPassword(ctx, emailpassword.Change{RecipeUserID: "nobody", Password: "third horse 3"}); err != core.UnknownUserID {
		t.Errorf("an unknown user: %v", err)
	}
}

func asPolicy(err error, to **emailpassword.PolicyViolated) (ok bool) {
	*to, ok = err.(*emailpassword.PolicyViolated)
	return ok
}

// TestOverrides holds that a replaced operation is seen everywhere, and that
// an API can be wrapped or switched off.
func TestOverrides(t *testing.T) {
	t.Parallel()
	var log []string
	a := authtest.New(t, authtest.Config{EmailPassword: emailpassword.Config{
		Functions: func(original emailpassword.Functions) emailpassword.Functions {
			f := original
			f.SignUp = func(ctx context.Context, in core.SignUp) (core.RecipeUser, error) {
				log = append(log, "sign up "+in.Email)
				return original.SignUp(ctx, in)
			}
			return f
		},
		APIs: func(original emailpassword.APIs) emailpassword.APIs {
			apis := original
			apis.EmailExists = nil
			signUp := original.SignUp
			apis.SignUp = func(ctx context.Context, in emailpassword.SignUpPost) (fdi.SignedIn, error) {
				in.Response.Header().Set("X-Seen", in.TenantID)
				return signUp(ctx, in)
			}
			return apis
		},
	}})
	b := a.Browser()
	answer := b.Post("/auth/signup", authtest.Fields("email", email, "password", password)).OK()
	if answer.Header.Get("X-Seen") != "public" || cmp.Diff(log, []string{"sign up " + email}) != "" {
		t.Errorf("header %q, log %q", answer.Header.Get("X-Seen"), log)
	}
	b.Get("/auth/signup/email/exists?email=x").Want(404)
}

// TestForeignForms holds that no other website can make a browser sign its
// visitor in, up or out.
func TestForeignForms(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{})
	a.Browser().SignUp(email, password)
	body := `{"formFields":[{"id":"email","value":"` + email + `"},{"id":"password","value":"` + password + `"}]}`
	for _, path := range []string{"/auth/signin", "/auth/signup", "/auth/signout", "/auth/session/refresh", "/auth/user/password/reset", "/auth/user/email/verify"} {
		for _, contentType := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""} {
			for _, from := range []http.Header{{"Origin": {"https://evil.example"}}, {"Origin": {"null"}}, {"Sec-Fetch-Site": {"cross-site"}}} {
				req, _ := http.NewRequestWithContext(t.Context(), "POST", a.URL+path, strings.NewReader(body))
				req.Header = from.Clone()
				if contentType != "" {
					req.Header.Set("Content-Type", contentType)
				}
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				res.Body.Close()
				if res.StatusCode != http.StatusForbidden || res.Header.Get("Set-Cookie") != "" {
					t.Errorf("%s as %q from %v answers %d", path, contentType, from, res.StatusCode)
				}
			}
		}
	}
}

// TestMistakes holds that a bad configuration is refused whole.
func TestMistakes(t *testing.T) {
	t.Parallel()
	_, err := postern.New(postern.Config{
		App:  postern.AppInfo{Name: "x", APIDomain: "localhost", WebsiteDomain: "localhost"},
		Core: new(core.Core),
		Recipes: []postern.Recipe{
			session.New(session.Config{CookieSameSite: "sometimes", AntiCSRF: "MAYBE", InvalidClaimStatus: 401}),
			emailpassword.New(emailpassword.Config{SignUpFields: []emailpassword.Field{{}}}),
		},
	})
	for _, want := range []string{"CookieSameSite", "AntiCSRF", "InvalidClaimStatus", "Email: is missing", "SignUpFields[0].ID"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s: %v", want, err)
		}
	}
}

// TestMailFails holds that a mail server that is down changes no answer.
func TestMailFails(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{EmailPassword: emailpassword.Config{Email: broken{}}})
	a.Browser().SignUp(email, password)
	a.Browser().Post("/auth/user/password/reset/token", authtest.Fields("email", email)).OK()
}

type broken struct{}

func (broken) Send(context.Context, delivery.Email) error { return context.DeadlineExceeded }

func FuzzForm(f *testing.F) {
	for _, s := range []string{`[]`, `[{"id":"email","value":"a@b.c"}]`, `[{"id":1}]`, `null`, `[{}]`, `"x"`, `[[]]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var form emailpassword.Form
		if err := form.UnmarshalJSON(b); err != nil {
			return
		}
		for _, field := range form {
			if field.ID == "" || field.Value == nil {
				t.Errorf("%q gives %+v", b, form)
			}
			_ = form.Text(field.ID)
		}
	})
}
