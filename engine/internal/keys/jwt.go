package keys

import (
	"context"
	"encoding/json"
	"maps"
	"strings"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/token"
)

// maxValidity bounds the life of a token, in seconds: a hundred years.
const maxValidity = 100 * 366 * 24 * 60 * 60

// Operations returns the operations on keys and the tokens of applications (CDI
// §2.11).
func (k *Keys) Operations() core.JWT {
	return core.JWT{
		Create: k.create,
		Keys:   func(ctx context.Context, _ struct{}) (core.KeySet, error) { return k.public(ctx) },
	}
}

func (k *Keys) create(ctx context.Context, in core.CreateJWT) (out core.CreatedJWT, err error) {
	algorithm := k.algorithm(in.Algorithm)
	if algorithm == "" {
		return out, core.UnsupportedAlgorithm
	}
	if in.Validity <= 0 {
		return out, core.Bad("validity must be greater than or equal to 0")
	}
	if in.Validity > maxValidity {
		return out, core.Bad("validity must be at most %d seconds", int64(maxValidity))
	}
	if err := k.CheckApp(ctx, k.DB.Reader); err != nil {
		return out, err
	}
	claims, err := jwtClaims(in, k.Ms()/1000)
	if err != nil {
		return out, err
	}
	key, err := k.Signer(ctx, in.UseStaticSigningKey.Or(true), algorithm)
	if err != nil {
		return out, err
	}
	if key.Algorithm != algorithm {
		return out, core.UnsupportedAlgorithm // the dynamic keys have another one
	}
	text, err := key.Sign([]byte(claims))
	return core.CreatedJWT{JWT: core.Secret(text)}, err
}

// algorithm returns the proper name of an algorithm that the app signs with:
// RS256, and the one that is configured. It is empty for any other.
func (k *Keys) algorithm(name string) string {
	for _, known := range []string{token.Algorithms()[0], k.Values.SigningAlgorithm} {
		if strings.EqualFold(name, known) {
			return known
		}
	}
	return ""
}

// jwtClaims lays the payload over the claims of the core.
func jwtClaims(in core.CreateJWT, now int64) (string, error) {
	claims := core.Object{}
	for name, value := range map[string]any{
		"iss": in.JWKSDomain, core.ClaimIssuedAt: now, core.ClaimExpiresAt: now + in.Validity,
	} {
		raw, err := json.Marshal(value)
		if err != nil {
			return "", err
		}
		claims[name] = raw
	}
	maps.Copy(claims, in.Payload)
	return kernel.Encode("payload", claims)
}
