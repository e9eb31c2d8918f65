// Package claim describes facts about a user that a session carries in its
// access token, and what a request may demand of them.
//
//	var emailVerified = &claim.Claim[bool]{Key: "st-ev", Fetch: …}
//
//	sessions.Require(handler, claim.Equals(emailVerified, true))
//
// A claim stands in the payload as {"v": value, "t": time of the fetch in
// Unix milliseconds}. Validators that need a newer value fetch it first.
// The wire forms are those of FDI §3.13.
package claim

import (
	"context"
	"encoding/json"
	"time"

	"github.com/posternauth/postern/core"
)

// Payload is the payload of an access token. Values keep their exact text.
type Payload = core.Object

// Subject is whom a claim is fetched for.
type Subject struct {
	UserID       string // the primary user
	RecipeUserID string // the login method that was used
	TenantID     string
	// User is the user as it was read a moment ago, or nil: then a claim that
	// needs it asks the core.
	User *core.User
	// Factor is the factor that the user has just completed, if the session is
	// a new one of a sign-in.
	Factor string
}

// Claim is a named value of type T in the payload of a session.
type Claim[T any] struct {
	// Key is the name in the payload, "st-ev".
	Key string
	// Fetch asks for the value. False means that there is none: the claim is
	// then left out.
	Fetch func(ctx context.Context, s Subject) (T, bool, error)
}

type stored[T any] struct {
	V T     `json:"v"`
	T int64 `json:"t"`
}

// Value returns the value in p, and when it was fetched.
func (c *Claim[T]) Value(p Payload) (v T, at time.Time, ok bool) {
	raw, has := p[c.Key]
	var s stored[T]
	if !has || json.Unmarshal(raw, &s) != nil {
		return v, at, false
	}
	return s.V, time.UnixMilli(s.T), true
}

// Set stores v in p as of now.
func (c *Claim[T]) Set(p Payload, v T, now time.Time) error {
	raw, err := json.Marshal(stored[T]{v, now.UnixMilli()})
	if err == nil {
		p[c.Key] = raw
	}
	return err
}

// Build fetches the value into p.
func (c *Claim[T]) Build(ctx context.Context, s Subject, p Payload, now time.Time) error {
	v, ok, err := c.Fetch(ctx, s)
	switch {
	case err != nil:
		return err
	case !ok:
		delete(p, c.Key)
		return nil
	default:
		return c.Set(p, v, now)
	}
}

// Name returns the key; it makes claims of any type a [Builder].
func (c *Claim[T]) Name() string { return c.Key }

// Builder is a claim with its type forgotten.
type Builder interface {
	Name() string
	Build(ctx context.Context, s Subject, p Payload, now time.Time) error
}
