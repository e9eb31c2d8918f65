package passwordless

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/recipe/signin"
)

// RecipeID is the recipe's id in the protocol, and that of its login methods.
const RecipeID = "passwordless"

// ContactMethod is how people are reached.
type ContactMethod string

// The contact methods.
const (
	Email        ContactMethod = "EMAIL"
	Phone        ContactMethod = "PHONE"
	EmailOrPhone ContactMethod = "EMAIL_OR_PHONE"
)

// FlowType is what is sent. Its texts are those of the protocol.
type FlowType string

// The flow types.
const (
	Code        FlowType = "USER_INPUT_CODE"
	Link        FlowType = "MAGIC_LINK"
	CodeAndLink FlowType = "USER_INPUT_CODE_AND_MAGIC_LINK"
)

// Functions is what the recipe does; see [core.Passwordless].
type Functions = core.Passwordless

// Config changes the recipe.
type Config struct {
	// ContactMethod and FlowType are how people are reached, and by what.
	// Required.
	ContactMethod ContactMethod
	FlowType      FlowType
	// Email sends mails, and SMS messages. Required where the contact method
	// needs it: a delivery.SMTP and a delivery.Twilio, or while developing a
	// delivery.Outbox.
	Email delivery.Sender
	SMS   delivery.TextSender
	// PhoneRegions are the regions, "CH", whose numbers are accepted; default
	// all. Messages to some regions cost much, and strangers can have them sent.
	PhoneRegions []string
	// ValidateEmail and ValidatePhone return what is wrong with an address or a
	// number, for people to read, or "". The defaults want the usual form.
	ValidateEmail func(ctx context.Context, email, tenantID string) string
	ValidatePhone func(ctx context.Context, phoneNumber, tenantID string) string
	// UserInputCode makes the codes; default six random digits. Codes that can
	// be guessed let strangers in.
	UserInputCode func(ctx context.Context, tenantID string) (core.Secret, error)
	// Mail makes the mail, and Text the message; default the built-in ones.
	Mail func(ctx context.Context, m Message) (delivery.Email, error)
	Text func(ctx context.Context, m Message) (delivery.Text, error)

	// Functions and APIs replace parts of the recipe. They receive the original
	// and return what to use.
	Functions func(original Functions) Functions
	APIs      func(original APIs) APIs
}

// Recipe is the passwordless recipe. Its operations are its fields.
type Recipe struct {
	Functions

	cfg  Config
	app  *postern.App
	flow *signin.Flow
	apis APIs
}

// New returns the recipe. Mistakes in cfg are reported by postern.New.
func New(cfg Config) *Recipe { return &Recipe{cfg: cfg} }

// ID is "passwordless".
func (r *Recipe) ID() string { return RecipeID }

// Init prepares the recipe.
func (r *Recipe) Init(a *postern.App) error {
	r.app, r.flow = a, signin.New(a)
	if _, err := postern.Need[*session.Recipe](a); err != nil {
		return errors.Join(err, r.check())
	}
	r.defaults()
	r.override()
	return r.check()
}

func (r *Recipe) check() error {
	var errs []error
	if !slices.Contains([]ContactMethod{Email, Phone, EmailOrPhone}, r.cfg.ContactMethod) {
		errs = append(errs, fmt.Errorf("ContactMethod: %q is not Email, Phone or EmailOrPhone", r.cfg.ContactMethod))
	}
	if !slices.Contains([]FlowType{Code, Link, CodeAndLink}, r.cfg.FlowType) {
		errs = append(errs, fmt.Errorf("FlowType: %q is not Code, Link or CodeAndLink", r.cfg.FlowType))
	}
	if r.cfg.ContactMethod != Phone && r.cfg.Email == nil {
		errs = append(errs, errors.New("Email: is missing; set a delivery.SMTP, or while developing a delivery.Outbox"))
	}
	if r.cfg.ContactMethod != Email && r.cfg.SMS == nil {
		errs = append(errs, errors.New("SMS: is missing; set a delivery.Twilio, or while developing a delivery.Outbox"))
	}
	for i, region := range r.cfg.PhoneRegions {
		if !isRegion(region) {
			errs = append(errs, fmt.Errorf("PhoneRegions[%d]: %q is no region; write it like \"CH\" (ISO 3166)", i, region))
		}
	}
	return errors.Join(errs...)
}

func (r *Recipe) defaults() {
	if r.cfg.ValidateEmail == nil {
		r.cfg.ValidateEmail = validateEmail
	}
	if r.cfg.ValidatePhone == nil {
		r.cfg.ValidatePhone = validatePhone
	}
	if r.cfg.UserInputCode == nil {
		r.cfg.UserInputCode = func(context.Context, string) (core.Secret, error) { return "", nil } // the core makes one
	}
	if r.cfg.Mail == nil {
		r.cfg.Mail = func(_ context.Context, m Message) (delivery.Email, error) { return r.letter(m).Email() }
	}
	if r.cfg.Text == nil {
		r.cfg.Text = func(_ context.Context, m Message) (delivery.Text, error) { return r.letter(m).Text() }
	}
}

func (r *Recipe) override() {
	r.Functions = r.app.Core.Passwordless
	if f := r.cfg.Functions; f != nil {
		r.Functions = f(r.Functions)
	}
	r.apis = APIs{
		CreateCode: r.createAPI, ResendCode: r.resendAPI, ConsumeCode: r.consumeAPI,
		EmailExists: r.emailExistsAPI, PhoneExists: r.phoneExistsAPI,
	}
	if f := r.cfg.APIs; f != nil {
		r.apis = f(r.apis)
	}
}

// APIs is what the recipe serves.
func (r *Recipe) APIs() any { return &r.apis }
