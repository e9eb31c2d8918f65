package urls

import (
	"crypto/sha256"
	"encoding/base64"
)

// hintSize is how much of a digest is enough to tell accounts apart.
const hintSize = 12

// Hint names an account in a link, for pages that know whose it could be. It
// does not tell the id.
func Hint(id string) string {
	sum := sha256.Sum256([]byte(id))
	return base64.RawURLEncoding.EncodeToString(sum[:hintSize])
}
