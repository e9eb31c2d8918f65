package core

import (
	"github.com/go-jose/go-jose/v4"

	"github.com/posternauth/postern/op"
)

// JWT is tokens for other services, and the keys that verify ours.
type JWT struct {
	// Create signs a payload. The keys iss, iat and exp of the payload win over
	// those that the core would set.
	Create op.Func[CreateJWT, CreatedJWT] `cdi:"POST /recipe/jwt" fails:"UNSUPPORTED_ALGORITHM_ERROR"`

	// Keys returns the public keys of the app: those that sign, those that will
	// and those whose tokens are still alive.
	Keys op.Func[struct{}, KeySet] `cdi:"GET /.well-known/jwks.json" form:"bare"`
}

// CreateJWT is the input of [JWT.Create].
type CreateJWT struct {
	Payload    Object `json:"payload"`
	Algorithm  string `json:"algorithm"`  // RS256
	JWKSDomain string `json:"jwksDomain"` // becomes iss
	Validity   int64  `json:"validity"`   // seconds
	// UseStaticSigningKey, by default true, signs with a key that stays.
	UseStaticSigningKey op.Optional[bool] `json:"useStaticSigningKey,omitzero"`
}

// CreatedJWT is the result of [JWT.Create].
type CreatedJWT struct {
	JWT Secret `json:"jwt"`
}

// KeySet is public keys, newest first. MaxAge is how long they may be kept, in
// seconds; on the wire it is the Cache-Control header.
type KeySet struct {
	Keys   []jose.JSONWebKey `json:"keys"`
	MaxAge int64             `json:"-"`
}

// UnsupportedAlgorithm is an algorithm that the core does not sign with.
const UnsupportedAlgorithm op.Status = "UNSUPPORTED_ALGORITHM_ERROR"
