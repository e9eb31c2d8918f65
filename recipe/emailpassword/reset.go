package emailpassword

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/fdi"
)

// PasswordResetTokenPost is the input of [APIs].PasswordResetToken.
type PasswordResetTokenPost struct {
	fdi.Call
	FormFields Form `json:"formFields"`
}

// PasswordResetPost is the input of [APIs].PasswordReset.
type PasswordResetPost struct {
	fdi.Call
	FormFields Form            `json:"formFields"`
	Token      json.RawMessage `json:"token"`
}

// ResetMail is what a mail with a link to set a new password is made of.
type ResetMail struct {
	UserID, RecipeUserID, Email, TenantID string
	Link                                  string
}

// resetTokenAPI mails a link if there is an account to set a password for. The
// answer is the same if there is none, and does not wait for the mail.
func (r *Recipe) resetTokenAPI(ctx context.Context, in PasswordResetTokenPost) (out struct{}, err error) {
	form, err := check(ctx, in.FormFields, r.signIn[:1], in.TenantID)
	if err != nil {
		return out, err
	}
	email := form.Text(emailField)
	if _, err := r.app.Attempt(in.Request, postern.SendMail, in.TenantID, email); err != nil {
		return out, err
	}
	users, err := r.usersByEmail(ctx, in.TenantID, email)
	if err != nil {
		return out, err
	}
	account, ok := passwordLogin(users, email)
	if !ok {
		return out, nil
	}
	if mayTakeOver(account, email) {
		return out, &fdi.NotAllowed{
			Status: "PASSWORD_RESET_NOT_ALLOWED",
			Reason: "Reset password link was not created because of account take over risk. Please contact support. (ERR_CODE_001)",
		}
	}
	website := r.app.Site.Website(in.Request)
	r.app.Background(ctx, "mailing a password reset link", func(ctx context.Context) error {
		return r.mailReset(ctx, website, in.TenantID, account)
	})
	return out, nil
}

// mayTakeOver reports whether the address of a login method was never proved
// while the user it is linked to has others: who reads its mail need not be
// that user.
func mayTakeOver(account login, email string) bool {
	if !account.user.IsPrimaryUser {
		return false
	}
	proved := slices.ContainsFunc(account.user.LoginMethods, func(m core.LoginMethod) bool {
		return m.Verified && strings.EqualFold(m.Email, email)
	})
	others := slices.ContainsFunc(account.user.LoginMethods, func(m core.LoginMethod) bool {
		return m.PhoneNumber != "" || m.Email != "" && !strings.EqualFold(m.Email, email)
	})
	return !proved && others
}

func (r *Recipe) mailReset(ctx context.Context, website, tenantID string, account login) error {
	id, email := account.method.RecipeUserID, account.method.Email
	link, err := r.resetLink(ctx, website, tenantID, id, email)
	if err != nil {
		return err
	}
	mail, err := r.cfg.ResetMail(ctx, ResetMail{account.user.ID, id, email, tenantID, link})
	if err != nil {
		return err
	}
	return r.cfg.Email.Send(ctx, mail)
}

// ResetLink makes a link by which its bearer can set a new password for a user
// whose address is email.
func (r *Recipe) ResetLink(ctx context.Context, tenantID, userID, email string) (string, error) {
	return r.resetLink(ctx, r.app.Site.Website(nil), tenantID, userID, email)
}

func (r *Recipe) resetLink(ctx context.Context, website, tenantID, userID, email string) (string, error) {
	out, err := r.CreateResetToken(ctx, core.CreateResetToken{TenantID: tenantID, UserID: userID, Email: email})
	if err != nil {
		return "", err
	}
	query := "?token=" + url.QueryEscape(string(out.Token)) + "&tenantId=" + url.QueryEscape(tenantID)
	return website + "/reset-password" + query, nil
}

func (r *Recipe) defaultResetMail(_ context.Context, m ResetMail) (delivery.Email, error) {
	return delivery.PasswordReset{AppName: r.app.Site.Name, To: m.Email, Link: m.Link}.Email()
}

// resetAPI sets a new password by a mailed token. The password is checked
// before the token is spent.
func (r *Recipe) resetAPI(ctx context.Context, in PasswordResetPost) (out struct{}, err error) {
	form, err := check(ctx, in.FormFields, []Field{fieldOf(r.signUp, passwordField)}, in.TenantID)
	if err != nil {
		return out, err
	}
	token, err := resetToken(in.Token)
	if err != nil {
		return out, err
	}
	if _, err := r.app.Attempt(in.Request, postern.SpendToken, in.TenantID, ""); err != nil {
		return out, err
	}
	done, err := r.ResetPassword(ctx, core.ResetPassword{
		TenantID: in.TenantID, Method: "token", Token: token, NewPassword: core.Secret(form.Text(passwordField)),
	})
	if err != nil {
		return out, err
	}
	// The core has ended the sessions; one that is not ours may leave it to us.
	_, err = r.sessions.RevokeUser(ctx, done.UserID)
	return out, err
}

func resetToken(raw json.RawMessage) (core.Secret, error) {
	var token string
	switch {
	case raw == nil:
		return "", fdi.BadInput("Please provide the password reset token")
	case raw[0] != '"' || json.Unmarshal(raw, &token) != nil:
		return "", fdi.BadInput("The password reset token must be a string")
	}
	return core.Secret(token), nil
}

// PolicyViolated is a password that the sign-up form would refuse, for Reason.
type PolicyViolated struct{ Reason string }

func (e *PolicyViolated) Error() string { return "password policy violated: " + e.Reason }

// Change is the input of [Recipe.ChangeEmailOrPassword]; what is empty stays.
type Change struct {
	RecipeUserID string
	Email        string
	Password     core.Secret
	// TenantID is whose policy the password has to meet; default public.
	TenantID string
	// AnyPassword skips the policy.
	AnyPassword bool
}

// ChangeEmailOrPassword changes a user's email, password or both. It fails
// with [core.UnknownUserID], [core.EmailAlreadyExists],
// [core.EmailChangeNotAllowed] or [PolicyViolated]. A new password ends no
// session; use the session recipe's RevokeUser for that.
func (r *Recipe) ChangeEmailOrPassword(ctx context.Context, in Change) error {
	if in.Password != "" && !in.AnyPassword {
		tenant := in.TenantID
		if tenant == "" {
			tenant = core.Public
		}
		if reason := fieldOf(r.signUp, passwordField).Validate(ctx, string(in.Password), tenant); reason != "" {
			return &PolicyViolated{reason}
		}
	}
	_, err := r.Update(ctx, core.UpdateEmailPassword{RecipeUserID: in.RecipeUserID, Email: in.Email, Password: in.Password})
	return err
}

// VerifyCredentials checks a password without signing in. It fails with
// [core.WrongCredentials].
func (r *Recipe) VerifyCredentials(ctx context.Context, tenantID, email string, password core.Secret) (core.RecipeUser, error) {
	out, err := r.SignIn(ctx, core.SignIn{TenantID: tenantID, Email: email, Password: password})
	var bad *core.BadInput
	if errors.As(err, &bad) {
		return core.RecipeUser{}, core.WrongCredentials
	}
	return out, err
}
