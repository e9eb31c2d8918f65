package mfa

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/recipe/signin"
)

// RecipeID is the recipe's id in the protocol.
const RecipeID = "multifactorauth"

// Config changes the recipe.
type Config struct {
	// FirstFactors are the factors by which people may begin a sign-in, in
	// tenants that do not say so themselves; default all that there are.
	FirstFactors []string
	// Requirements says what is demanded of a sign-in, one thing after the
	// other. The default is one of the factors that are required of the user or
	// in the tenant, if there are any.
	Requirements func(ctx context.Context, q Question) ([]Requirement, error)
	// MaxFactorAge is how long ago a factor may have been completed for a change
	// of factors: to add one, to remove a device, to make recovery codes; default
	// 5 minutes. Negative means any time.
	MaxFactorAge time.Duration

	// Functions and APIs replace parts of the recipe. They receive the original
	// and return what to use.
	Functions func(original Functions) Functions
	APIs      func(original APIs) APIs
}

// Functions is what the recipe does and an application may replace.
type Functions struct {
	// FactorsSetUp are the factors that a user could complete now.
	FactorsSetUp op.Func[core.User, []string]
	// RequiredFactors are those that are required of a user, by the id of the
	// primary user.
	RequiredFactors op.Func[string, []string]
}

// Recipe is the multi-factor recipe.
type Recipe struct {
	Functions
	// Claim is "st-mfa": which factors are completed, and whether that is
	// enough.
	Claim Claim

	cfg      Config
	app      *postern.App
	sessions *session.Recipe
	apis     APIs
}

// New returns the recipe. Mistakes in cfg are reported by postern.New.
func New(cfg Config) *Recipe {
	r := &Recipe{cfg: cfg}
	r.Claim = Claim{r}
	return r
}

// ID is "multifactorauth".
func (r *Recipe) ID() string { return RecipeID }

// Init prepares the recipe.
func (r *Recipe) Init(a *postern.App) (err error) {
	r.app = a
	if r.sessions, err = postern.Need[*session.Recipe](a); err != nil {
		return err
	}
	r.cfg.MaxFactorAge = cmp.Or(r.cfg.MaxFactorAge, 5*time.Minute)
	var errs []error
	if r.cfg.FirstFactors != nil && len(r.cfg.FirstFactors) == 0 {
		errs = append(errs, errors.New("FirstFactors: is empty, so nobody could sign in; name some, or leave it out to allow all"))
	}
	for i, factor := range r.cfg.FirstFactors {
		if factor == "" || factor == signin.TOTP {
			errs = append(errs, fmt.Errorf("FirstFactors[%d]: %q is no factor that a sign-in can begin with", i, factor))
		}
	}
	errs = append(errs, r.sessions.AddClaim(r.Claim))
	r.sessions.AddValidator(r.Satisfied())
	r.override()
	return errors.Join(errs...)
}

func (r *Recipe) override() {
	r.Functions = Functions{FactorsSetUp: r.factorsSetUp, RequiredFactors: r.requiredFactors}
	if f := r.cfg.Functions; f != nil {
		r.Functions = f(r.Functions)
	}
	r.apis = APIs{Info: r.infoAPI}
	if f := r.cfg.APIs; f != nil {
		r.apis = f(r.apis)
	}
}

// APIs is what the recipe serves.
func (r *Recipe) APIs() any { return &r.apis }

// AllowedFirstFactors is Config.FirstFactors.
func (r *Recipe) AllowedFirstFactors() []string { return r.cfg.FirstFactors }

// Source is a recipe that brings factors; it knows who has set them up.
type Source interface {
	// SecondFactors are those that can be added to a first one.
	SecondFactors() []string
	// FactorsSetUp are those that a user could complete now.
	FactorsSetUp(ctx context.Context, user core.User) ([]string, error)
}

// ContactSource is a recipe whose factors reach people by mail or message.
type ContactSource interface {
	// FactorContacts returns for each factor the addresses by which it could
	// reach the user, the best first. recipeUserID is the login method of the
	// session.
	FactorContacts(user core.User, recipeUserID string) (emails, phoneNumbers map[string][]string)
}

func (r *Recipe) secondFactors() (all []string) {
	for _, source := range postern.All[Source](r.app) {
		all = append(all, source.SecondFactors()...)
	}
	return all
}

func (r *Recipe) factorsSetUp(ctx context.Context, user core.User) ([]string, error) {
	all := []string{}
	for _, source := range postern.All[Source](r.app) {
		have, err := source.FactorsSetUp(ctx, user)
		if err != nil {
			return nil, err
		}
		all = append(all, have...)
	}
	return all, nil
}
