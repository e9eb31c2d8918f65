package thirdparty_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/authtest/idp"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/recipe/accountlinking"
)

// Somebody is there first with an address of the victim's; see the table of cases
// in docs/security.md.

const victim = "victim@example.com"

func owner() idp.Account    { return idp.Account{ID: "900", Email: victim, Verified: true} }
func squatter() idp.Account { return idp.Account{ID: "666", Email: victim, Verified: false} }

var tokenInMail = regexp.MustCompile(`verify-email\?token=([A-Za-z0-9_-]+)`)

// confirmLink has a mail sent from a session, and returns the token in it.
func (w *world) confirmLink(b *authtest.Browser) map[string]string {
	w.t.Helper()
	b.Post("/auth/user/email/verify/token", nil).OK()
	mail, _ := w.Mail.Last(victim)
	m := tokenInMail.FindStringSubmatch(mail.Text)
	if m == nil {
		w.t.Fatalf("the mail is %s", mail.Text)
	}
	return map[string]string{"method": "token", "token": m[1]}
}

func (w *world) user(id string) core.User {
	w.t.Helper()
	out, err := w.Core.User.ByID(w.t.Context(), core.UserByID{UserID: id})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.User
}

// TestConfirmForIntruder has the victim follow the link that the intruder's
// account has caused, and then come by a provider: the account is the victim's,
// by its old id, and nothing of the intruder's opens it.
func TestConfirmForIntruder(t *testing.T) {
	t.Parallel()
	w := newLinkingWorld(t, accountlinking.Config{ShouldLink: linkProved}, nil, idp.Google)
	intruder := w.Browser()
	id := intruder.SignUp(victim, "correct horse 1")
	w.Browser().Post("/auth/user/email/verify", w.confirmLink(intruder)).OK()
	user := w.decode(w.signIn(w.Browser(), "google", owner())).User
	if user.ID != id || len(user.LoginMethods) != 2 {
		t.Errorf("the victim is %+v, and the account %s", user, id)
	}
	intruder.RefreshSession().Want(401)
	w.Browser().Post("/auth/signin", authtest.Fields("email", victim, "password", "correct horse 1")).Status("WRONG_CREDENTIALS_ERROR")
	if !slices.ContainsFunc(w.Mail.Messages(), func(m delivery.Message) bool { return strings.Contains(m.Text, "its password was replaced") }) {
		t.Error("nobody is told")
	}
}

// TestConfirmForProvider is the same with an account at a provider, which cannot
// be disarmed: the proof does not count, before and after the victim has come.
func TestConfirmForProvider(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]bool{"before the victim has an account": true, "when the victim is signed in": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newLinkingWorld(t, accountlinking.Config{ShouldLink: linkProved}, nil, idp.Google, idp.Facebook)
			intruder, b := w.Browser(), w.Browser()
			squat := w.decode(w.signIn(intruder, "facebook", squatter())).User
			link := w.confirmLink(intruder)
			if first {
				w.Browser().Post("/auth/user/email/verify", link).Status("EMAIL_VERIFICATION_INVALID_TOKEN_ERROR")
			}
			user := w.decode(w.signIn(b, "google", owner())).User
			if !first {
				b.Post("/auth/user/email/verify", link).Status("EMAIL_VERIFICATION_INVALID_TOKEN_ERROR")
			}
			if u := w.user(user.ID); len(u.LoginMethods) != 1 || !u.IsPrimaryUser {
				t.Errorf("the victim is %+v", u)
			}
			if u := w.user(squat.ID); u.LoginMethods[0].Verified {
				t.Errorf("the intruder has proved the address: %+v", u)
			}
			w.signIn(w.Browser(), "facebook", squatter()).Status("SIGN_IN_UP_NOT_ALLOWED")
		})
	}
}

