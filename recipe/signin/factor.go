package signin

import (
	"context"
	"errors"
	"slices"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/claim"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/recipe/session"
)

// The ids of factors, as the protocol knows them. Applications may have others
// of their own.
const (
	EmailPassword = "emailpassword"
	WebAuthn      = "webauthn"
	OTPEmail      = "otp-email"
	OTPPhone      = "otp-phone"
	LinkEmail     = "link-email"
	LinkPhone     = "link-phone"
	ThirdParty    = "thirdparty"
	TOTP          = "totp"
)

func isBuiltIn(factor string) bool {
	return slices.Contains([]string{EmailPassword, WebAuthn, OTPEmail, OTPPhone, LinkEmail, LinkPhone, ThirdParty, TOTP}, factor)
}

// FactorSource is a recipe by which people can sign in: it says by which
// factors.
type FactorSource interface {
	FirstFactors() []string
}

// Factors is a recipe that counts the factors that a session has completed;
// mfa is one.
type Factors interface {
	// AllowedFirstFactors restricts the first factors of tenants that do not
	// restrict them; nil restricts nothing.
	AllowedFirstFactors() []string
	// MaySetUp fails with the session's invalid claims when a factor may not be
	// added to the session's user just now.
	MaySetUp(ctx context.Context, s *session.Session, factor string) error
	// Satisfied is the demand that all required factors are completed.
	Satisfied() claim.Validator
	// Complete notes in the session that a factor has been completed.
	Complete(ctx context.Context, s *session.Session, factor string) error
}

// factors is the recipe that counts factors, or nil.
func (f *Flow) factors() Factors { return first[Factors](f.app) }

func first[T any](app *postern.App) (none T) {
	if all := postern.All[T](app); len(all) > 0 {
		return all[0]
	}
	return none
}

// Tenant reads a tenant. It fails with [core.TenantNotFound].
func (f *Flow) Tenant(ctx context.Context, tenantID string) (core.TenantInfo, error) {
	tenant, err := f.app.Core.Tenant.Read(ctx, core.TenantName{TenantID: tenantID})
	if errors.Is(err, core.TenantUnknown) {
		err = &core.TenantNotFound{AppID: core.Public, TenantID: tenantID}
	}
	return tenant, err
}

// FirstFactors returns the factors by which people may begin a sign-in to a
// tenant, in the order of the recipes: those that the tenant allows, else the
// mfa recipe, else all that there are.
func (f *Flow) FirstFactors(tenant core.TenantInfo) []string {
	allowed, restricted := f.allowedFactors(tenant)
	out := []string{}
	for _, source := range postern.All[FactorSource](f.app) {
		for _, factor := range source.FirstFactors() {
			if (!restricted || slices.Contains(allowed, factor)) && !slices.Contains(out, factor) {
				out = append(out, factor)
			}
		}
	}
	for _, factor := range allowed { // factors of the application's own
		if !isBuiltIn(factor) && !slices.Contains(out, factor) {
			out = append(out, factor)
		}
	}
	return out
}

func (f *Flow) allowedFactors(tenant core.TenantInfo) (allowed []string, restricted bool) {
	if allowed, restricted = tenant.FirstFactors.Get(); restricted {
		return allowed, true
	}
	if counted := f.factors(); counted != nil {
		allowed = counted.AllowedFirstFactors()
	}
	return allowed, allowed != nil
}

// firstOf keeps the factors by which people may begin a sign-in to a tenant.
func (f *Flow) firstOf(ctx context.Context, tenantID string, factors []string) ([]string, error) {
	tenant, err := f.Tenant(ctx, tenantID)
	if err != nil {
		return nil, err
	}
	valid := f.FirstFactors(tenant)
	return keep(factors, func(factor string) bool { return slices.Contains(valid, factor) }), nil
}

func keep[T any](list []T, ok func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(list), func(v T) bool { return !ok(v) })
}
