package emailpassword

import (
	"context"
	"errors"
	"fmt"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/recipe/signin"
)

// RecipeID is the recipe's id in the protocol, and that of its login methods
// and its factor.
const RecipeID = signin.EmailPassword

// Functions is what the recipe does; see [core.EmailPassword].
type Functions = core.EmailPassword

// Config changes the recipe.
type Config struct {
	// Email sends the mails. Required: a delivery.SMTP, or while developing a
	// delivery.Outbox.
	Email delivery.Sender
	// SignUpFields are what the sign-up form asks for besides email and
	// password, or these two with other validators.
	SignUpFields []Field
	// ResetMail makes the mail with the link to set a new password; default
	// the built-in template.
	ResetMail func(ctx context.Context, m ResetMail) (delivery.Email, error)

	// Functions and APIs replace parts of the recipe. They receive the original
	// and return what to use.
	Functions func(original Functions) Functions
	APIs      func(original APIs) APIs
}

// Recipe is the email and password recipe. Its operations are its fields.
type Recipe struct {
	Functions

	cfg      Config
	app      *postern.App
	sessions *session.Recipe
	flow     *signin.Flow
	apis     APIs
	signUp   []Field
	signIn   []Field
}

// New returns the recipe. Mistakes in cfg are reported by postern.New.
func New(cfg Config) *Recipe { return &Recipe{cfg: cfg} }

// ID is "emailpassword".
func (r *Recipe) ID() string { return RecipeID }

// Init prepares the recipe.
func (r *Recipe) Init(a *postern.App) (err error) {
	var errs []error
	r.app = a
	if r.sessions, err = postern.Need[*session.Recipe](a); err != nil {
		errs = append(errs, err)
	}
	r.flow = signin.New(a)
	if r.cfg.Email == nil {
		errs = append(errs, errors.New("Email: is missing; set a delivery.SMTP, or while developing a delivery.Outbox"))
	}
	for i, f := range r.cfg.SignUpFields {
		if f.ID == "" {
			errs = append(errs, fmt.Errorf("SignUpFields[%d].ID: is missing", i))
		}
	}
	if r.cfg.ResetMail == nil {
		r.cfg.ResetMail = r.defaultResetMail
	}
	r.signUp = signUpFields(r.cfg.SignUpFields)
	r.signIn = []Field{fieldOf(r.signUp, emailField), {ID: passwordField}}
	r.override()
	return errors.Join(errs...)
}

func (r *Recipe) override() {
	r.Functions = r.app.Core.EmailPassword
	if f := r.cfg.Functions; f != nil {
		r.Functions = f(r.Functions)
	}
	r.apis = APIs{
		SignUp:             r.signUpAPI,
		SignIn:             r.signInAPI,
		EmailExists:        r.emailExistsAPI,
		PasswordResetToken: r.resetTokenAPI,
		PasswordReset:      r.resetAPI,
	}
	if f := r.cfg.APIs; f != nil {
		r.apis = f(r.apis)
	}
}

// APIs is what the recipe serves.
func (r *Recipe) APIs() any { return &r.apis }
