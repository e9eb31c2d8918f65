package session

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/posternauth/postern/claim"
	"github.com/posternauth/postern/core"
)

// Session is somebody signed in. It belongs to one request and is not safe for
// concurrent use. Methods that find it gone fail with [Unauthorised].
type Session struct {
	recipe *Recipe
	token  *accessToken
	access string

	given   tokens // what the client was given here: refresh and anti-CSRF token
	renewed bool   // the access token is not the one that came in

	// Where new tokens go; w is nil for a session outside of a request.
	w      http.ResponseWriter
	req    *http.Request
	method Transfer
}

// UserID returns the id of the user.
func (s *Session) UserID() string { return s.token.userID }

// RecipeUserID returns the id of the login method that was used.
func (s *Session) RecipeUserID() string { return s.token.recipeUserID }

// TenantID returns the tenant that the user signed in to.
func (s *Session) TenantID() string { return s.token.tenantID }

// Handle returns the id of the session.
func (s *Session) Handle() string { return s.token.handle }

// AccessToken returns the access token.
func (s *Session) AccessToken() string { return s.access }

// Expires returns when the access token expires.
func (s *Session) Expires() time.Time { return time.Unix(s.token.expires, 0) }

// Payload returns a copy of the access token's payload.
func (s *Session) Payload() claim.Payload { return maps.Clone(s.token.payload()) }

// PayloadJSON returns the access token's payload as it was signed.
func (s *Session) PayloadJSON() json.RawMessage { return bytes.Clone(s.token.raw) }

// Tokens are the tokens of a session, for clients that are not served by HTTP.
type Tokens struct {
	Access, Refresh core.Secret
	Front           string
	AntiCSRF        string
	// Renewed says that the access token is not the one that came in.
	Renewed bool
}

// Tokens returns the tokens. Refresh and AntiCSRF are there only when the
// session was created or refreshed by this very call.
func (s *Session) Tokens() Tokens {
	return Tokens{core.Secret(s.access), s.given.refresh.Token, s.token.frontToken(), s.given.antiCSRF, s.renewed}
}

func (s *Session) subject() claim.Subject {
	return claim.Subject{UserID: s.token.userID, RecipeUserID: s.token.recipeUserID, TenantID: s.token.tenantID}
}

// Merge changes the payload: a key replaces the old one, null removes it.
// Claims that only the core writes stay. Other keys have the values that the
// core has stored, which may be newer than those of the request's access token.
// The client gets a new one.
func (s *Session) Merge(ctx context.Context, update claim.Payload) error {
	change := changeOf(update)
	change.SessionHandle, change.AccessToken = s.Handle(), core.Secret(s.access)
	out, err := s.recipe.ChangePayload(ctx, change)
	if err != nil {
		return s.recipe.fromCore(err)
	}
	if out.AccessToken.Token == "" {
		s.expect(out.Session.UserDataInJWT)
		return nil
	}
	return s.renew(string(out.AccessToken.Token))
}

// changeOf is what an update means for what is stored.
func changeOf(update claim.Payload) (change core.ChangePayload) {
	change.Set = claim.Payload{}
	for name, value := range update.WithoutProtected() {
		if string(value) == "null" {
			change.Remove = append(change.Remove, name)
		} else {
			change.Set[name] = value
		}
	}
	return change
}

// difference returns the update that makes one payload of another. Names of
// claims that were fetched are in it in any case: what is stored may differ from
// both.
func difference(before, after claim.Payload, fetched ...string) claim.Payload {
	update := claim.Payload{}
	for _, name := range fetched {
		update[name] = json.RawMessage("null")
	}
	for name, value := range after {
		if !bytes.Equal(before[name], value) || slices.Contains(fetched, name) {
			update[name] = value
		}
	}
	for name := range before {
		if _, stays := after[name]; !stays {
			update[name] = json.RawMessage("null")
		}
	}
	return update
}

