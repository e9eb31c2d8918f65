package emailpassword

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/session"
)

// APIs is what the recipe serves. A nil API is not served.
type APIs struct {
	SignUp             op.Func[SignUpPost, fdi.SignedIn]         `fdi:"POST /signup"`
	SignIn             op.Func[SignInPost, fdi.SignedIn]         `fdi:"POST /signin"`
	EmailExists        op.Func[EmailExistsGet, Exists]           `fdi:"GET /emailpassword/email/exists, GET /signup/email/exists"`
	PasswordResetToken op.Func[PasswordResetTokenPost, struct{}] `fdi:"POST /user/password/reset/token"`
	PasswordReset      op.Func[PasswordResetPost, struct{}]      `fdi:"POST /user/password/reset"`
}

// SignUpPost is the input of [APIs].SignUp.
type SignUpPost struct {
	fdi.Call
	session.Linking
	FormFields Form `json:"formFields"`
}

// SignInPost is the input of [APIs].SignIn.
type SignInPost SignUpPost

// EmailExistsGet is the input of [APIs].EmailExists.
type EmailExistsGet struct {
	fdi.Call
	Email string `query:"email"`
}

// Exists is the answer of [APIs].EmailExists.
type Exists struct {
	Exists bool `json:"exists"`
}

const (
	emailTaken = "This email already exists. Please sign in instead."
	// fakeDomains end the addresses of users who have none; nobody signs up or
	// in by them.
	fakeDomain, olderFakeDomain = "@stfakeemail.supertokens.com", ".fakeemail.com"
)

func isFake(email string) bool {
	email = strings.ToLower(email)
	return strings.HasSuffix(email, fakeDomain) || strings.HasSuffix(email, olderFakeDomain)
}

func (r *Recipe) signUpAPI(ctx context.Context, in SignUpPost) (out fdi.SignedIn, err error) {
	before, tenant, err := r.begin(ctx, in.Call, in.Linking)
	if err != nil {
		return out, err
	}
	form, err := check(ctx, in.FormFields, r.signUp, tenant)
	if err != nil {
		return out, err
	}
	email := form.Text(emailField)
	if _, err := r.app.Attempt(in.Request, postern.SignUp, tenant, email); err != nil {
		return out, err
	}
	if isFake(email) {
		return out, taken()
	}
	user, err := r.SignUp(ctx, core.SignUp{TenantID: tenant, Email: email, Password: core.Secret(form.Text(passwordField))})
	if errors.Is(err, core.EmailAlreadyExists) {
		return out, taken()
	}
	if err != nil {
		return out, asFieldError(err)
	}
	_, err = r.sessions.SignIn(in.Call, tenant, user, before)
	return fdi.SignedIn{User: user.User, RecipeUserID: user.RecipeUserID}, err
}

func taken() error {
	return &fdi.FieldErrors{FormFields: []fdi.FieldError{{ID: emailField, Error: emailTaken}}}
}

// asFieldError shows what the core has against an address where the person
// can mend it.
func asFieldError(err error) error {
	var bad *core.BadInput
	if !errors.As(err, &bad) {
		return err
	}
	field := emailField
	if strings.Contains(strings.ToLower(bad.Message), passwordField) {
		field = passwordField
	}
	return &fdi.FieldErrors{FormFields: []fdi.FieldError{{ID: field, Error: bad.Message}}}
}

func (r *Recipe) signInAPI(ctx context.Context, in SignInPost) (out fdi.SignedIn, err error) {
	before, tenant, err := r.begin(ctx, in.Call, in.Linking)
	if err != nil {
		return out, err
	}
	form, err := check(ctx, in.FormFields, r.signIn, tenant)
	if err != nil {
		return out, err
	}
	email := form.Text(emailField)
	giveBack, err := r.app.Attempt(in.Request, postern.SignIn, tenant, email)
	if err != nil {
		return out, err
	}
	user, err := r.SignIn(ctx, core.SignIn{TenantID: tenant, Email: email, Password: core.Secret(form.Text(passwordField))})
	var bad *core.BadInput
	if errors.As(err, &bad) { // no account has such an address or password
		err = core.WrongCredentials
	}
	if err != nil {
		return out, err
	}
	if isFake(email) && before == nil {
		return out, core.WrongCredentials
	}
	giveBack(ctx)
	_, err = r.sessions.SignIn(in.Call, tenant, user, before)
	return fdi.SignedIn{User: user.User, RecipeUserID: user.RecipeUserID}, err
}

// begin is what sign-up and sign-in do first: the session to start from, the
// tenant, and whether the tenant lets people in by password.
func (r *Recipe) begin(ctx context.Context, call fdi.Call, l session.Linking) (*session.Session, string, error) {
	before, tenant, err := r.sessions.ForSignIn(call, l)
	if err != nil {
		return nil, "", err
	}
	if link, _ := l.ShouldTryLinkingWithSessionUser.Get(); link && before != nil {
		return nil, "", fdi.BadInput("shouldTryLinkingWithSessionUser is true, but this backend does not link accounts")
	}
	ok, err := r.app.AllowsFirstFactor(ctx, tenant, RecipeID)
	if err == nil && !ok {
		err = r.sessions.FactorNotAllowed()
	}
	return before, tenant, err
}

func (r *Recipe) emailExistsAPI(ctx context.Context, in EmailExistsGet) (out Exists, err error) {
	if !in.Request.URL.Query().Has("email") {
		return out, fdi.BadInput("Please provide the email as a GET param")
	}
	if _, err := r.app.Attempt(in.Request, postern.AskIfExists, in.TenantID, ""); err != nil {
		return out, err
	}
	users, err := r.usersByEmail(ctx, in.TenantID, in.Email)
	_, out.Exists = passwordLogin(users, in.Email)
	return out, err
}

// usersByEmail returns the users of a tenant with this address, none if no
// address can look like this.
func (r *Recipe) usersByEmail(ctx context.Context, tenant, email string) ([]core.User, error) {
	email = strings.TrimSpace(email)
	if email == "" {
		return nil, nil
	}
	out, err := r.app.Core.User.ByAccountInfo(ctx, core.UsersByAccountInfo{TenantID: tenant, Email: email})
	var bad *core.BadInput
	if errors.As(err, &bad) {
		return nil, nil
	}
	return out.Users, err
}

// login is a login method and the user it belongs to.
type login struct {
	user   core.User
	method core.LoginMethod
}

// passwordLogin finds the login method with a password and this address.
func passwordLogin(users []core.User, email string) (login, bool) {
	email = strings.ToLower(strings.TrimSpace(email))
	for _, u := range users {
		i := slices.IndexFunc(u.LoginMethods, func(m core.LoginMethod) bool {
			return m.RecipeID == RecipeID && strings.EqualFold(m.Email, email)
		})
		if i >= 0 {
			return login{u, u.LoginMethods[i]}, true
		}
	}
	return login{}, false
}
