package token

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"math/big"
)

// Link returns 256 random bits as text for a link.
func Link() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// Digits returns so many random digits: a code that people type.
func Digits(many int64) string {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(many), nil)
	n, err := rand.Int(rand.Reader, limit)
	if err != nil {
		panic(err) // the source of randomness does not fail
	}
	return fmt.Sprintf("%0*d", many, n)
}

// Same compares two secrets in a time that does not tell where they differ.
func Same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
