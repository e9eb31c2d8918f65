package emailpassword

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/internal/address"
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
	email := address.Stored(form.Text(emailField))
	if _, err := r.app.Attempt(in.Request, postern.SendMail, in.TenantID, email); err != nil {
		return out, err
	}
	website := r.app.Site.Website(in.Request)
	return out, r.app.Discreetly(ctx, "mailing a password reset link", func(ctx context.Context) (func(context.Context) error, error) {
		to, err := r.resetTarget(ctx, in.TenantID, email)
		if err != nil || to == nil {
			return nil, err
		}
		return func(ctx context.Context) error { return r.mailReset(ctx, website, in.TenantID, *to) }, nil
	})
}

func (r *Recipe) mailReset(ctx context.Context, website, tenantID string, to target) error {
	link, err := r.resetLink(ctx, website, tenantID, to.tokenFor(), to.email)
	if err != nil {
		return err
	}
	mail, err := r.cfg.ResetMail(ctx, ResetMail{to.user.ID, to.recipeUserID, to.email, tenantID, link})
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
	done, err := r.setPassword(ctx, in.TenantID, token, core.Secret(form.Text(passwordField)))
	if err != nil {
		return out, err
	}
	// The core has ended the sessions; one that is not ours may leave it to us.
	_, err = r.sessions.RevokeUser(ctx, done.UserID)
	return out, err
}

// setPassword spends a token. A login method that has proved its address by it
// is made one with whom it belongs to.
func (r *Recipe) setPassword(ctx context.Context, tenantID string, token, password core.Secret) (core.ConsumedToken, error) {
	done, err := r.ResetPassword(ctx, core.ResetPassword{TenantID: tenantID, Method: "token", Token: token, NewPassword: password})
	if errors.Is(err, core.InvalidResetToken) {
		return r.addPassword(ctx, tenantID, token, password)
	}
	if err != nil {
		return done, err
	}
	out, err := r.app.Core.User.ByID(ctx, core.UserByID{UserID: done.UserID})
	if errors.Is(err, core.UnknownUserID) { // deleted meanwhile
		return done, core.InvalidResetToken
	}
	if err == nil {
		_, err = r.flow.LinkByAddress(ctx, tenantID, out.User, nil)
	}
	return done, err
}

// addPassword spends a token of a user who has no password yet: the password
// becomes another login method of that user. Any other token is not good.
func (r *Recipe) addPassword(ctx context.Context, tenantID string, token, password core.Secret) (core.ConsumedToken, error) {
	done, err := r.ConsumeResetToken(ctx, core.ConsumeToken{TenantID: tenantID, Token: token})
	if err != nil {
		return done, err
	}
	added, err := r.SignUp(ctx, core.SignUp{TenantID: tenantID, Email: done.Email, Password: password})
	if errors.Is(err, core.EmailAlreadyExists) {
		return done, core.InvalidResetToken
	}
	if err != nil {
		return done, err
	}
	_, err = r.flow.ProveAndLink(ctx, tenantID, added.RecipeUserID, done.Email)
	return done, err
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
