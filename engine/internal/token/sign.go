package token

import (
	"encoding/base64"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// base64url is how tokens write bytes, and the only way that they do.
var base64url = base64.RawURLEncoding.Strict()

// jwsSigner makes tokens in the compact form of JWS (RFC 7515).
type jwsSigner struct{ signer jose.Signer }

// newJWSSigner returns a signer with the key's id and algorithm in the header,
// and what else is given.
func newJWSSigner(k *Key, header map[jose.HeaderKey]any) (s jwsSigner, err error) {
	opts := (&jose.SignerOptions{ExtraHeaders: header}).WithType("JWT")
	s.signer, err = jose.NewSigner(jose.SigningKey{
		Algorithm: jose.SignatureAlgorithm(k.Algorithm), Key: jose.JSONWebKey{Key: k.private, KeyID: k.ID},
	}, opts)
	if err != nil {
		return s, fmt.Errorf("signing key %s: %w", k.ID, err)
	}
	return s, nil
}

// token returns a signed token.
func (s jwsSigner) token(payload []byte) (string, error) {
	signed, err := s.signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}
