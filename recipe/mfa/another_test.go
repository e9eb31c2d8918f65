package mfa_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/accountlinking"
	"github.com/posternauth/postern/recipe/mfa"
	"github.com/posternauth/postern/recipe/passwordless"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/recipe/totp"
)

// TestAnotherFactor: whatever a sign-in begins with and whatever is required, by
// the user, in the tenant or by the application, one factor is never two.
func TestAnotherFactor(t *testing.T) {
	t.Parallel()
	prefix := func(factor string) string { // what reaches the same mailbox or phone
		if before, after, found := strings.Cut(factor, "-"); found && (before == "otp" || before == "link") {
			return after
		}
		return factor
	}
	firsts := []string{"emailpassword", "thirdparty", "otp-email", "link-email", "otp-phone", "link-phone"}
	for _, by := range []string{"user", "tenant", "application"} {
		for _, required := range append(slices.Clone(firsts), "totp") {
			t.Run(by+" "+required, func(t *testing.T) {
				t.Parallel()
				cfg := mfa.Config{}
				if by == "application" {
					cfg.Requirements = func(context.Context, mfa.Question) ([]mfa.Requirement, error) {
						return []mfa.Requirement{{Factor: required}, {OneOf: []string{required}}}, nil
					}
				}
				w := newWorld(t, cfg)
				b := w.Browser()
				id := b.SignUp(email, password)
				switch by {
				case "user":
					w.must(w.mfa.RequireFactor(ctx(t), id, required))
				case "tenant":
					_, err := w.Core.Tenant.CreateOrUpdate(ctx(t), core.TenantSettings{TenantID: core.Public, RequiredSecondaryFactors: op.Some([]string{required})})
					w.must(err)
				}
				for _, first := range firsts {
					s, err := w.Sessions.CreateTokens(ctx(t), session.NewSession{RecipeUserID: id, Factor: first})
					w.must(err)
					if w.mfa.Of(s).Satisfied {
						t.Errorf("%s alone is enough", first)
					}
					w.must(w.mfa.Complete(ctx(t), s, required))
					next, err := w.mfa.Next(ctx(t), s)
					w.must(err)
					same := prefix(first) == prefix(required)
					if w.mfa.Of(s).Satisfied == same || (len(next) == 0) == same || slices.Contains(next, first) {
						t.Errorf("%s, then %s: next is %v, and the claim says %+v", first, required, next, w.mfa.Of(s))
					}
					w.must(w.mfa.Complete(ctx(t), s, "badge"))
					if !w.mfa.Of(s).Satisfied {
						t.Errorf("%s, %s and a badge are not enough", first, required)
					}
				}
			})
		}
	}
}

var codeInMail = regexp.MustCompile(`\b\d{6}\b`)

// TestMailboxAlone: who reads the mail of somebody with a password, of whom a
// code by mail is required, gets in neither by the code nor by setting up
// something of their own.
func TestMailboxAlone(t *testing.T) {
	t.Parallel()
	var w world
	w.t, w.mfa, w.totp = t, mfa.New(mfa.Config{}), totp.New(totp.Config{})
	w.App = authtest.New(t, authtest.Config{
		Linking: accountlinking.Config{ShouldLink: func(context.Context, accountlinking.Question) (accountlinking.Answer, error) {
			return accountlinking.Answer{Link: true, WithoutProof: true}, nil
		}},
		Recipes: func(a *authtest.App) []postern.Recipe {
			return []postern.Recipe{w.mfa, w.totp, passwordless.New(passwordless.Config{ContactMethod: passwordless.Email, FlowType: passwordless.Code, Email: a.Mail})}
		},
	})
	byCode := func(b *authtest.Browser, link bool) {
		t.Helper()
		var d struct{ DeviceID, PreAuthSessionID string }
		b.Post("/auth/signinup/code", map[string]any{"email": email, "shouldTryLinkingWithSessionUser": link}).OK().JSON(&d)
		m, _ := w.Mail.Last(email)
		b.Post("/auth/signinup/code/consume", map[string]any{
			"deviceId": d.DeviceID, "preAuthSessionId": d.PreAuthSessionID, "userInputCode": codeInMail.FindString(m.Text), "shouldTryLinkingWithSessionUser": link,
		}).OK()
	}
	ada := w.Browser()
	id := ada.SignUp(email, password)
	w.must(w.mfa.RequireFactor(ctx(t), id, "otp-email"))
	ada.SignIn(email, password)
	ada.Get("/me").Want(403)
	byCode(ada, true)
	ada.Get("/me").Want(200)

	reader := w.Browser()
	byCode(reader, false)
	if userID(reader) != id {
		t.Fatal("the code opens another account")
	}
	reader.Get("/me").Want(403)
	reader.Post("/auth/totp/device", map[string]string{}).Want(403)
	if got := w.info(reader); !slices.Equal(got.Factors.Next, []string{"emailpassword"}) || len(got.Factors.AllowedToSetup) != 0 {
		t.Errorf("next: %+v", got)
	}
	body := authtest.Fields("email", email, "password", password)
	body["shouldTryLinkingWithSessionUser"] = true
	reader.Post("/auth/signin", body).OK()
	reader.Get("/me").Want(200)
}

// TestProviderIsAnother: where the other login is one at a provider, nothing can
// be set up beside it by a code alone.
func TestProviderIsAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t, mfa.Config{})
	out, err := w.Core.ThirdParty.SignInUp(ctx(t), core.ThirdPartySignInUp{ThirdPartyID: "google", ThirdPartyUserID: "1", Email: core.ThirdPartyEmail{ID: email, IsVerified: true}})
	w.must(err)
	w.must(w.mfa.RequireFactor(ctx(t), out.User.ID, "otp-email"))
	s, err := w.Sessions.CreateTokens(ctx(t), session.NewSession{RecipeUserID: out.RecipeUserID, Factor: "otp-email"})
	w.must(err)
	if err := w.mfa.MaySetUp(ctx(t), s, "totp"); err == nil {
		t.Error("a device can be added by a code alone")
	}
	b := w.Browser()
	b.Mode, b.Access = "header", s.AccessToken()
	if got := w.info(b); !slices.Equal(got.Factors.Next, []string{"thirdparty"}) || !slices.Contains(got.Factors.AlreadySetup, "thirdparty") {
		t.Errorf("next: %+v", got)
	}
}
