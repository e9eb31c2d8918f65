package totp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/recipe/signin"
)

// RecipeID is the recipe's id in the protocol, and that of its factor.
const RecipeID = signin.TOTP

// Functions is what the recipe does; see [core.TOTP].
type Functions = core.TOTP

// Config changes the recipe.
type Config struct {
	// Issuer is what the app on the phone calls this; default the app's name.
	Issuer string
	// Period is how long a code is shown; default 30 s, whole seconds.
	Period time.Duration
	// Skew is how many codes before and after the one of now are right; default
	// 1. ExactTime sets it to 0.
	Skew      int
	ExactTime bool
	// KeepSessions lets the user's other sessions go on when devices or recovery
	// codes change; otherwise only the one that made the change does.
	KeepSessions bool
	// Email sends the mails that tell people of such changes; default what
	// emailpassword sends by. NoMail leaves it to the application.
	Email  delivery.Sender
	NoMail bool

	// Functions and APIs replace parts of the recipe. They receive the original
	// and return what to use.
	Functions func(original Functions) Functions
	APIs      func(original APIs) APIs
}

// Recipe is the TOTP recipe. Its operations are its fields.
type Recipe struct {
	Functions

	cfg      Config
	app      *postern.App
	sessions *session.Recipe
	factors  signin.Factors
	apis     APIs
}

// New returns the recipe. Mistakes in cfg are reported by postern.New.
func New(cfg Config) *Recipe { return &Recipe{cfg: cfg} }

// ID is "totp".
func (r *Recipe) ID() string { return RecipeID }

// Init prepares the recipe.
func (r *Recipe) Init(a *postern.App) (err error) {
	var errs []error
	r.app = a
	if r.sessions, err = postern.Need[*session.Recipe](a); err != nil {
		errs = append(errs, err)
	}
	if all := postern.All[signin.Factors](a); len(all) > 0 {
		r.factors = all[0]
	} else {
		errs = append(errs, errors.New("Recipes: it needs mfa.New(…), which is missing; add it"))
	}
	r.cfg.Issuer = cmp.Or(r.cfg.Issuer, a.Site.Name)
	r.cfg.Period = cmp.Or(r.cfg.Period, 30*time.Second)
	if r.cfg.Period < time.Second || r.cfg.Period%time.Second != 0 {
		errs = append(errs, fmt.Errorf("Period: %v is not a number of whole seconds", r.cfg.Period))
	}
	if r.cfg.Skew < 0 || r.cfg.Skew > 0 && r.cfg.ExactTime {
		errs = append(errs, fmt.Errorf("Skew: %d is negative, or stands beside ExactTime", r.cfg.Skew))
	}
	if !r.cfg.ExactTime {
		r.cfg.Skew = cmp.Or(r.cfg.Skew, 1)
	}
	r.override()
	return errors.Join(errs...)
}

func (r *Recipe) override() {
	r.Functions = r.app.Core.TOTP
	if f := r.cfg.Functions; f != nil {
		r.Functions = f(r.Functions)
	}
	r.apis = APIs{
		CreateDevice: r.createDeviceAPI, Devices: r.devicesAPI, VerifyDevice: r.verifyDeviceAPI, RemoveDevice: r.removeDeviceAPI,
		Verify: r.verifyAPI, CreateRecoveryCodes: r.createRecoveryAPI, Recover: r.recoverAPI, RecoveryCodesLeft: r.recoveryLeftAPI,
	}
	if f := r.cfg.APIs; f != nil {
		r.apis = f(r.apis)
	}
}

// APIs is what the recipe serves.
func (r *Recipe) APIs() any { return &r.apis }

// SecondFactors is the factor that the recipe adds.
func (r *Recipe) SecondFactors() []string { return []string{RecipeID} }

// FactorsSetUp reports whether a user has a device.
func (r *Recipe) FactorsSetUp(ctx context.Context, user core.User) ([]string, error) {
	out, err := r.Devices(ctx, core.TOTPUser{UserID: user.ID})
	for _, d := range out.Devices {
		if d.Verified {
			return []string{RecipeID}, err
		}
	}
	return nil, err
}

// NewDevice is a device that is to be set up.
type NewDevice struct {
	DeviceName string      `json:"deviceName"`
	Secret     core.Secret `json:"secret"`       // base32
	QRCode     core.Secret `json:"qrCodeString"` // the address that a QR code shows
}

// AddDevice begins to set up a device of a user, by the id of the primary
// user. identifier is what the app on the phone shows beside the issuer, such
// as an email, and name may be empty. It fails with [core.TOTPDeviceExists].
func (r *Recipe) AddDevice(ctx context.Context, userID, identifier, name string) (NewDevice, error) {
	made, err := r.CreateDevice(ctx, core.CreateTOTPDevice{
		UserID: userID, DeviceName: name, Skew: int64(r.cfg.Skew), Period: int64(r.cfg.Period / time.Second),
	})
	return NewDevice{made.DeviceName, made.Secret, r.address(made.Secret, identifier)}, err
}

// address is the key URI that apps on phones read:
// https://github.com/google/google-authenticator/wiki/Key-Uri-Format.
func (r *Recipe) address(secret core.Secret, identifier string) core.Secret {
	label := escape(r.cfg.Issuer)
	if identifier != "" {
		label += ":" + escape(identifier)
	}
	return core.Secret(fmt.Sprintf("otpauth://totp/%s?secret=%s&issuer=%s&digits=6&period=%d",
		label, escape(string(secret)), escape(r.cfg.Issuer), r.cfg.Period/time.Second))
}

// escape encodes everything that has a meaning in an address. Not all apps
// take "+" for a space.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// identifierOf is how a person would call the account: by the login method that
// has the user's id, else by any.
func identifierOf(u core.User) string {
	if m, ok := u.LoginMethod(u.ID); ok {
		if name := cmp.Or(m.Email, m.PhoneNumber); name != "" {
			return name
		}
	}
	for _, list := range [][]string{u.Emails, u.PhoneNumbers} {
		if len(list) > 0 {
			return list[0]
		}
	}
	return ""
}
