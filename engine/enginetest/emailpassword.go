package enginetest

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"github.com/posternauth/postern/core"
)

func (s suite) signUpMakesAUser(t *testing.T) {
	email := newEmail()
	got := ok(t, s.EmailPassword.SignUp, core.SignUp{Email: "  " + strings.ToUpper(email) + " ", Password: password})
	joined := got.User.TimeJoined
	want := core.RecipeUser{RecipeUserID: got.User.ID, User: core.User{
		ID: got.User.ID, TenantIDs: []string{core.Public}, TimeJoined: joined,
		Emails: []string{email}, PhoneNumbers: []string{}, ThirdParty: []core.ThirdParty{},
		WebAuthn: core.WebAuthn{CredentialIDs: []string{}},
		LoginMethods: []core.LoginMethod{{
			RecipeID: "emailpassword", RecipeUserID: got.User.ID, TenantIDs: []string{core.Public},
			TimeJoined: joined, Email: email,
		}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("empty lists are not null, and the rest is as given (-want +got):\n%s", diff)
	}
	if got.User.ID == "" || joined < 1_500_000_000_000 {
		t.Errorf("id %q, joined at %d ms", got.User.ID, joined)
	}
	signedIn := ok(t, s.EmailPassword.SignIn, core.SignIn{Email: email, Password: password})
	if diff := cmp.Diff(got, signedIn); diff != "" {
		t.Errorf("sign-in returns another user (-sign-up +sign-in):\n%s", diff)
	}
}

func (s suite) signUpRefuses(t *testing.T) {
	_, email := s.signUp(t, "")
	for _, spelling := range []string{email, strings.ToUpper(email), "\t" + email + "\n"} {
		fails(t, s.EmailPassword.SignUp, core.SignUp{Email: spelling, Password: password}, core.EmailAlreadyExists)
	}
	bad(t, s.EmailPassword.SignUp, core.SignUp{Email: newEmail()}, "Password cannot be an empty string")
	noTenant(t, s.EmailPassword.SignUp, core.SignUp{TenantID: newID("no"), Email: newEmail(), Password: password})
}

func (s suite) signUpWithoutEmail(t *testing.T) {
	email := newID("fake") + "@stfakeemail.supertokens.com"
	user := ok(t, s.EmailPassword.SignUp, core.SignUp{Email: email, Password: password}).User
	if !user.LoginMethods[0].Verified {
		t.Error("an address that stands for none is not verified")
	}
}

func (s suite) signInRefuses(t *testing.T) {
	tenant := s.newTenant(t)
	long := core.Secret(strings.Repeat("p", 100))
	email := newEmail()
	ok(t, s.EmailPassword.SignUp, core.SignUp{Email: email, Password: long + " "})
	for name, in := range map[string]core.SignIn{
		"no such user":      {Email: newEmail(), Password: long},
		"wrong":             {Email: email, Password: "wrong"},
		"empty":             {Email: email},
		"without its space": {Email: email, Password: long},
		"beyond 72 bytes":   {Email: email, Password: long[:99] + "q "},
		"other tenant":      {TenantID: tenant, Email: email, Password: long + " "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fails(t, s.EmailPassword.SignIn, in, core.WrongCredentials)
		})
	}
	ok(t, s.EmailPassword.SignIn, core.SignIn{Email: " " + strings.ToUpper(email), Password: long + " "})
	noTenant(t, s.EmailPassword.SignIn, core.SignIn{TenantID: newID("no"), Email: email, Password: long})
}

func (s suite) resetTokens(t *testing.T) {
	user, email := s.signUp(t, "")
	create := core.CreateResetToken{UserID: user.ID, Email: email}
	first := ok(t, s.EmailPassword.CreateResetToken, create).Token
	second := ok(t, s.EmailPassword.CreateResetToken, create).Token
	if len(first) < 40 || first == second {
		t.Fatalf("tokens of %d and %d characters", len(first), len(second))
	}
	got := ok(t, s.EmailPassword.ConsumeResetToken, core.ConsumeToken{Token: first})
	if want := (core.ConsumedToken{UserID: user.ID, Email: email}); got != want {
		t.Errorf("consumed %+v, want %+v", got, want)
	}
	for _, token := range []core.Secret{first, second, "nonsense", ""} {
		fails(t, s.EmailPassword.ConsumeResetToken, core.ConsumeToken{Token: token}, core.InvalidResetToken)
	}
	create.UserID = newID("nobody")
	fails(t, s.EmailPassword.CreateResetToken, create, core.UnknownUserID)
}

func (s suite) resetTokensExpire(t *testing.T) {
	user, email := s.signUp(t, "")
	create := core.CreateResetToken{UserID: user.ID, Email: email}
	token := ok(t, s.EmailPassword.CreateResetToken, create).Token
	s.advance(time.Hour + time.Minute)
	fails(t, s.EmailPassword.ConsumeResetToken, core.ConsumeToken{Token: token}, core.InvalidResetToken)
	fresh := ok(t, s.EmailPassword.CreateResetToken, create).Token
	ok(t, s.EmailPassword.ConsumeResetToken, core.ConsumeToken{Token: fresh})
}

func (s suite) resetPassword(t *testing.T) {
	user, email := s.signUp(t, "")
	session := start(t, s.Core, "", user.ID)
	create := core.CreateResetToken{UserID: user.ID, Email: email}
	token, other := ok(t, s.EmailPassword.CreateResetToken, create).Token, ok(t, s.EmailPassword.CreateResetToken, create).Token

	in := core.ResetPassword{Method: "token", Token: token, NewPassword: "another one 2"}
	wrong := in
	wrong.Method = "mail"
	bad(t, s.EmailPassword.ResetPassword, wrong, "Unsupported method for password reset")
	wrong = in
	wrong.NewPassword = ""
	bad(t, s.EmailPassword.ResetPassword, wrong, "Password cannot be an empty string")

	if got, want := ok(t, s.EmailPassword.ResetPassword, in), (core.ConsumedToken{UserID: user.ID, Email: email}); got != want {
		t.Errorf("reset for %+v, want %+v", got, want)
	}
	for _, spent := range []core.Secret{token, other} {
		in.Token = spent
		fails(t, s.EmailPassword.ResetPassword, in, core.InvalidResetToken)
	}
	fails(t, s.EmailPassword.SignIn, core.SignIn{Email: email, Password: password}, core.WrongCredentials)
	signedIn := ok(t, s.EmailPassword.SignIn, core.SignIn{Email: email, Password: in.NewPassword}).User
	if !signedIn.LoginMethods[0].Verified {
		t.Error("the mail that carried the token proved the address, but it is not verified")
	}
	fails(t, s.Session.ByHandle, core.SessionByHandle{SessionHandle: session.Session.Handle}, "UNAUTHORISED")
	fails(t, s.Session.Refresh, core.RefreshSession{RefreshToken: session.RefreshToken.Token}, "UNAUTHORISED")
}

func (s suite) updatePassword(t *testing.T) {
	user, email := s.signUp(t, "")
	update := core.UpdateEmailPassword{RecipeUserID: user.ID, Password: "another one 2"}
	ok(t, s.EmailPassword.Update, update)
	fails(t, s.EmailPassword.SignIn, core.SignIn{Email: email, Password: password}, core.WrongCredentials)
	ok(t, s.EmailPassword.SignIn, core.SignIn{Email: email, Password: update.Password})

	bad(t, s.EmailPassword.Update, core.UpdateEmailPassword{RecipeUserID: user.ID}, "You have to provide either email or password.")
	update.RecipeUserID = newID("nobody")
	fails(t, s.EmailPassword.Update, update, core.UnknownUserID)
}

func (s suite) updateEmail(t *testing.T) {
	user, before := s.signUp(t, "")
	_, taken := s.signUp(t, "")
	after := newEmail()
	ok(t, s.EmailPassword.Update, core.UpdateEmailPassword{RecipeUserID: user.ID, Email: " " + strings.ToUpper(after)})
	fails(t, s.EmailPassword.SignIn, core.SignIn{Email: before, Password: password}, core.WrongCredentials)
	got := ok(t, s.EmailPassword.SignIn, core.SignIn{Email: after, Password: password}).User
	if got.ID != user.ID || got.Emails[0] != after {
		t.Errorf("user %s with %q, want %s with %q", got.ID, got.Emails, user.ID, after)
	}
	ok(t, s.EmailPassword.Update, core.UpdateEmailPassword{RecipeUserID: user.ID, Email: after})
	fails(t, s.EmailPassword.Update, core.UpdateEmailPassword{RecipeUserID: user.ID, Email: strings.ToUpper(taken)}, core.EmailAlreadyExists)
	ok(t, s.EmailPassword.SignUp, core.SignUp{Email: before, Password: password})
}

// updateEmailKeepsProofs: what was proved stays proved, what is pending dies.
func (s suite) updateEmailKeepsProofs(t *testing.T) {
	user, first := s.signUp(t, "")
	s.prove(t, user.ID, first)
	second := newEmail()
	reset := ok(t, s.EmailPassword.CreateResetToken, core.CreateResetToken{UserID: user.ID, Email: first}).Token
	verify := ok(t, s.EmailVerification.CreateToken, core.CreateVerificationToken{UserID: user.ID, Email: second}).Token

	for _, step := range []struct {
		email    string
		verified bool
	}{{second, false}, {first, true}} {
		ok(t, s.EmailPassword.Update, core.UpdateEmailPassword{RecipeUserID: user.ID, Email: step.email})
		got := ok(t, s.User.ByID, core.UserByID{UserID: user.ID}).User.LoginMethods[0]
		if got.Email != step.email || got.Verified != step.verified {
			t.Errorf("the email is %s, verified %v; want %s, %v", got.Email, got.Verified, step.email, step.verified)
		}
	}
	fails(t, s.EmailPassword.ConsumeResetToken, core.ConsumeToken{Token: reset}, core.InvalidResetToken)
	fails(t, s.EmailVerification.Verify, core.VerifyEmail{Method: "token", Token: verify}, core.InvalidVerificationToken)
}

// prove verifies an address of a user.
func (s suite) prove(t *testing.T, user, email string) {
	t.Helper()
	token := ok(t, s.EmailVerification.CreateToken, core.CreateVerificationToken{UserID: user, Email: email}).Token
	ok(t, s.EmailVerification.Verify, core.VerifyEmail{Method: "token", Token: token})
}

func (s suite) importHash(t *testing.T) {
	byBcrypt, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	salt := []byte("0123456789abcdef")
	b64 := base64.RawStdEncoding
	byArgon := fmt.Sprintf("$argon2id$v=19$m=8,t=1,p=1$%s$%s", b64.EncodeToString(salt),
		b64.EncodeToString(argon2.IDKey([]byte(password), salt, 1, 8, 1, 32)))
	for name, in := range map[string]core.ImportHash{
		"bcrypt":         {PasswordHash: core.Secret(byBcrypt), HashingAlgorithm: "BCrypt"},
		"bcrypt, unsaid": {PasswordHash: core.Secret(byBcrypt)},
		"argon2":         {PasswordHash: core.Secret(byArgon), HashingAlgorithm: "argon2"},
		"argon2, unsaid": {PasswordHash: core.Secret(byArgon)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in.Email = newEmail()
			made := ok(t, s.EmailPassword.ImportHash, in)
			if made.DidUserAlreadyExist || made.User.Emails[0] != in.Email {
				t.Errorf("imported %+v", made)
			}
			for range 2 { // the first one may replace the hash
				ok(t, s.EmailPassword.SignIn, core.SignIn{Email: in.Email, Password: password})
			}
			fails(t, s.EmailPassword.SignIn, core.SignIn{Email: in.Email, Password: "wrong"}, core.WrongCredentials)
		})
	}
	user, email := s.signUp(t, "")
	ok(t, s.EmailPassword.Update, core.UpdateEmailPassword{RecipeUserID: user.ID, Password: "to be replaced 3"})
	again := ok(t, s.EmailPassword.ImportHash, core.ImportHash{Email: strings.ToUpper(email), PasswordHash: core.Secret(byBcrypt)})
	if !again.DidUserAlreadyExist || again.User.ID != user.ID {
		t.Errorf("imported again: %+v, want user %s", again, user.ID)
	}
	ok(t, s.EmailPassword.SignIn, core.SignIn{Email: email, Password: password})
}

