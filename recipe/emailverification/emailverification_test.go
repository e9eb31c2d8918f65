package emailverification_test

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/testdb"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/accountlinking"
	"github.com/posternauth/postern/recipe/emailpassword"
	"github.com/posternauth/postern/recipe/emailverification"
)

const (
	email    = "ada@example.com"
	password = "correct horse 1"
)

var (
	linkPattern = regexp.MustCompile(`https?://[^\s"]+/auth/verify-email\?token=([A-Za-z0-9_-]+)&tenantId=(?:public|acme)`)
	codePattern = regexp.MustCompile(`\b(\d{4}) ?(\d{4})\b`)
)

// mailed asks for the mail and returns the token and the code in it.
func mailed(t *testing.T, a *authtest.App, b *authtest.Browser) (token, code string) {
	t.Helper()
	b.Post("/auth/user/email/verify/token", nil).OK()
	mail, ok := a.Mail.Last(email)
	if !ok {
		t.Fatal("no mail came")
	}
	link, digits := linkPattern.FindStringSubmatch(mail.Text), codePattern.FindStringSubmatch(mail.Text)
	if link == nil || digits == nil {
		t.Fatalf("no link or no code in %s", mail.Text)
	}
	return link[1], digits[1] + digits[2]
}

func verify(token string) map[string]string {
	return map[string]string{"method": "token", "token": token}
}
func byCode(code string) map[string]string { return map[string]string{"method": "code", "code": code} }

// claim is what the session says about the address.
func claim(b *authtest.Browser) any {
	c, _ := b.Payload()["st-ev"].(map[string]any)
	return c["v"]
}

// TestRequired is the story of somebody who has to prove an address to get in.
func TestRequired(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		a := authtest.New(t, authtest.Config{Database: uri, Verification: emailverification.Required})
		b := a.Browser()
		b.SignUp(email, password)
		b.Get("/me").Want(http.StatusForbidden).Has(
			`{"message":"invalid claim","claimValidationErrors":[{"id":"st-ev","reason":{"message":"wrong value","expectedValue":true,"actualValue":false}}]}`)
		b.Get("/auth/user/email/verify").OK().Has(`"isVerified":false`)

		token, _ := mailed(t, a, b)
		b.Post("/auth/user/email/verify", verify(token)).OK()
		if claim(b) != true {
			t.Errorf("the session says %v", claim(b))
		}
		b.Get("/me").Want(200)
		b.Get("/auth/user/email/verify").OK().Has(`"isVerified":true`)
		b.Post("/auth/user/email/verify/token", nil).Status("EMAIL_ALREADY_VERIFIED_ERROR")
		b.Post("/auth/user/email/verify", verify(token)).Status("EMAIL_VERIFICATION_INVALID_TOKEN_ERROR")
		b.Post("/auth/signout", nil).OK()
	})
}

// TestElsewhere holds that a proof on another device is seen here, ten
// seconds later at most.
func TestElsewhere(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{Verification: emailverification.Required})
	b := a.Browser()
	b.SignUp(email, password)
	token, _ := mailed(t, a, b)
	other := a.Browser()
	other.SignIn(email, password)
	other.Post("/auth/user/email/verify", verify(token)).OK()
	a.Clock.Advance(9 * time.Second)
	b.Get("/me").Want(403)
	a.Clock.Advance(2 * time.Second)
	b.Get("/me").Want(200)
	if claim(b) != true {
		t.Errorf("the session says %v", claim(b))
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		a := authtest.New(t, authtest.Config{Database: uri})
		b := a.Browser()
		b.SignUp(email, password)
		_, code := mailed(t, a, b)
		a.Browser().Post("/auth/user/email/verify", byCode(code)).Want(401) // a code alone proves nothing
		other := a.Browser()
		other.SignUp("mallory@example.com", password)
		other.Post("/auth/user/email/verify", byCode(code)).Status("EMAIL_VERIFICATION_INVALID_TOKEN_ERROR")
		b.Post("/auth/user/email/verify", byCode("00000000")).Status("EMAIL_VERIFICATION_INVALID_TOKEN_ERROR")
		b.Post("/auth/user/email/verify", byCode(code[:4]+" "+code[4:])).OK()
		b.Get("/auth/user/email/verify").OK().Has(`"isVerified":true`)
	})
}