// stale returns the names of the claims that are fetched to check demands.
func stale(demands []claim.Validator, payload claim.Payload, now time.Time) (names []string) {
	for _, d := range demands {
		if d.Claim != nil && d.Stale != nil && d.Stale(payload, now) {
			names = append(names, d.Claim.Name())
		}
	}
	return names
}

// expect takes over a payload that shows in the access token after the next
// refresh: this one expired a moment ago and is not renewed.
func (s *Session) expect(payload claim.Payload) {
	merged := maps.Clone(payload)
	for name, value := range s.token.payload() {
		if isProtected(name) {
			merged[name] = value
		}
	}
	t := *s.token
	t.payload = func() core.Object { return merged }
	s.token = &t
}

func isProtected(name string) bool { return slices.Contains(core.ProtectedClaims(), name) }

// renew takes over a new access token from the core and gives it to the
// client.
func (s *Session) renew(access string) error {
	t, err := parse(access, &s.recipe.headers)
	if err != nil {
		return err
	}
	s.token, s.access, s.renewed = t, access, true
	if s.w != nil {
		s.recipe.attach(s.w, s.req, s.method, t, tokens{access: access, refresh: s.given.refresh, antiCSRF: s.given.antiCSRF})
	}
	return nil
}

// Demand checks claims. It fails with [InvalidClaims]; claims that had to be
// fetched are in the session before it does.
func (s *Session) Demand(ctx context.Context, demands ...claim.Validator) error {
	payload := s.Payload()
	fetched := stale(demands, payload, s.recipe.now())
	_, bad, err := claim.Validate(ctx, s.subject(), payload, s.recipe.now(), demands)
	if err != nil {
		return err
	}
	if len(fetched) > 0 {
		if err := s.Merge(ctx, difference(s.token.payload(), payload, fetched...)); err != nil {
			return err
		}
	}
	if len(bad) > 0 {
		return &Error{Kind: InvalidClaims, Claims: bad, recipe: s.recipe}
	}
	return nil
}

// FetchClaim fetches a claim into the session.
func (s *Session) FetchClaim(ctx context.Context, c claim.Builder) error {
	payload := s.Payload()
	if err := c.Build(ctx, s.subject(), payload, s.recipe.now()); err != nil {
		return err
	}
	return s.Merge(ctx, difference(s.token.payload(), payload, c.Name()))
}

// SetClaim stores a value for a claim in the session. It is a function because
// methods have no type parameters.
func SetClaim[T any](ctx context.Context, s *Session, c *claim.Claim[T], v T) error {
	update := claim.Payload{}
	if err := c.Set(update, v, s.recipe.now()); err != nil {
		return err
	}
	return s.Merge(ctx, update)
}

// ClaimValue returns the value of a claim in the session, and whether it has
// one.
func ClaimValue[T any](s *Session, c *claim.Claim[T]) (T, bool) {
	v, _, ok := c.Value(s.token.payload())
	return v, ok
}

// RemoveClaim removes a claim from the session.
func (s *Session) RemoveClaim(ctx context.Context, c claim.Builder) error {
	return s.Merge(ctx, claim.Payload{c.Name(): json.RawMessage("null")})
}

// Revoke ends the session and takes the tokens from the client.
func (s *Session) Revoke(ctx context.Context) error {
	_, err := s.recipe.RevokeHandle(ctx, s.Handle())
	if s.w != nil && err == nil {
		s.recipe.clear(s.w, s.req, s.method)
	}
	return err
}

// Data returns the data that is kept in the database, and when the session was
// created and will expire.
func (s *Session) Data(ctx context.Context) (core.SessionDetails, error) {
	out, err := s.recipe.ByHandle(ctx, core.SessionByHandle{SessionHandle: s.Handle()})
	return out, s.recipe.fromCore(err)
}

// UpdateData replaces the data that is kept in the database.
func (s *Session) UpdateData(ctx context.Context, data core.Object) error {
	_, err := s.recipe.SetData(ctx, core.SetSessionData{SessionHandle: s.Handle(), UserDataInDatabase: data})
	return s.recipe.fromCore(err)
}
