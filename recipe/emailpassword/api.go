package emailpassword

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
	SignUp             op.Func[SignUpPost, fdi.SignedIn]         `fdi:"POST /signup"`
	SignIn             op.Func[SignInPost, fdi.SignedIn]         `fdi:"POST /signin"`
	EmailExists        op.Func[EmailExistsGet, Exists]           `fdi:"GET /emailpassword/email/exists, GET /signup/email/exists"`
	PasswordResetToken op.Func[PasswordResetTokenPost, struct{}] `fdi:"POST /user/password/reset/token"`
	PasswordReset      op.Func[PasswordResetPost, struct{}]      `fdi:"POST /user/password/reset"`
}

// SignUpPost is the input of [APIs].SignUp.
type SignUpPost struct {
	fdi.Call
	signin.Linking
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

const emailTaken = "This email already exists. Please sign in instead."

func signUpRefusals() signin.Refusals {
	return signin.Refusals{Status: "SIGN_UP_NOT_ALLOWED", SignUp: 7, Links: [4]int{13, 14, 15, 16}}
}

func signInRefusals() signin.Refusals {
	return signin.Refusals{Status: "SIGN_IN_NOT_ALLOWED", SignIn: 8, Links: [4]int{9, 10, 11, 12}}
}

func (r *Recipe) signUpAPI(ctx context.Context, in SignUpPost) (out fdi.SignedIn, err error) {
	attempt, err := r.flow.Begin(ctx, in.Call, in.Linking, RecipeID)
	if err != nil {
		return out, err
	}
	form, err := check(ctx, in.FormFields, r.signUp, attempt.TenantID)
	if err != nil {
		return out, err
	}
	if _, err := r.app.Attempt(in.Request, postern.SignUp, attempt.TenantID, form.Text(emailField)); err != nil {
		return out, err
	}
	out, err = r.addUser(ctx, attempt, form)
	return out, signUpRefusals().Explain(err)
}

func (r *Recipe) addUser(ctx context.Context, attempt *signin.Attempt, form Form) (out fdi.SignedIn, err error) {
	email := form.Text(emailField)
	err = attempt.Allow(ctx, signin.Candidate{Account: signin.Account{RecipeID: RecipeID, Email: email}, Verified: address.IsFake(email)})
	if errors.Is(err, signin.SignUpNotAllowed) {
		return out, r.takenOr(ctx, attempt.TenantID, email, err)
	}
	if err != nil {
		return out, err
	}
	if address.IsFake(email) && attempt.IsFirstFactor() {
		return out, taken()
	}
	user, err := r.SignUp(ctx, core.SignUp{TenantID: attempt.TenantID, Email: email, Password: core.Secret(form.Text(passwordField))})
	if errors.Is(err, core.EmailAlreadyExists) {
		return out, taken()
	}
	if err != nil {
		return out, asFieldError(err)
	}
	return r.enter(ctx, attempt, user)
}

// enter makes the login method one with whom it belongs to, and gives the
// client its session.
func (r *Recipe) enter(ctx context.Context, attempt *signin.Attempt, user core.RecipeUser) (out fdi.SignedIn, err error) {
	linked, err := attempt.Link(ctx, user.User, user.RecipeUserID)
	if err != nil {
		return out, err
	}
	_, err = attempt.Finish(ctx, linked, user.RecipeUserID, RecipeID)
	return fdi.SignedIn{User: linked, RecipeUserID: user.RecipeUserID}, err
}

// takenOr says that the address has a password already, if it has, and else
// what err says.
func (r *Recipe) takenOr(ctx context.Context, tenantID, email string, err error) error {
	users, findErr := r.usersByEmail(ctx, tenantID, email)
	if findErr != nil {
		return findErr
	}
	if _, has := passwordLogin(users, email); has {
		return taken()
	}
	return err
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
	attempt, err := r.flow.Begin(ctx, in.Call, in.Linking, RecipeID)
	if err != nil {
		return out, err
	}
	form, err := check(ctx, in.FormFields, r.signIn, attempt.TenantID)
	if err != nil {
		return out, err
	}
	giveBack, err := r.app.Attempt(in.Request, postern.SignIn, attempt.TenantID, form.Text(emailField))
	if err != nil {
		return out, err
	}
	user, err := r.authenticate(ctx, attempt, form)
	if err != nil {
		return out, err
	}
	giveBack(ctx)
	out, err = r.admit(ctx, attempt, user)
	return out, signInRefusals().Explain(err)
}

// authenticate finds whose email and password these are. Nothing about an
// account is told before the password has proved to be right.
func (r *Recipe) authenticate(ctx context.Context, attempt *signin.Attempt, form Form) (core.RecipeUser, error) {
	email, password := form.Text(emailField), core.Secret(form.Text(passwordField))
	user, err := r.VerifyCredentials(ctx, attempt.TenantID, email, password)
	switch {
	case err == nil && address.IsFake(email) && attempt.Session == nil:
		return user, core.WrongCredentials
	case !errors.Is(err, core.WrongCredentials) || attempt.Session == nil:
		return user, err
	}
	found, err := attempt.FindElsewhere(ctx, signin.Account{RecipeID: RecipeID, Email: email}, func(ctx context.Context, tenantID string) (bool, error) {
		_, err := r.VerifyCredentials(ctx, tenantID, email, password)
		if errors.Is(err, core.WrongCredentials) {
			return false, nil
		}
		return err == nil, err
	})
	if err == nil && found == nil {
		err = core.WrongCredentials
	}
	if err != nil {
		return user, err
	}
	return core.RecipeUser{User: found.User, RecipeUserID: found.Method.RecipeUserID}, nil
}

// admit lets somebody in whose password was right.
func (r *Recipe) admit(ctx context.Context, attempt *signin.Attempt, user core.RecipeUser) (out fdi.SignedIn, err error) {
	m, _ := user.User.LoginMethod(user.RecipeUserID)
	if err := attempt.Allow(ctx, signin.Candidate{Account: signin.AccountOf(m), User: &user.User, Verified: m.Verified}); err != nil {
		return out, err
	}
	if address.IsFake(m.Email) && attempt.IsFirstFactor() {
		return out, core.WrongCredentials
	}
	if user.User, err = r.flow.ShareProof(ctx, attempt.TenantID, user.User, user.RecipeUserID); err != nil {
		return out, err
	}
	return r.enter(ctx, attempt, user)
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
	for _, u := range users {
		i := slices.IndexFunc(u.LoginMethods, func(m core.LoginMethod) bool {
			return m.RecipeID == RecipeID && address.Same(m.Email, email)
		})
		if i >= 0 {
			return login{u, u.LoginMethods[i]}, true
		}
	}
	return login{}, false
}
