// Package jwt signs tokens for other services, and publishes the keys that
// verify them.
//
// # Routes
//
//	GET /jwt/jwks.json   the public keys, for any origin
//
// The protocol is FDI §4.13.
package jwt

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/op"
)

// Functions is what the recipe does; see [core.JWT].
type Functions = core.JWT

// Config changes the recipe.
type Config struct {
	// Validity is how long tokens live that do not say; default an hour.
	Validity time.Duration

	// Functions and APIs replace parts of the recipe. They receive the original
	// and return what to use.
	Functions func(original Functions) Functions
	APIs      func(original APIs) APIs
}

// Recipe is the JWT recipe. Its operations are its fields.
type Recipe struct {
	Functions

	cfg  Config
	app  *postern.App
	apis APIs
}

// APIs is what the recipe serves. A nil API is not served.
type APIs struct {
	Keys op.Func[KeysGet, core.KeySet] `fdi:"GET /jwt/jwks.json" form:"bare"`
}

// KeysGet is the input of [APIs].Keys.
type KeysGet struct{ fdi.Call }

// New returns the recipe.
func New(cfg Config) *Recipe { return &Recipe{cfg: cfg} }

// ID is "jwt".
func (r *Recipe) ID() string { return "jwt" }

// Init prepares the recipe.
func (r *Recipe) Init(a *postern.App) error {
	r.app = a
	r.cfg.Validity = cmp.Or(r.cfg.Validity, time.Hour)
	r.Functions = a.Core.JWT
	if f := r.cfg.Functions; f != nil {
		r.Functions = f(r.Functions)
	}
	r.apis = APIs{Keys: r.keysAPI}
	if f := r.cfg.APIs; f != nil {
		r.apis = f(r.apis)
	}
	return nil
}

// APIs is what the recipe serves.
func (r *Recipe) APIs() any { return &r.apis }

// defaultMaxAge is the time between the publication of a key and its first
// use: nobody who keeps keys no longer misses one.
const defaultMaxAge = 60

func (r *Recipe) keysAPI(ctx context.Context, in KeysGet) (core.KeySet, error) {
	out, err := r.Keys(ctx, struct{}{})
	if err != nil {
		return out, err
	}
	h := in.Response.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cache-Control", fmt.Sprintf("max-age=%d, must-revalidate", cmp.Or(out.MaxAge, defaultMaxAge)))
	return out, nil
}

// Sign makes a token from a payload, which may be any type that is a JSON
// object. The payload's own iss, iat and exp win over the issuer of the app,
// now, and now plus validity. Zero validity means that of the [Config].
func (r *Recipe) Sign(ctx context.Context, payload any, validity time.Duration) (core.Secret, error) {
	raw, err := json.Marshal(payload)
	if err != nil {
		return "", err
	}
	claims := core.Object{}
	if err := json.Unmarshal(raw, &claims); err != nil {
		return "", fmt.Errorf("the payload of a JWT has to be a JSON object: %w", err)
	}
	out, err := r.Create(ctx, core.CreateJWT{
		Payload: claims, Algorithm: "RS256", JWKSDomain: r.app.Site.API(),
		Validity: int64(cmp.Or(validity, r.cfg.Validity) / time.Second),
	})
	return out.JWT, err
}
