package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// base64url is how tokens write bytes, and the only way that they do.
var base64url = base64.RawURLEncoding.Strict()

// jwsSigner makes tokens in the compact form of JWS (RFC 7515). The JOSE
// library would encode the header anew for each of them.
type jwsSigner struct {
	header string // encoded, with the dot after it
	sign   func(input []byte) ([]byte, error)
}

// newJWSSigner returns a signer with the key's id and algorithm in the header,
// and what else is given.
func newJWSSigner(k *Key, header map[string]string) (s jwsSigner, err error) {
	if s.sign, err = signature(k.private, k.Algorithm); err != nil {
		return s, fmt.Errorf("signing key %s: %w", k.ID, err)
	}
	header["alg"], header["kid"], header["typ"] = k.Algorithm, k.ID, "JWT"
	text, err := json.Marshal(header)
	s.header = base64url.EncodeToString(text) + "."
	return s, err
}

// token returns a signed token.
func (s jwsSigner) token(payload []byte) (string, error) {
	const room = 1 + 342 // for the dot and an RSA signature of 2048 bits
	text := make([]byte, 0, len(s.header)+base64url.EncodedLen(len(payload))+room)
	text = base64url.AppendEncode(append(text, s.header...), payload)
	signature, err := s.sign(text)
	return string(base64url.AppendEncode(append(text, '.'), signature)), err
}

// signature returns what signs by an algorithm (RFC 7518, section 3; RFC 8037).
func signature(key crypto.Signer, algorithm string) (func(input []byte) ([]byte, error), error) {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if algorithm == string(jose.RS256) {
			return func(input []byte) ([]byte, error) {
				sum := sha256.Sum256(input)
				return rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
			}, nil
		}
	case *ecdsa.PrivateKey:
		if algorithm == string(jose.ES256) {
			return func(input []byte) ([]byte, error) { return signES256(key, input) }, nil
		}
	case ed25519.PrivateKey:
		if algorithm == string(jose.EdDSA) {
			return func(input []byte) ([]byte, error) { return ed25519.Sign(key, input), nil }, nil
		}
	}
	return nil, fmt.Errorf("a %T does not sign by %s", key, algorithm)
}

// signES256 returns both numbers of the signature in their full width.
func signES256(key *ecdsa.PrivateKey, input []byte) ([]byte, error) {
	const size = 32
	sum := sha256.Sum256(input)
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		return nil, err
	}
	both := make([]byte, 2*size)
	r.FillBytes(both[:size])
	s.FillBytes(both[size:])
	return both, nil
}
