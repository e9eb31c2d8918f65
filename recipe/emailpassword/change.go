package emailpassword

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/internal/address"
	"github.com/posternauth/postern/recipe/signin"
)

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
	// Session is the handle of the session that makes the change: it goes on.
	// The user's other sessions end, unless KeepSessions is set.
	Session      string
	KeepSessions bool
	// NoMail leaves it to the application to tell the person; otherwise a mail
	// goes to the addresses that the user had.
	NoMail bool
}

// ChangeEmailOrPassword changes a user's email, password or both. It fails
// with [core.UnknownUserID], [core.EmailAlreadyExists],
// [core.EmailChangeNotAllowed] or [PolicyViolated]. It ends the user's
// sessions but the one that is named: whoever else knew the old password is out.
//
// A user with several login methods gets only an email that is proved: until
// then the old one stays. Have the person prove it first, by a mail with the
// link that the emailverification recipe's Link makes for it.
func (r *Recipe) ChangeEmailOrPassword(ctx context.Context, in Change) error {
	if in.Password != "" && !in.AnyPassword {
		if reason := r.policyReason(ctx, in); reason != "" {
			return &PolicyViolated{reason}
		}
	}
	user, err := r.userToChange(ctx, in)
	if err != nil {
		return err
	}
	_, err = r.Update(ctx, core.UpdateEmailPassword{RecipeUserID: in.RecipeUserID, Email: in.Email, Password: in.Password})
	if err != nil {
		return err
	}
	if what := in.changes(user); what != "" {
		r.tell(ctx, user, in, what)
		if err := r.endOthers(ctx, user, in); err != nil {
			return err
		}
	}
	if in.Email == "" {
		return nil
	}
	return r.flow.ShareProofOf(ctx, user, in.RecipeUserID)
}

// changes says what is not as it was, for people to read; nothing if all is.
func (in Change) changes(user core.User) string {
	m, _ := user.LoginMethod(in.RecipeUserID)
	email := in.Email != "" && !address.Same(m.Email, in.Email)
	switch {
	case email && in.Password != "":
		return "The email address and the password for signing in were changed."
	case email:
		return "The email address for signing in was changed."
	case in.Password != "":
		return "A new password was set."
	}
	return ""
}

// endOthers ends the sessions that may be of somebody who knew what was changed.
func (r *Recipe) endOthers(ctx context.Context, user core.User, in Change) error {
	if in.KeepSessions {
		return nil
	}
	_, err := r.sessions.RevokeOthers(ctx, user.ID, in.Session)
	return err
}

// tell mails what was changed to the addresses that the user had before: who
// changed one may be somebody else.
func (r *Recipe) tell(ctx context.Context, user core.User, in Change, what string) {
	if in.NoMail {
		return
	}
	sender, link := r.ChangeNotices()
	mail := delivery.AccountChanged{AppName: r.app.Site.Name, What: what, Link: link}
	r.app.Background(ctx, "mailing that an account was changed", func(ctx context.Context) error {
		return mail.SendAll(ctx, sender, slices.DeleteFunc(slices.Clone(user.Emails), address.IsFake))
	})
}

// ChangeNotices is by whom people hear of changes of their account, and where
// they can ask for a new password. Other recipes use it too.
func (r *Recipe) ChangeNotices() (by delivery.Sender, resetPage string) {
	return r.cfg.Email, r.app.Site.Website(nil) + "/reset-password"
}

func (r *Recipe) policyReason(ctx context.Context, in Change) string {
	tenant := in.TenantID
	if tenant == "" {
		tenant = core.Public
	}
	return fieldOf(r.signUp, passwordField).Validate(ctx, string(in.Password), tenant)
}

// userToChange returns the user, if the new email is none that somebody else
// could come in by.
func (r *Recipe) userToChange(ctx context.Context, in Change) (core.User, error) {
	out, err := r.app.Core.User.ByID(ctx, core.UserByID{UserID: in.RecipeUserID})
	if err != nil || in.Email == "" {
		return out.User, err
	}
	email := strings.TrimSpace(in.Email)
	m, ok := out.User.LoginMethod(in.RecipeUserID)
	if !ok {
		return out.User, core.UnknownUserID
	}
	if address.Same(m.Email, email) {
		return out.User, nil
	}
	proved, err := r.flow.AddressProved(ctx, in.RecipeUserID, email)
	if err != nil {
		return out.User, err
	}
	if !proved && out.User.IsPrimaryUser && len(out.User.LoginMethods) > 1 {
		return out.User, &core.EmailChangeNotAllowed{Reason: "The address has to be proved first, because other logins belong to the same user"}
	}
	err = r.flow.MayChangeEmail(ctx, signin.EmailChange{User: out.User, RecipeUserID: in.RecipeUserID, Email: email, Verified: proved})
	switch {
	case errors.Is(err, signin.PrimaryUserConflict):
		err = &core.EmailChangeNotAllowed{Reason: "Another user has this address"}
	case errors.Is(err, signin.AccountTakeoverRisk):
		err = &core.EmailChangeNotAllowed{Reason: "The address has to be proved first, because another user has it and would be linked"}
	}
	return out.User, err
}
