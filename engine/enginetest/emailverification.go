package enginetest

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/posternauth/postern/core"
)

func (s suite) verifyEmail(t *testing.T) {
	user, email := s.signUp(t, "")
	about := core.UserEmail{UserID: user.ID, Email: " " + strings.ToUpper(email)}
	if ok(t, s.EmailVerification.IsVerified, about).IsVerified {
		t.Error("verified before there was a token")
	}
	create := core.CreateVerificationToken{UserID: user.ID, Email: strings.ToUpper(email)}
	first, second := ok(t, s.EmailVerification.CreateToken, create), ok(t, s.EmailVerification.CreateToken, create)
	if len(first.Token) < 40 || first.Token == second.Token {
		t.Fatalf("tokens of %d and %d characters", len(first.Token), len(second.Token))
	}
	bad(t, s.EmailVerification.Verify, core.VerifyEmail{Method: "code", Token: first.Token}, "Unsupported method for email verification")

	got := ok(t, s.EmailVerification.Verify, core.VerifyEmail{Method: "token", Token: first.Token})
	if want := (core.ConsumedToken{UserID: user.ID, Email: email}); got != want {
		t.Errorf("verified %+v, want %+v", got, want)
	}
	for _, token := range []core.Secret{first.Token, second.Token, "nonsense", ""} {
		fails(t, s.EmailVerification.Verify, core.VerifyEmail{Method: "token", Token: token}, core.InvalidVerificationToken)
	}
	fails(t, s.EmailVerification.VerifyCode, s.codeOf(create, second.Code), core.InvalidVerificationToken)
	fails(t, s.EmailVerification.CreateToken, create, core.EmailAlreadyVerified)
	if !ok(t, s.EmailVerification.IsVerified, about).IsVerified || !ok(t, s.User.ByID, core.UserByID{UserID: user.ID}).User.LoginMethods[0].Verified {
		t.Error("not verified by the token")
	}
	for range 2 {
		ok(t, s.EmailVerification.Unverify, about)
	}
	if ok(t, s.EmailVerification.IsVerified, about).IsVerified {
		t.Error("still verified")
	}
	noTenant(t, s.EmailVerification.CreateToken, core.CreateVerificationToken{TenantID: newID("no"), UserID: user.ID, Email: email})
}

// codeOf is the input that tries a code.
func (s suite) codeOf(in core.CreateVerificationToken, code core.Secret) core.VerifyEmailCode {
	return core.VerifyEmailCode{TenantID: in.TenantID, UserID: in.UserID, Email: in.Email, Code: code}
}

// otherThan returns a code that is wrong.
func otherThan(code core.Secret) core.Secret {
	if code == "12345678" {
		return "87654321"
	}
	return "12345678"
}

func (s suite) verifyByCode(t *testing.T) {
	user, email := s.signUp(t, "")
	create := core.CreateVerificationToken{UserID: user.ID, Email: email}
	made := ok(t, s.EmailVerification.CreateToken, create)
	if !regexp.MustCompile(`^[0-9]{8}$`).MatchString(string(made.Code)) {
		t.Fatalf("a code of %d characters, want eight digits", len(made.Code))
	}
	fails(t, s.EmailVerification.VerifyCode, s.codeOf(create, otherThan(made.Code)), core.InvalidVerificationToken)
	nobody := core.CreateVerificationToken{UserID: newID("nobody"), Email: email}
	fails(t, s.EmailVerification.VerifyCode, s.codeOf(nobody, made.Code), core.InvalidVerificationToken)

	got := ok(t, s.EmailVerification.VerifyCode, s.codeOf(create, made.Code[:4]+" "+made.Code[4:]+" "))
	if want := (core.ConsumedToken{UserID: user.ID, Email: email}); got != want {
		t.Errorf("verified %+v, want %+v", got, want)
	}
	fails(t, s.EmailVerification.VerifyCode, s.codeOf(create, made.Code), core.InvalidVerificationToken)
	fails(t, s.EmailVerification.Verify, core.VerifyEmail{Method: "token", Token: made.Token}, core.InvalidVerificationToken)
	if !ok(t, s.EmailVerification.IsVerified, core.UserEmail{UserID: user.ID, Email: email}).IsVerified {
		t.Error("not verified by the code")
	}
}

// wrongCodes: five end a code, and new codes do not give tries without end.
func (s suite) wrongCodes(t *testing.T) {
	user, email := s.signUp(t, "")
	create := core.CreateVerificationToken{UserID: user.ID, Email: email}
	for range 2 {
		made := ok(t, s.EmailVerification.CreateToken, create)
		for range 5 {
			fails(t, s.EmailVerification.VerifyCode, s.codeOf(create, otherThan(made.Code)), core.InvalidVerificationToken)
		}
		fails(t, s.EmailVerification.VerifyCode, s.codeOf(create, made.Code), core.InvalidVerificationToken)
	}
	third := ok(t, s.EmailVerification.CreateToken, create)
	fails(t, s.EmailVerification.VerifyCode, s.codeOf(create, third.Code), core.InvalidVerificationToken)
	ok(t, s.EmailVerification.Verify, core.VerifyEmail{Method: "token", Token: third.Token})
}

func (s suite) revokeVerification(t *testing.T) {
	user, email := s.signUp(t, "")
	create := core.CreateVerificationToken{UserID: user.ID, Email: email}
	made := ok(t, s.EmailVerification.CreateToken, create)
	for range 2 {
		ok(t, s.EmailVerification.RevokeTokens, create)
	}
	fails(t, s.EmailVerification.Verify, core.VerifyEmail{Method: "token", Token: made.Token}, core.InvalidVerificationToken)
	fails(t, s.EmailVerification.VerifyCode, s.codeOf(create, made.Code), core.InvalidVerificationToken)
}

func (s suite) verificationExpires(t *testing.T) {
	user, email := s.signUp(t, "")
	create := core.CreateVerificationToken{UserID: user.ID, Email: email}
	made := ok(t, s.EmailVerification.CreateToken, create)
	s.advance(11 * time.Minute)
	fails(t, s.EmailVerification.VerifyCode, s.codeOf(create, made.Code), core.InvalidVerificationToken)
	s.advance(25 * time.Hour)
	fails(t, s.EmailVerification.Verify, core.VerifyEmail{Method: "token", Token: made.Token}, core.InvalidVerificationToken)
	fresh := ok(t, s.EmailVerification.CreateToken, create)
	ok(t, s.EmailVerification.VerifyCode, s.codeOf(create, fresh.Code))
}