func TestCodeIsNotGuessed(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{})
	b := a.Browser()
	b.SignUp(email, password)
	_, code := mailed(t, a, b)
	wrong := strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, code)
	for range 5 {
		b.Post("/auth/user/email/verify", byCode(wrong)).Status("EMAIL_VERIFICATION_INVALID_TOKEN_ERROR")
	}
	b.Post("/auth/user/email/verify", byCode(code)).Status("EMAIL_VERIFICATION_INVALID_TOKEN_ERROR")
}

func TestCodeExpires(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{})
	b := a.Browser()
	b.SignUp(email, password)
	_, code := mailed(t, a, b)
	a.Clock.Advance(10*time.Minute + time.Second)
	b.Post("/auth/user/email/verify", byCode(code)).Status("EMAIL_VERIFICATION_INVALID_TOKEN_ERROR")
}

// TestGetProvesNothing holds that programs which open links in mails cannot
// spend them.
func TestGetProvesNothing(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{})
	b := a.Browser()
	b.SignUp(email, password)
	token, _ := mailed(t, a, b)
	for range 20 {
		for _, method := range []string{"GET", "HEAD"} {
			scanner := a.Browser()
			if got := scanner.Do(method, "/auth/user/email/verify?token="+token+"&tenantId=public", nil); got.Header.Get("Set-Cookie") != "" && scanner.SignedIn() {
				t.Fatal("a scanner got a session")
			}
		}
	}
	b.Post("/auth/user/email/verify", verify(token)).OK()
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{})
	b := a.Browser()
	b.Do("POST", "/auth/user/email/verify", `{}`).Want(400).Has("Please provide the email verification token")
	b.Do("POST", "/auth/user/email/verify", `{"token":1}`).Want(400).Has("The email verification token must be a string")
	b.Post("/auth/user/email/verify", verify("junk")).Status("EMAIL_VERIFICATION_INVALID_TOKEN_ERROR")
	for _, method := range []string{"GET", "POST"} {
		path := map[string]string{"GET": "/auth/user/email/verify", "POST": "/auth/user/email/verify/token"}[method]
		b.Do(method, path, nil).Want(401)
	}
}

// TestUserIsGone holds that the session of a deleted user ends.
func TestUserIsGone(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{})
	b := a.Browser()
	id := b.SignUp(email, password)
	if _, err := a.Core.User.Remove(t.Context(), core.RemoveUser{UserID: id}); err != nil {
		t.Fatal(err)
	}
	b.Get("/auth/user/email/verify").Want(401)
	if b.SignedIn() {
		t.Error("the client keeps its tokens")
	}
}

