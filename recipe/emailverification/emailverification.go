package emailverification

import (
	"context"
	"errors"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/claim"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/recipe/signin"
)

// RecipeID is the recipe's id in the protocol.
const RecipeID = "emailverification"

// Mode says what becomes of people who have not proved their address.
type Mode string

// The modes.
const (
	// Required refuses their requests, unless a handler says otherwise.
	Required Mode = "REQUIRED"
	// Optional leaves it to the application, which reads the claim.
	Optional Mode = "OPTIONAL"
)

// Functions is what the recipe does; see [core.EmailVerification].
type Functions = core.EmailVerification

// Config changes the recipe.
type Config struct {
	// Mode is Required or Optional. There is no default: it decides who gets in.
	Mode Mode
	// Email sends the mails. Required: a delivery.SMTP, or while developing a
	// delivery.Outbox.
	Email delivery.Sender
	// EmailOf returns the address of a login method that the core knows none
	// of, and false if there is none.
	EmailOf func(ctx context.Context, recipeUserID string) (email string, ok bool, err error)
	// VerifyMail makes the mail with the link and the code; default the
	// built-in template.
	VerifyMail func(ctx context.Context, m VerifyMail) (delivery.Email, error)
	// DisarmedMail makes the mail which says that a password was replaced;
	// default the built-in template.
	DisarmedMail func(ctx context.Context, m DisarmedMail) (delivery.Email, error)

	// Functions and APIs replace parts of the recipe. They receive the original
	// and return what to use.
	Functions func(original Functions) Functions
	APIs      func(original APIs) APIs
}

// Recipe is the email verification recipe. Its operations are its fields.
type Recipe struct {
	Functions
	// Claim says whether the user's address is proved: "st-ev". Users without
	// an address count as proved.
	Claim *claim.Claim[bool]

	cfg      Config
	app      *postern.App
	sessions *session.Recipe
	flow     *signin.Flow
	apis     APIs
}

// New returns the recipe. Mistakes in cfg are reported by postern.New.
func New(cfg Config) *Recipe {
	r := &Recipe{cfg: cfg}
	r.Claim = &claim.Claim[bool]{Key: "st-ev", Fetch: func(ctx context.Context, s claim.Subject) (bool, bool, error) {
		if s.User != nil && cfg.EmailOf == nil && cfg.Functions == nil {
			if m, ok := s.User.LoginMethod(s.RecipeUserID); ok {
				return m.Email == "" || m.Verified, true, nil
			}
		}
		ok, err := r.Proved(ctx, s.RecipeUserID)
		return ok, true, err
	}}
	return r
}

// ID is "emailverification".
func (r *Recipe) ID() string { return RecipeID }

// Init prepares the recipe.
func (r *Recipe) Init(a *postern.App) (err error) {
	var errs []error
	r.app = a
	if r.cfg.Mode != Required && r.cfg.Mode != Optional {
		errs = append(errs, errors.New("Mode: is missing; set Required or Optional"))
	}
	if r.cfg.Email == nil {
		errs = append(errs, errors.New("Email: is missing; set a delivery.SMTP, or while developing a delivery.Outbox"))
	}
	if r.cfg.VerifyMail == nil {
		r.cfg.VerifyMail = r.defaultMail
	}
	if r.cfg.DisarmedMail == nil {
		r.cfg.DisarmedMail = r.defaultDisarmedMail
	}
	if r.sessions, err = postern.Need[*session.Recipe](a); err != nil {
		return errors.Join(append(errs, err)...)
	}
	r.flow = signin.New(a)
	errs = append(errs, r.sessions.AddClaim(r.Claim))
	if r.cfg.Mode == Required {
		r.sessions.AddValidator(r.IsVerified())
	}
	r.override()
	return errors.Join(errs...)
}

func (r *Recipe) override() {
	r.Functions = r.app.Core.EmailVerification
	if f := r.cfg.Functions; f != nil {
		r.Functions = f(r.Functions)
	}
	r.apis = APIs{SendToken: r.sendTokenAPI, Verify: r.verifyAPI, IsVerified: r.isVerifiedAPI}
	if f := r.cfg.APIs; f != nil {
		r.apis = f(r.apis)
	}
}

// APIs is what the recipe serves.
func (r *Recipe) APIs() any { return &r.apis }

// refetchFalse is how old "not proved" may be before it is looked up again:
// the proof often happens in another tab or on another device.
const refetchFalse = 10 * time.Second

// IsVerified is the demand that the user's address is proved.
func (r *Recipe) IsVerified(opts ...claim.Option) claim.Validator {
	v := claim.Equals(r.Claim, true, opts...)
	stale := v.Stale
	v.Stale = func(p claim.Payload, now time.Time) bool {
		proved, at, has := r.Claim.Value(p)
		return stale(p, now) || has && !proved && now.Sub(at) > refetchFalse
	}
	return v
}

// Proved reports whether a login method has proved its address. One without an
// address has.
func (r *Recipe) Proved(ctx context.Context, recipeUserID string) (bool, error) {
	email, err := r.emailOf(ctx, recipeUserID)
	if errors.Is(err, core.UnknownUserID) || email == "" && err == nil {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	out, err := r.Functions.IsVerified(ctx, core.UserEmail{UserID: recipeUserID, Email: email})
	return out.IsVerified, err
}

// emailOf returns the address of a login method, or "" if it has none. It
// fails with [core.UnknownUserID].
func (r *Recipe) emailOf(ctx context.Context, recipeUserID string) (string, error) {
	if r.cfg.EmailOf != nil {
		if email, ok, err := r.cfg.EmailOf(ctx, recipeUserID); ok || err != nil {
			return email, err
		}
	}
	out, err := r.app.Core.User.ByID(ctx, core.UserByID{UserID: recipeUserID})
	if err != nil {
		return "", err
	}
	m, _ := out.User.LoginMethod(recipeUserID)
	return m.Email, nil
}
