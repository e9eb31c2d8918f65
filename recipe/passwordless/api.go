package passwordless

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/internal/address"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/signin"
)

// APIs is what the recipe serves. A nil API is not served.
type APIs struct {
	CreateCode  op.Func[CreateCodePost, CodeSent]        `fdi:"POST /signinup/code"`
	ResendCode  op.Func[ResendCodePost, struct{}]        `fdi:"POST /signinup/code/resend"`
	ConsumeCode op.Func[ConsumeCodePost, fdi.SignedInUp] `fdi:"POST /signinup/code/consume"`
	EmailExists op.Func[EmailExistsGet, Exists]          `fdi:"GET /passwordless/email/exists, GET /signup/email/exists"`
	PhoneExists op.Func[PhoneExistsGet, Exists]          `fdi:"GET /passwordless/phonenumber/exists, GET /signup/phonenumber/exists"`
}

// CreateCodePost is the input of [APIs].CreateCode: Email or PhoneNumber.
type CreateCodePost struct {
	fdi.Call
	signin.Linking
	Email       *string `json:"email"`
	PhoneNumber *string `json:"phoneNumber"`
}

// CodeSent is the answer of [APIs].CreateCode.
type CodeSent struct {
	DeviceID         core.Secret `json:"deviceId"`
	PreAuthSessionID string      `json:"preAuthSessionId"`
	FlowType         FlowType    `json:"flowType"`
}

// ResendCodePost is the input of [APIs].ResendCode.
type ResendCodePost struct {
	fdi.Call
	signin.Linking
	DeviceID         core.Secret `json:"deviceId"`
	PreAuthSessionID string      `json:"preAuthSessionId"`
}

// ConsumeCodePost is the input of [APIs].ConsumeCode: LinkCode, or DeviceID and
// UserInputCode.
type ConsumeCodePost struct {
	fdi.Call
	signin.Linking
	PreAuthSessionID string      `json:"preAuthSessionId"`
	LinkCode         core.Secret `json:"linkCode"`
	DeviceID         core.Secret `json:"deviceId"`
	UserInputCode    core.Secret `json:"userInputCode"`
}

// EmailExistsGet is the input of [APIs].EmailExists.
type EmailExistsGet struct {
	fdi.Call
	Email string `query:"email"`
}

// PhoneExistsGet is the input of [APIs].PhoneExists.
type PhoneExistsGet struct {
	fdi.Call
	PhoneNumber string `query:"phoneNumber"`
}

// Exists is the answer of [APIs].EmailExists and [APIs].PhoneExists.
type Exists struct {
	Exists bool `json:"exists"`
}

const refused op.Status = "SIGN_IN_UP_NOT_ALLOWED"

func refusals() signin.Refusals {
	return signin.Refusals{Status: refused, SignUp: 2, SignIn: 3, Links: [4]int{0, 17, 18, 19}}
}

// narrow leaves the factors by which a contact is proved. Who is signed in adds
// one by a code: a link could be opened in another browser.
func (r *Recipe) narrow(attempt *signin.Attempt, to contact) error {
	factors := r.factors(to.isPhone())
	if attempt.Session != nil && r.cfg.FlowType != Link {
		factors = factors[:1]
	}
	return attempt.Only(factors...)
}

func (r *Recipe) createAPI(ctx context.Context, in CreateCodePost) (out CodeSent, err error) {
	attempt, err := r.flow.Begin(ctx, in.Call, in.Linking, r.FirstFactors()...)
	if err != nil {
		return out, err
	}
	to, err := r.contact(ctx, in.Email, in.PhoneNumber, attempt.TenantID)
	if err != nil {
		return out, err
	}
	if err := r.narrow(attempt, to); err != nil {
		return out, err
	}
	if err := r.maySend(in.Request, attempt.TenantID, to); err != nil {
		return out, err
	}
	err = r.app.Evenly(ctx, func(ctx context.Context) error { return r.look(ctx, attempt, to) })
	if err != nil {
		return out, refusals().Explain(err)
	}
	code, err := r.create(ctx, attempt.TenantID, core.CreateCode{Email: to.email, PhoneNumber: to.phone})
	if err != nil {
		return out, err
	}
	out = CodeSent{code.DeviceID, code.PreAuthSessionID, flowType(attempt.Factors)}
	return out, r.send(ctx, attempt, to, code, in.Request)
}

// look decides whether somebody who has not proved anything yet may try.
func (r *Recipe) look(ctx context.Context, attempt *signin.Attempt, to contact) error {
	found, err := attempt.Find(ctx, to.account(), func(context.Context, string) (bool, error) { return false, nil })
	if err != nil {
		return err
	}
	c := signin.Candidate{Account: to.account(), ProvesAddress: true, Look: true}
	if found != nil {
		c.User, c.Verified = &found.User, signin.Proved(found.Method)
	}
	return attempt.Allow(ctx, c)
}