// TestStranger proves the address of an account without being signed in to it:
// nothing that was there before lets anybody in, and the owner of the address has
// the account.
func TestStranger(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		for name, stranger := range map[string]func(b *authtest.Browser){
			"nobody is signed in": func(*authtest.Browser) {},
			"somebody else is":    func(b *authtest.Browser) { b.SignUp("victim@example.com", password) },
		} {
			a := authtest.New(t, authtest.Config{Database: uri})
			intruder := a.Browser()
			id := intruder.SignUp(email, password)
			token, _ := mailed(t, a, intruder)
			b := a.Browser()
			stranger(b)
			b.Post("/auth/user/email/verify", verify(token)).OK()
			mail, _ := a.Mail.Last(email)
			if !strings.Contains(mail.Text, "its password was replaced") || !strings.Contains(mail.Text, "/auth/reset-password") {
				t.Errorf("%s: the mail is %s", name, mail.Text)
			}
			a.Browser().Post("/auth/signin", authtest.Fields("email", email, "password", password)).Status("WRONG_CREDENTIALS_ERROR")
			intruder.RefreshSession().Want(401)
			owner := a.Browser()
			owner.Post("/auth/user/password/reset/token", authtest.Fields("email", email)).OK()
			mail, _ = a.Mail.Last(email)
			reset := regexp.MustCompile(`token=([A-Za-z0-9_-]+)`).FindStringSubmatch(mail.Text)
			body := authtest.Fields("password", "correct horse 2")
			body["token"] = reset[1]
			owner.Post("/auth/user/password/reset", body).OK()
			if got := owner.SignIn(email, "correct horse 2"); got != id {
				t.Errorf("%s: the owner is %s, and the account %s", name, got, id)
			}
			if claim(owner) != true {
				t.Errorf("%s: the session says %v", name, claim(owner))
			}
			_, err := a.Core.User.Remove(t.Context(), core.RemoveUser{UserID: id})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestStrangersNewAddress has somebody begin to change an address to that of a
// victim, who follows the link: it becomes nobody else's by that.
func TestStrangersNewAddress(t *testing.T) {
	t.Parallel()
	const victim = "victim@example.com"
	a := authtest.New(t, authtest.Config{})
	id := a.Browser().SignUp(email, password)
	if err := a.Verification.SendTo(t.Context(), core.Public, id, victim); err != nil {
		t.Fatal(err)
	}
	mail, _ := a.Mail.Last(victim)
	a.Browser().Post("/auth/user/email/verify", verify(linkPattern.FindStringSubmatch(mail.Text)[1])).Status("EMAIL_VERIFICATION_INVALID_TOKEN_ERROR")
	if proved, err := a.Verification.AddressProved(t.Context(), id, victim); proved || err != nil {
		t.Errorf("the address is proved for another account: %v, %v", proved, err)
	}
	a.Browser().SignIn(email, password)
}

// TestNewAddress changes an address after a mail to the new one was read.
func TestNewAddress(t *testing.T) {
	t.Parallel()
	const next = "lovelace@example.com"
	a := authtest.New(t, authtest.Config{})
	id := a.Browser().SignUp(email, password)
	if err := a.Verification.SendTo(t.Context(), core.Public, id, next); err != nil {
		t.Fatal(err)
	}
	mail, _ := a.Mail.Last(next)
	link := linkPattern.FindStringSubmatch(mail.Text)
	if link == nil || codePattern.MatchString(mail.Text) {
		t.Fatalf("the mail is %s", mail.Text)
	}
	if proved, err := a.Verification.AddressProved(t.Context(), id, next); proved || err != nil {
		t.Fatalf("proved before the mail was read: %v, %v", proved, err)
	}
	b := a.Browser()
	b.SignIn(email, password)
	b.Post("/auth/user/email/verify", verify(link[1])).OK()
	if err := a.EmailPassword.ChangeEmailOrPassword(t.Context(), emailpassword.Change{RecipeUserID: id, Email: next}); err != nil {
		t.Fatal(err)
	}
	b.SignIn(next, password)
	if claim(b) != true {
		t.Errorf("the session says %v", claim(b))
	}
	if err := a.Verification.SendTo(t.Context(), core.Public, "nobody", next); !errors.Is(err, core.UnknownUserID) {
		t.Errorf("to nobody: %v", err)
	}
}

// TestTenants proves an address by a code in the session of one tenant, on the
// path of another: what is linked by the proof is what belongs to the session's.
func TestTenants(t *testing.T) {
	t.Parallel()
	a := authtest.New(t, authtest.Config{Linking: accountlinking.Config{
		ShouldLink: func(context.Context, accountlinking.Question) (accountlinking.Answer, error) {
			return accountlinking.Answer{Link: true}, nil
		},
	}})
	_, err := a.Core.Tenant.CreateOrUpdate(t.Context(), core.TenantSettings{TenantID: "acme", FirstFactors: op.Some([]string{"emailpassword"})})
	if err != nil {
		t.Fatal(err)
	}
	other := a.Browser()
	otherID := other.SignUp(email, password)
	token, _ := mailed(t, a, other)
	other.Post("/auth/user/email/verify", verify(token)).OK()
	b := a.Browser()
	b.Post("/auth/acme/signup", authtest.Fields("email", email, "password", password)).OK()
	_, code := mailed(t, a, b)
	b.Post("/auth/user/email/verify", byCode(code)).OK()
	out, err := a.Core.User.ByID(t.Context(), core.UserByID{UserID: otherID})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.User.LoginMethods) != 1 {
		t.Errorf("the user of another tenant has the login too: %+v", out.User)
	}
}