// TestOwnConfirmCounts is who is signed in by such an account.
func TestOwnConfirmCounts(t *testing.T) {
	t.Parallel()
	w := newLinkingWorld(t, accountlinking.Config{ShouldLink: linkProved}, nil, idp.Facebook)
	b := w.Browser()
	id := w.decode(w.signIn(b, "facebook", squatter())).User.ID
	b.Post("/auth/user/email/verify", w.confirmLink(b)).OK()
	if u := w.user(id); !u.LoginMethods[0].Verified {
		t.Errorf("it has not: %+v", u)
	}
	b.RefreshSession().Want(200)
}

// linkInSession links whoever is signed in without proof, and else by it.
func linkInSession(_ context.Context, q accountlinking.Question) (accountlinking.Answer, error) {
	return accountlinking.Answer{Link: true, WithoutProof: q.Session != nil}, nil
}

// trojan is an account with the victim's address, to which the intruder has added
// a login of its own.
func (w *world) trojan(intruder *authtest.Browser) (id string) {
	w.t.Helper()
	id = intruder.SignUp(victim, "correct horse 1")
	in := w.begin(intruder, "google")
	body := in.body(w.consent(in, idp.Account{ID: "m", Email: "mallory@example.com", Verified: true}))
	body["shouldTryLinkingWithSessionUser"] = true
	intruder.Post("/auth/signinup", body).OK()
	if n := len(w.user(id).LoginMethods); n != 2 {
		w.t.Fatalf("the intruder has %d logins", n)
	}
	return id
}

// TestConfirmForTrojan has the victim confirm the address of such an account: the
// intruder's login is no part of it any more.
func TestConfirmForTrojan(t *testing.T) {
	t.Parallel()
	w := newLinkingWorld(t, accountlinking.Config{ShouldLink: linkInSession}, nil, idp.Google)
	intruder := w.Browser()
	id := w.trojan(intruder)
	w.Browser().Post("/auth/user/email/verify", w.confirmLink(intruder)).OK()
	if u := w.user(id); len(u.LoginMethods) != 1 || u.LoginMethods[0].Email != victim || !u.LoginMethods[0].Verified {
		t.Errorf("the account is %+v", u)
	}
	intruder.RefreshSession().Want(401)
	again := w.decode(w.signIn(w.Browser(), "google", idp.Account{ID: "m", Email: "mallory@example.com", Verified: true})).User
	if again.ID == id {
		t.Error("the intruder's login opens the account")
	}
}

// TestSquatting is shut out by nobody who has only written down the address.
func TestSquatting(t *testing.T) {
	t.Parallel()
	for name, squat := range map[string]func(w *world){
		"a login at a provider": func(w *world) { w.signIn(w.Browser(), "facebook", squatter()).OK() },
		"a password":            func(w *world) { w.Browser().SignUp(victim, "correct horse 1") },
		"a user with several":   func(w *world) { w.trojan(w.Browser()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newLinkingWorld(t, accountlinking.Config{ShouldLink: linkInSession}, nil, idp.Google, idp.Facebook)
			squat(w)
			b := w.Browser()
			user := w.decode(w.signIn(b, "google", owner())).User
			if !user.IsPrimaryUser || len(user.LoginMethods) != 1 || user.LoginMethods[0].Email != victim {
				t.Errorf("the victim is %+v", user)
			}
			b.Get("/me").Want(200)
			w.Browser().Post("/auth/signin", authtest.Fields("email", victim, "password", "correct horse 1")).Status("WRONG_CREDENTIALS_ERROR")
		})
	}
}

// TestSquattingInSession adds a login to somebody who is signed in, although an
// account has its address that has never proved it.
func TestSquattingInSession(t *testing.T) {
	t.Parallel()
	w := newLinkingWorld(t, accountlinking.Config{ShouldLink: linkInSession}, nil, idp.Google)
	w.trojan(w.Browser())
	b := w.Browser()
	id := b.SignUp("other@example.com", "correct horse 1")
	in := w.begin(b, "google")
	body := in.body(w.consent(in, owner()))
	body["shouldTryLinkingWithSessionUser"] = true
	b.Post("/auth/signinup", body).OK()
	if u := w.user(id); len(u.LoginMethods) != 2 {
		t.Errorf("the user is %+v", u)
	}
}
