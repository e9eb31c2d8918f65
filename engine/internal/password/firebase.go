package password

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/scrypt"

	"github.com/posternauth/postern/core"
)

const (
	maxFirebaseMemory = 16 // 2^16 blocks
	maxFirebaseRounds = 16 // blocks of 16*128 bytes: 128 MiB in all
	firebaseKeySize   = 32
)

// firebaseHash is $f_scrypt$sum$salt$m=14$r=8$s=separator. The sum is the
// signer key of the project, encrypted with a key that scrypt derives from the
// password.
type firebaseHash struct {
	sum, salt      []byte
	memory, rounds int
}

func parseFirebase(hash string) (scheme, error) {
	malformed := core.Bad("Password hash is in invalid Firebase SCrypt format")
	parts := strings.Split(hash, "$")
	if len(parts) != 7 || parts[0] != "" || parts[1] != "f_scrypt" || !strings.HasPrefix(parts[6], "s=") {
		return nil, malformed
	}
	var f firebaseHash
	if fmt.Sprintf("m=%d", number(parts[4], "m=", &f.memory)) != parts[4] || fmt.Sprintf("r=%d", number(parts[5], "r=", &f.rounds)) != parts[5] {
		return nil, malformed
	}
	if f.memory < 1 || f.rounds < 1 {
		return nil, malformed
	}
	if f.memory > maxFirebaseMemory || f.rounds > maxFirebaseRounds {
		return nil, core.Bad("Password hash is in invalid Firebase SCrypt format: it costs too much to verify; at most m=%d and r=%d are accepted",
			maxFirebaseMemory, maxFirebaseRounds)
	}
	var errs [3]error
	var separator []byte
	f.sum, errs[0] = base64.StdEncoding.DecodeString(parts[2])
	f.salt, errs[1] = base64.StdEncoding.DecodeString(parts[3])
	separator, errs[2] = base64.StdEncoding.DecodeString(parts[6][len("s="):])
	if errors.Join(errs[:]...) != nil || len(f.sum) == 0 {
		return nil, malformed
	}
	f.salt = append(f.salt, separator...)
	return f, nil
}

// number reads what stands after the prefix.
func number(text, prefix string, to *int) int {
	*to, _ = strconv.Atoi(strings.TrimPrefix(text, prefix)) // 0 when it is none, which is refused
	return *to
}

func (f firebaseHash) verify(password, signerKey []byte) (bool, error) {
	if len(signerKey) == 0 {
		return false, errors.New("Config.Passwords.FirebaseSignerKey is not set, and a user has a Firebase hash")
	}
	derived, err := scrypt.Key(password, f.salt, 1<<f.memory, f.rounds, 1, 2*firebaseKeySize)
	if err != nil {
		return false, err
	}
	aesKey, err := aes.NewCipher(derived[:firebaseKeySize])
	if err != nil {
		return false, err
	}
	sum := make([]byte, len(signerKey))
	cipher.NewCTR(aesKey, make([]byte, aes.BlockSize)).XORKeyStream(sum, signerKey)
	return subtle.ConstantTimeCompare(sum, f.sum) == 1, nil
}
