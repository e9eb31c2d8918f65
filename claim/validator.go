package claim

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"
)

// Validator is a demand on a session.
type Validator struct {
	// ID names the demand to the frontend. The validators of this package use
	// the key of the claim.
	ID string
	// Claim, if any, is fetched before the check when Stale says so.
	Claim Builder
	Stale func(p Payload, now time.Time) bool
	// Check returns why the demand is not met, or nil.
	Check func(ctx context.Context, p Payload, now time.Time) *Reason
}

// Reason says why a demand is not met. Frontends and their developers read it.
type Reason struct {
	Message                     string `json:"message"`
	ExpectedValue               any    `json:"expectedValue,omitempty"`
	ExpectedToInclude           any    `json:"expectedToInclude,omitempty"`
	ExpectedToNotInclude        any    `json:"expectedToNotInclude,omitempty"`
	ExpectedToIncludeAtLeastOne any    `json:"expectedToIncludeAtLeastOneOf,omitempty"`
	ActualValue                 any    `json:"actualValue,omitempty"`
	AgeInSeconds                *int64 `json:"ageInSeconds,omitempty"`
	MaxAgeInSeconds             *int64 `json:"maxAgeInSeconds,omitempty"`
	// Those of factors that are not completed.
	FactorID        string   `json:"factorId,omitempty"`
	OneOf           []string `json:"oneOf,omitempty"`
	AllOfInAnyOrder []string `json:"allOfInAnyOrder,omitempty"`
	// Bare puts the message in place of the whole reason, where the protocol
	// has a text.
	Bare bool `json:"-"`
}

// MarshalJSON writes the reason, or only its message.
func (r Reason) MarshalJSON() ([]byte, error) {
	if r.Bare {
		return json.Marshal(r.Message)
	}
	type plain Reason
	return json.Marshal(plain(r))
}

// Invalid is one demand that was not met.
type Invalid struct {
	ID     string  `json:"id"`
	Reason *Reason `json:"reason,omitempty"`
}

// Option changes a validator of this package.
type Option func(*options)

type options struct {
	id     string
	maxAge time.Duration
}

// MaxAge makes a value that was fetched longer ago be fetched again. Without
// it a value that is there stays.
func MaxAge(d time.Duration) Option { return func(o *options) { o.maxAge = d } }

// ID names the validator to the frontend; the default is the claim's key.
func ID(id string) Option { return func(o *options) { o.id = id } }

// Equals demands the value want. It is a function and not a method because
// only some claims are comparable.
func Equals[T comparable](c *Claim[T], want T, opts ...Option) Validator {
	return c.validator(Reason{ExpectedValue: want}, func(v T) bool { return v == want }, opts)
}

// Includes demands that want is among the values.
func Includes[T comparable](c *Claim[[]T], want T, opts ...Option) Validator {
	return c.validator(Reason{ExpectedToInclude: want}, func(v []T) bool { return slices.Contains(v, want) }, opts)
}

// Excludes demands that not is not among the values.
func Excludes[T comparable](c *Claim[[]T], not T, opts ...Option) Validator {
	return c.validator(Reason{ExpectedToNotInclude: not}, func(v []T) bool { return !slices.Contains(v, not) }, opts)
}

// IncludesAll demands that all of want are among the values.
func IncludesAll[T comparable](c *Claim[[]T], want []T, opts ...Option) Validator {
	return c.validator(Reason{ExpectedToInclude: want}, func(v []T) bool {
		return !slices.ContainsFunc(want, func(w T) bool { return !slices.Contains(v, w) })
	}, opts)
}

// IncludesAny demands that at least one of want is among the values.
func IncludesAny[T comparable](c *Claim[[]T], want []T, opts ...Option) Validator {
	return c.validator(Reason{ExpectedToIncludeAtLeastOne: want}, func(v []T) bool {
		return slices.ContainsFunc(want, func(w T) bool { return slices.Contains(v, w) })
	}, opts)
}

// ExcludesAll demands that none of not is among the values.
func ExcludesAll[T comparable](c *Claim[[]T], not []T, opts ...Option) Validator {
	return c.validator(Reason{ExpectedToNotInclude: not}, func(v []T) bool {
		return !slices.ContainsFunc(not, func(w T) bool { return slices.Contains(v, w) })
	}, opts)
}

// validator makes the demand that ok holds for the value. expected is the
// reason without its message.
func (c *Claim[T]) validator(expected Reason, ok func(T) bool, opts []Option) Validator {
	var o options
	for _, set := range opts {
		set(&o)
	}
	return Validator{
		ID:    cmp.Or(o.id, c.Key),
		Claim: c,
		Stale: func(p Payload, now time.Time) bool {
			_, at, has := c.Value(p)
			return !has || o.expired(at, now)
		},
		Check: func(_ context.Context, p Payload, now time.Time) *Reason {
			v, at, has := c.Value(p)
			reason := expected
			switch {
			case !has:
				reason.Message = "value does not exist"
			case o.expired(at, now):
				return tooOld(now.Sub(at), o.maxAge)
			case !ok(v):
				reason.Message, reason.ActualValue = "wrong value", v
			default:
				return nil
			}
			return &reason
		},
	}
}

func (o *options) expired(at, now time.Time) bool { return o.maxAge > 0 && now.Sub(at) > o.maxAge }

func tooOld(age, maxAge time.Duration) *Reason {
	a, m := int64(age.Seconds()), int64(maxAge.Seconds())
	return &Reason{Message: "expired", AgeInSeconds: &a, MaxAgeInSeconds: &m}
}

// Validate fetches stale claims into p, then checks every demand. It reports
// whether p changed, and all that is not met.
func Validate(ctx context.Context, s Subject, p Payload, now time.Time, vs []Validator) (changed bool, bad []Invalid, err error) {
	for _, v := range vs {
		if v.Claim == nil || v.Stale == nil || !v.Stale(p, now) {
			continue
		}
		if err := v.Claim.Build(ctx, s, p, now); err != nil {
			return changed, nil, err
		}
		changed = true
	}
	for _, v := range vs {
		if reason := v.Check(ctx, p, now); reason != nil {
			bad = append(bad, Invalid{v.ID, reason})
		}
	}
	return changed, bad, nil
}
