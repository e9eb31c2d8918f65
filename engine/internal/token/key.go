package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// rsaBits is the size of RSA keys.
const rsaBits = 2048

// The kinds of keys.
const (
	Dynamic = "dynamic" // replaced after an interval
	Static  = "static"  // stays
)

// algorithms are those that can sign, the default first.
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA}

// Algorithms returns the algorithms that can sign, the default first.
func Algorithms() []string {
	var names []string
	for _, a := range algorithms {
		names = append(names, string(a))
	}
	return names
}

// Key is a key that signs and verifies.
type Key struct {
	ID          string // kid
	Kind        string // Dynamic or Static
	Slot        int64  // when its time to sign begins, in ms; of static keys the number of its algorithm
	Algorithm   string
	CreatedAt   int64 // ms
	VerifyUntil int64 // ms; 0 means for ever

	private crypto.Signer
	session jwsSigner // of access tokens
	plain   jwsSigner // of other tokens
}

// Generate makes a private key, in PKCS #8. It takes a while for RSA.
func Generate(algorithm string) ([]byte, error) {
	var private crypto.Signer
	var err error
	switch jose.SignatureAlgorithm(algorithm) {
	case jose.RS256:
		private, err = rsa.GenerateKey(rand.Reader, rsaBits)
	case jose.ES256:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.EdDSA:
		_, private, err = ed25519.GenerateKey(rand.Reader)
	default:
		err = fmt.Errorf("there is no signing algorithm %q", algorithm)
	}
	if err != nil {
		return nil, err
	}
	return x509.MarshalPKCS8PrivateKey(private)
}

// Load makes the key usable, from what Generate returned.
func (k *Key) Load(pkcs8 []byte) error {
	private, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		return fmt.Errorf("signing key %s: %w", k.ID, err)
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return fmt.Errorf("signing key %s cannot sign", k.ID)
	}
	k.private = signer
	if k.plain, err = newJWSSigner(k, nil); err != nil {
		return err
	}
	k.session, err = newJWSSigner(k, map[jose.HeaderKey]any{"version": accessVersion})
	return err
}

// Public returns the public half as it is published.
func (k *Key) Public() jose.JSONWebKey {
	return jose.JSONWebKey{Key: k.private.Public(), KeyID: k.ID, Algorithm: k.Algorithm, Use: "sig"}
}

// Sign returns payload as a signed token, in compact form.
func (k *Key) Sign(payload []byte) (string, error) { return k.plain.token(payload) }