// create makes a code, of the application's if it has its own.
func (r *Recipe) create(ctx context.Context, tenantID string, in core.CreateCode) (out core.CreatedCode, err error) {
	in.TenantID = tenantID
	if in.UserInputCode, err = r.cfg.UserInputCode(ctx, tenantID); err != nil {
		return out, err
	}
	return r.Functions.CreateCode(ctx, in)
}

// resendTries is how often a code is made that is another one than before.
const resendTries = 3

func (r *Recipe) resendAPI(ctx context.Context, in ResendCodePost) (out struct{}, err error) {
	switch {
	case in.PreAuthSessionID == "":
		return out, fdi.BadInput("Please provide preAuthSessionId")
	case in.DeviceID == "":
		return out, fdi.BadInput("Please provide a deviceId")
	}
	attempt, err := r.flow.Begin(ctx, in.Call, in.Linking, r.FirstFactors()...)
	if err != nil {
		return out, err
	}
	device, err := r.device(ctx, core.ListCodes{TenantID: attempt.TenantID, DeviceID: in.DeviceID})
	if err != nil {
		return out, err
	}
	if device.PreAuthSessionID != strings.TrimRight(in.PreAuthSessionID, "=") {
		return out, core.RestartFlow
	}
	to := contactOf(device)
	if err := r.narrow(attempt, to); err != nil {
		return out, err
	}
	if err := r.maySend(in.Request, attempt.TenantID, to); err != nil {
		return out, err
	}
	if err := r.look(ctx, attempt, to); err != nil {
		return out, restartIfRefused(err)
	}
	for range resendTries {
		code, err := r.create(ctx, attempt.TenantID, core.CreateCode{DeviceID: in.DeviceID})
		if errors.Is(err, core.UserInputCodeAlreadyUsed) {
			continue
		}
		if err != nil {
			return out, err
		}
		return out, r.send(ctx, attempt, to, code, in.Request)
	}
	return out, &fdi.GeneralError{Message: "Failed to generate a one time code. Please try again"}
}

// restartIfRefused is for somebody who was allowed when the first code was
// sent.
func restartIfRefused(err error) error {
	var link *signin.LinkFailed
	if errors.As(err, &link) || errors.Is(err, signin.SignUpNotAllowed) || errors.Is(err, signin.SignInNotAllowed) {
		return core.RestartFlow
	}
	return err
}

// device finds one device, of a kind that is used here.
func (r *Recipe) device(ctx context.Context, in core.ListCodes) (core.Device, error) {
	out, err := r.ListCodes(ctx, in)
	var bad *core.BadInput
	switch {
	case errors.As(err, &bad): // no id looks like this
		return core.Device{}, core.RestartFlow
	case err != nil:
		return core.Device{}, err
	case len(out.Devices) == 0, !r.accepts(out.Devices[0].PhoneNumber != ""):
		return core.Device{}, core.RestartFlow
	}
	return out.Devices[0].Device, nil
}

func (r *Recipe) emailExistsAPI(ctx context.Context, in EmailExistsGet) (out Exists, err error) {
	if !in.Request.URL.Query().Has("email") {
		return out, fdi.BadInput("Please provide the email as a GET param")
	}
	email := strings.TrimSpace(in.Email)
	users, err := r.users(ctx, in.Call, core.UsersByAccountInfo{TenantID: in.TenantID, Email: email})
	for _, u := range users {
		out.Exists = out.Exists || slices.ContainsFunc(u.LoginMethods, func(m core.LoginMethod) bool {
			return m.RecipeID == RecipeID && address.Same(m.Email, email)
		})
	}
	return out, err
}

func (r *Recipe) phoneExistsAPI(ctx context.Context, in PhoneExistsGet) (out Exists, err error) {
	if !in.Request.URL.Query().Has("phoneNumber") {
		return out, fdi.BadInput("Please provide the phoneNumber as a GET param")
	}
	users, err := r.users(ctx, in.Call, core.UsersByAccountInfo{TenantID: in.TenantID, PhoneNumber: normalPhone(in.PhoneNumber)})
	out.Exists = len(users) > 0
	return out, err
}

func (r *Recipe) users(ctx context.Context, call fdi.Call, in core.UsersByAccountInfo) ([]core.User, error) {
	if _, err := r.app.Attempt(call.Request, postern.AskIfExists, in.TenantID, ""); err != nil {
		return nil, err
	}
	if in.Email == "" && in.PhoneNumber == "" {
		return nil, nil
	}
	out, err := r.app.Core.User.ByAccountInfo(ctx, in)
	var bad *core.BadInput
	if errors.As(err, &bad) { // nobody has what looks like this
		return nil, nil
	}
	return out.Users, err
}
