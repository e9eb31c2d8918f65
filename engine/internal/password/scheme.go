package password

import (
	"strings"

	"github.com/posternauth/postern/core"
)

// The names of the algorithms in an import.
const (
	Argon2         = "argon2"
	BCrypt         = "bcrypt"
	FirebaseSCrypt = "firebase_scrypt"
)

// scheme is a parsed hash.
type scheme interface {
	verify(password, firebaseKey []byte) (bool, error)
}

var parsers = map[string]func(hash string) (scheme, error){
	Argon2:         parseArgon2,
	BCrypt:         parseBCrypt,
	FirebaseSCrypt: parseFirebase,
}

// Check says whether a hash can be verified here, at a bearable cost. An empty
// algorithm is read off the hash. It fails with [core.BadInput].
func (h *Hasher) Check(hash core.Secret, algorithm string) error {
	if hash == "" {
		return core.Bad("Password hash cannot be an empty string")
	}
	if algorithm == "" {
		algorithm = algorithmOf(string(hash))
		if algorithm == "" {
			return core.Bad("Password hash is in invalid format")
		}
	}
	algorithm = strings.ToLower(algorithm)
	read, ok := parsers[algorithm]
	if !ok {
		return core.Bad("Unsupported password hashing algorithm")
	}
	if _, err := read(string(hash)); err != nil {
		return err
	}
	if algorithm == FirebaseSCrypt && len(h.cfg.FirebaseSignerKey) == 0 {
		return core.Bad("'firebase_password_hashing_signer_key' cannot be null")
	}
	return nil
}

func parse(hash string) (scheme, error) {
	read, ok := parsers[algorithmOf(hash)]
	if !ok {
		return nil, core.Bad("Password hash is in invalid format")
	}
	return read(hash)
}

func algorithmOf(hash string) string {
	switch {
	case strings.HasPrefix(hash, "$argon2"):
		return Argon2
	case strings.HasPrefix(hash, "$2"):
		return BCrypt
	case strings.HasPrefix(hash, "$f_scrypt$"):
		return FirebaseSCrypt
	}
	return ""
}
