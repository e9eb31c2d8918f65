package mfa

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/posternauth/postern/claim"
	"github.com/posternauth/postern/core"
)

// Requirement is something that a sign-in has to complete: exactly one of its
// fields is there.
type Requirement struct {
	Factor          string   // this factor
	OneOf           []string // any of these
	AllOfInAnyOrder []string // all of these
}

// missing returns the factors of which some are still to be completed; none if
// the requirement is met.
func (q Requirement) missing(completed map[string]int64) []string {
	done := func(factor string) bool { _, ok := completed[factor]; return ok }
	switch {
	case q.Factor != "":
		return slices.DeleteFunc([]string{q.Factor}, done)
	case len(q.OneOf) > 0:
		if slices.ContainsFunc(q.OneOf, done) {
			return nil
		}
		return q.OneOf
	}
	return slices.DeleteFunc(slices.Clone(q.AllOfInAnyOrder), done)
}

// reason says to frontends what is missing.
func (q Requirement) reason(missing []string) *claim.Reason {
	switch list := strings.Join(missing, ", "); {
	case q.Factor != "":
		return &claim.Reason{Message: "Factor validation failed: " + q.Factor + " not completed", FactorID: q.Factor}
	case len(q.OneOf) > 0:
		return &claim.Reason{Message: "None of these factors are complete in the session: " + list, OneOf: q.OneOf}
	default:
		return &claim.Reason{Message: "Some of the factors are not complete in the session: " + list, AllOfInAnyOrder: q.AllOfInAnyOrder}
	}
}

// next returns what has to be completed next: what is missing of the first
// requirement that is not met.
func next(completed map[string]int64, list []Requirement) []string {
	for _, q := range list {
		if missing := q.missing(completed); len(missing) > 0 {
			return missing
		}
	}
	return nil
}

// Question is what [Config].Requirements decides by. What costs a request is
// asked for only when its function is called, and once.
type Question struct {
	TenantID string
	// Payload is that of the session's access token, as far as it is known.
	Payload claim.Payload
	// Completed is when factors were completed, in Unix seconds.
	Completed map[string]int64
	// User is the session's user, FactorsSetUp what the user could complete,
	// and the other two what is required of the user and in the tenant.
	User              func() (core.User, error)
	FactorsSetUp      func() ([]string, error)
	RequiredForUser   func() ([]string, error)
	RequiredForTenant func() ([]string, error)
}

// requirements are those of the application, or the default: one of the
// factors that are required of the user or in the tenant.
func (r *Recipe) requirements(ctx context.Context, q Question) ([]Requirement, error) {
	if f := r.cfg.Requirements; f != nil {
		list, err := f(ctx, q)
		if err != nil {
			return nil, err
		}
		for i, one := range list {
			if err := one.check(); err != nil {
				return nil, fmt.Errorf("mfa: Config.Requirements returns at %d %w", i, err)
			}
		}
		return list, nil
	}
	union := map[string]bool{}
	for _, ask := range []func() ([]string, error){q.RequiredForUser, q.RequiredForTenant} {
		factors, err := ask()
		if err != nil {
			return nil, err
		}
		for _, factor := range factors {
			union[factor] = true
		}
	}
	if len(union) == 0 {
		return nil, nil
	}
	return []Requirement{{OneOf: slices.Sorted(maps.Keys(union))}}, nil
}

// check refuses what would demand nothing, or two things at once.
func (q Requirement) check() error {
	n := 0
	for _, there := range []bool{q.Factor != "", len(q.OneOf) > 0, len(q.AllOfInAnyOrder) > 0} {
		if there {
			n++
		}
	}
	if n != 1 {
		return fmt.Errorf("a requirement with %d of Factor, OneOf and AllOfInAnyOrder; one of them has to be there", n)
	}
	return nil
}
