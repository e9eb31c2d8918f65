package cdi

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"

	"github.com/posternauth/postern/core"
)

const keyHeader = "api-key"

// minKeyLength keeps out keys that can be guessed.
const minKeyLength = 20

// apiKeys are the hashes of the keys, of which a request needs one. Hashing
// makes them equally long, so that comparing takes the same time for all.
type apiKeys [][sha256.Size]byte

func newAPIKeys(secrets []core.Secret) (apiKeys, error) {
	keys := make(apiKeys, len(secrets))
	for i, secret := range secrets {
		if len(secret) < minKeyLength {
			return nil, fmt.Errorf("cdi: Config.APIKeys[%d] has %d characters; use at least %d, as `openssl rand -hex 32` makes them", i, len(secret), minKeyLength)
		}
		if strings.ContainsFunc(string(secret), isNoKeyRune) {
			return nil, fmt.Errorf("cdi: Config.APIKeys[%d] has characters other than letters, digits, '=' and '-'", i)
		}
		keys[i] = sha256.Sum256([]byte(secret))
	}
	return keys, nil
}

func isNoKeyRune(r rune) bool {
	return r != '=' && r != '-' && !isID(string(lowerASCII(r)))
}

// allow reports whether a request may enter. Without keys everyone may.
func (keys apiKeys) allow(h http.Header) bool {
	given := sha256.Sum256([]byte(bearer(h)))
	allowed := 0
	for _, key := range keys {
		allowed |= subtle.ConstantTimeCompare(given[:], key[:])
	}
	return len(keys) == 0 || allowed == 1
}

// bearer returns the key of a request: the header api-key or, without it,
// Authorization with or without its scheme.
func bearer(h http.Header) string {
	if key := h.Get(keyHeader); key != "" {
		return key
	}
	auth := strings.TrimSpace(h.Get("Authorization"))
	if scheme, key, ok := strings.Cut(auth, " "); ok && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(key)
	}
	return auth
}
