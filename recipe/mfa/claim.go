package mfa

import (
	"context"
	"encoding/json"
	"time"

	"github.com/posternauth/postern/claim"
	"github.com/posternauth/postern/recipe/session"
)

// Key is the name of the claim.
const Key = "st-mfa"

// Claim is which factors a session has completed, and whether that is enough.
// In the payload it is {"c": {factor: Unix seconds}, "v": bool}.
type Claim struct{ recipe *Recipe }

// Value is what the claim says.
type Value struct {
	// Completed is when factors were completed, in Unix seconds.
	Completed map[string]int64 `json:"c"`
	// Satisfied says that no more is required.
	Satisfied bool `json:"v"`
}

// Name is "st-mfa".
func (Claim) Name() string { return Key }

// Value returns what the claim says in a payload, and whether it is there.
func (Claim) Value(p claim.Payload) (v Value, ok bool) {
	raw, ok := p[Key]
	if !ok || json.Unmarshal(raw, &v) != nil || v.Completed == nil {
		return Value{}, false
	}
	return v, true
}

// Build puts the claim into the payload of a session: the factor that was just
// completed, or the one that the session must have begun with.
func (c Claim) Build(ctx context.Context, s claim.Subject, p claim.Payload, now time.Time) error {
	v, ok := c.Value(p)
	if !ok {
		v = Value{Completed: map[string]int64{}}
		if s.Factor == "" {
			factor, err := c.recipe.firstFactorOf(ctx, s)
			if err != nil {
				return err
			}
			v.Completed[factor] = provedAt(p)
		}
	}
	if s.Factor != "" {
		v.Completed[s.Factor] = now.Unix()
	}
	var err error
	if v.Satisfied, err = c.recipe.satisfied(ctx, s, p, v.Completed); err != nil {
		return err
	}
	p[Key], err = json.Marshal(v)
	return err
}

// provedAt is when the session's first factor was completed, in Unix seconds; 0,
// which is never recent, if nobody knows. When the token was made says nothing:
// a refresh makes another.
func provedAt(p claim.Payload) int64 {
	if at, known := session.ProvedAt(p); known {
		return at.Unix()
	}
	return 0
}

// Satisfied is the demand that a session has completed all that is required.
// Every session has to meet it unless a handler says otherwise.
func (r *Recipe) Satisfied() claim.Validator {
	return claim.Validator{
		ID: Key, Claim: r.Claim,
		Stale: func(p claim.Payload, _ time.Time) bool { _, ok := r.Claim.Value(p); return !ok },
		Check: func(_ context.Context, p claim.Payload, _ time.Time) *claim.Reason {
			if v, ok := r.Claim.Value(p); ok && v.Satisfied {
				return nil
			}
			return &claim.Reason{Message: "MFA requirement for auth is not satisfied"}
		},
	}
}

// Completed is the demand that a session has completed these, whatever else is
// required.
func (r *Recipe) Completed(list ...Requirement) claim.Validator {
	v := r.Satisfied()
	v.Check = func(_ context.Context, p claim.Payload, _ time.Time) *claim.Reason {
		value, _ := r.Claim.Value(p)
		for _, q := range list {
			if missing := q.missing(value.Completed); len(missing) > 0 {
				return q.reason(missing)
			}
		}
		return nil
	}
	return v
}

// CompletedSince is the demand that a session has completed one of these
// factors at most so long ago, for what must not be done by a session that was
// left open. No factors means any.
func (r *Recipe) CompletedSince(age time.Duration, factors ...string) claim.Validator {
	v := r.Satisfied()
	v.Check = func(_ context.Context, p claim.Payload, now time.Time) *claim.Reason {
		value, _ := r.Claim.Value(p)
		for factor, at := range value.Completed {
			if (len(factors) == 0 || contains(factors, factor)) && now.Sub(time.Unix(at, 0)) <= age {
				return nil
			}
		}
		return &claim.Reason{Message: "No factor was completed recently enough"}
	}
	return v
}

// Recent is the demand that changes of factors make: a factor was completed at
// most [Config].MaxFactorAge ago.
func (r *Recipe) Recent() claim.Validator {
	if r.cfg.MaxFactorAge < 0 {
		return claim.Validator{ID: session.AuthTime, Check: func(context.Context, claim.Payload, time.Time) *claim.Reason { return nil }}
	}
	return session.RequireRecent(r.cfg.MaxFactorAge)
}

// Complete notes in a session that a factor has been completed. The client gets
// a new access token.
func (r *Recipe) Complete(ctx context.Context, s *session.Session, factor string) error {
	p := s.Payload()
	subject := claim.Subject{UserID: s.UserID(), RecipeUserID: s.RecipeUserID(), TenantID: s.TenantID(), Factor: factor}
	if _, ok := r.Claim.Value(p); !ok { // first what the session has begun with
		subject.Factor = ""
		if err := r.Claim.Build(ctx, subject, p, r.app.Now()); err != nil {
			return err
		}
		subject.Factor = factor
	}
	if err := r.Claim.Build(ctx, subject, p, r.app.Now()); err != nil {
		return err
	}
	update := claim.Payload{Key: p[Key]}
	r.sessions.NoteProof(update)
	return s.Merge(ctx, update)
}