func (s suite) importHashRefuses(t *testing.T) {
	salt := strings.Repeat("A", 22)
	for name, tt := range map[string]struct {
		algorithm string
		hash      core.Secret
		text      string
	}{
		"empty":             {"", "", "Password hash cannot be an empty string"},
		"unknown algorithm": {"md5", "x", "Unsupported password hashing algorithm"},
		"unknown form":      {"", "5f4dcc3b5aa765d61d8327deb882cf99", "Password hash is in invalid format"},
		"no bcrypt":         {"bcrypt", "x", "Password hash is in invalid BCrypt format"},
		"no argon2":         {"argon2", "x", "Password hash is in invalid Argon2 format"},
		"no scrypt":         {"firebase_scrypt", "x", "Password hash is in invalid Firebase SCrypt format"},
		"costly bcrypt":     {"", core.Secret("$2a$31$" + salt + strings.Repeat("A", 31)), ""},
		"costly argon2":     {"", core.Secret("$argon2id$v=19$m=4194304,t=100,p=1$" + salt + "$" + salt + salt), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := core.ImportHash{Email: newEmail(), PasswordHash: tt.hash, HashingAlgorithm: tt.algorithm}
			if tt.text == "" {
				fails(t, s.EmailPassword.ImportHash, in, "400")
			} else {
				bad(t, s.EmailPassword.ImportHash, in, tt.text)
			}
		})
	}
}
