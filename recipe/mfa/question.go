package mfa

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/posternauth/postern/claim"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/recipe/signin"
)

func contains(list []string, s string) bool { return slices.Contains(list, s) }

// question puts together what requirements are decided by.
func (r *Recipe) question(ctx context.Context, s claim.Subject, p claim.Payload, completed map[string]int64) Question {
	user := sync.OnceValues(func() (core.User, error) {
		if s.User != nil {
			return *s.User, nil
		}
		out, err := r.app.Core.User.ByID(ctx, core.UserByID{UserID: s.UserID})
		if errors.Is(err, core.UnknownUserID) {
			err = r.sessions.Gone("the session's user is gone")
		}
		return out.User, err
	})
	return Question{
		TenantID: s.TenantID, Payload: p, Completed: completed, User: user,
		FactorsSetUp: sync.OnceValues(func() ([]string, error) {
			u, err := user()
			if err != nil {
				return nil, err
			}
			return r.FactorsSetUp(ctx, u)
		}),
		RequiredForUser: sync.OnceValues(func() ([]string, error) { return r.RequiredFactors(ctx, s.UserID) }),
		RequiredForTenant: sync.OnceValues(func() ([]string, error) {
			tenant, err := r.tenant(ctx, s.TenantID)
			return tenant.RequiredSecondaryFactors.Or(nil), err
		}),
	}
}

func (r *Recipe) tenant(ctx context.Context, tenantID string) (core.TenantInfo, error) {
	tenant, err := r.app.Core.Tenant.Read(ctx, core.TenantName{TenantID: tenantID})
	if errors.Is(err, core.TenantUnknown) {
		err = r.sessions.Gone("the session's tenant is gone")
	}
	return tenant, err
}

func (r *Recipe) satisfied(ctx context.Context, s claim.Subject, p claim.Payload, completed map[string]int64) (bool, error) {
	q := r.question(ctx, s, p, completed)
	list, err := r.requirements(ctx, q)
	if err != nil {
		return false, err
	}
	missing, err := r.missing(q, list)
	return err == nil && len(missing) == 0, err
}

// firstFactorOf is the factor by which the login method of a session signs in.
func (r *Recipe) firstFactorOf(ctx context.Context, s claim.Subject) (string, error) {
	user, err := r.question(ctx, s, nil, nil).User()
	if err != nil {
		return "", err
	}
	m, ok := user.LoginMethod(s.RecipeUserID)
	if !ok {
		return "", r.sessions.Gone("the session's login method is gone")
	}
	tenant, err := r.tenant(ctx, s.TenantID)
	if err != nil {
		return "", err
	}
	first := signin.New(r.app).FirstFactors(tenant)
	for _, factor := range factorsOf(m) {
		if contains(first, factor) {
			return factor, nil
		}
	}
	return "", r.sessions.Gone("Incorrect login method used")
}

// factorsOf are the factors that a login method may have signed in by, the
// likeliest first.
func factorsOf(m core.LoginMethod) (factors []string) {
	if m.RecipeID != "passwordless" {
		return []string{m.RecipeID}
	}
	if m.Email != "" {
		factors = append(factors, signin.LinkEmail, signin.OTPEmail)
	}
	if m.PhoneNumber != "" {
		factors = append(factors, signin.LinkPhone, signin.OTPPhone)
	}
	return factors
}

// subjectOf is the session's user, whom the core has to be asked for.
func subjectOf(s *session.Session) claim.Subject {
	return claim.Subject{UserID: s.UserID(), RecipeUserID: s.RecipeUserID(), TenantID: s.TenantID()}
}

// MaySetUp fails with invalid claims when a factor may not be added to the
// session's user: when more is required first that the user could do, or when no
// factor was completed lately.
func (r *Recipe) MaySetUp(ctx context.Context, s *session.Session, factor string) error {
	v := r.Satisfied()
	var failed error
	v.Check = func(ctx context.Context, p claim.Payload, _ time.Time) *claim.Reason {
		why, err := r.whyNotNow(ctx, subjectOf(s), p, factor)
		if failed = err; err != nil || why == "" {
			return nil
		}
		return &claim.Reason{Message: why, Bare: true}
	}
	if err := s.Demand(ctx, v, r.Recent()); err != nil {
		return err
	}
	return failed
}

// whyNotNow says why a factor may not be set up, or nothing if it may.
func (r *Recipe) whyNotNow(ctx context.Context, s claim.Subject, p claim.Payload, factor string) (string, error) {
	value, _ := r.Claim.Value(p)
	if value.Satisfied {
		return "", nil
	}
	q := r.question(ctx, s, p, value.Completed)
	list, err := r.requirements(ctx, q)
	if err != nil {
		return "", err
	}
	missing, err := r.missing(q, list)
	if err != nil {
		return "", err
	}
	return whyNot(q, missing, factor)
}

// whyNot is the same where it is known that the claim is not satisfied, and
// what has to be completed next.
func whyNot(q Question, missing []string, factor string) (string, error) {
	have, err := q.FactorsSetUp()
	switch {
	case err != nil:
		return "", err
	case slices.ContainsFunc(missing, func(f string) bool { return contains(have, f) }):
		return "Completed factors in the session does not satisfy the MFA requirements for auth", nil
	case len(missing) > 0 && !contains(missing, factor):
		return "Not allowed to setup factor that is not in the next set of unsatisfied factors", nil
	}
	return "", nil
}
