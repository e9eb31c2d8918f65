package signin

import (
	"errors"
	"fmt"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/op"
)

// What the flow refuses. Recipes put it into words by their [Refusals].
const (
	SignUpNotAllowed op.Status = "SIGN_UP_NOT_ALLOWED"
	SignInNotAllowed op.Status = "SIGN_IN_NOT_ALLOWED"
)

// The reasons of a [LinkFailed].
const (
	EmailVerificationRequired op.Status = "EMAIL_VERIFICATION_REQUIRED"
	LoginMethodTaken                    = core.AlreadyLinkedToOther
	AccountInfoTaken                    = core.AccountInfoTaken
	SessionUserTaken          op.Status = "SESSION_USER_ACCOUNT_INFO_ALREADY_ASSOCIATED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR"
)

// LinkFailed is a login method that cannot become one with the user who is
// signed in.
type LinkFailed struct {
	Reason op.Status `json:"reason"`
}

// FailStatus is LINKING_TO_SESSION_USER_FAILED.
func (*LinkFailed) FailStatus() op.Status { return "LINKING_TO_SESSION_USER_FAILED" }
func (e *LinkFailed) Error() string {
	return "linking to the session's user failed: " + string(e.Reason)
}

// Refusals is how an API says what the flow refuses: its status, and a code
// for the support (FDI §4.0.12). A code of 0 is left out.
type Refusals struct {
	Status         op.Status
	SignUp, SignIn int
	// Links are the codes for the reasons of a [LinkFailed], in the order in
	// which they are declared.
	Links [4]int
}

// Explain turns what the flow refuses into the answer of the API. Other errors
// stay as they are.
func (r Refusals) Explain(err error) error {
	var link *LinkFailed
	switch {
	case errors.Is(err, SignUpNotAllowed):
		return r.refuse(r.SignUp, "There is an account with this address already, and it may be somebody else's. Sign in to it, use another way to sign in, or contact support.")
	case errors.Is(err, SignInNotAllowed):
		return r.refuse(r.SignIn, "This way to sign in cannot be used until its address is confirmed, because another account has the same address. Reset the password, use another way to sign in, or contact support.")
	case errors.As(err, &link):
		for i, reason := range linkReasons() {
			if link.Reason == reason.status {
				return r.refuse(r.Links[i], reason.text)
			}
		}
	}
	return err
}

type linkReason struct {
	status op.Status
	text   string
}

func linkReasons() [4]linkReason {
	return [4]linkReason{
		{EmailVerificationRequired, "This login can be added to your account once its address is confirmed. Confirm it and try again."},
		{LoginMethodTaken, "This login belongs to another account already. Sign in to that one, or contact support."},
		{AccountInfoTaken, "The address of this login belongs to another account already. Sign in to that one, or contact support."},
		{SessionUserTaken, "Your address belongs to another account too, so no login can be added to this one. Contact support."},
	}
}

func (r Refusals) refuse(code int, text string) error {
	return &fdi.NotAllowed{Status: r.Status, Reason: WithCode(text, code)}
}

// WithCode adds the code for the support to a text for people, as clients
// look for it.
func WithCode(text string, code int) string {
	if code == 0 {
		return text
	}
	return fmt.Sprintf("%s (ERR_CODE_%03d)", text, code)
}
