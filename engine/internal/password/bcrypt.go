package password

import (
	"errors"
	"regexp"

	"golang.org/x/crypto/bcrypt"

	"github.com/posternauth/postern/core"
)

const (
	maxBCryptCost = 15 // about four seconds of one core
	// bcryptLimit is how many bytes of a password bcrypt looks at. A hash that
	// was made elsewhere of a longer one knows only these. It is kept, and not
	// replaced by one of what somebody typed: that could be the beginning of
	// the password and anything behind it.
	bcryptLimit = 72
)

var bcryptForm = regexp.MustCompile(`^\$2[abxy]\$[0-9]{2}\$[./A-Za-z0-9]{53}$`)

type bcryptHash string

func parseBCrypt(hash string) (scheme, error) {
	cost, err := bcrypt.Cost([]byte(hash))
	if err != nil || !bcryptForm.MatchString(hash) {
		return nil, core.Bad("Password hash is in invalid BCrypt format")
	}
	if cost > maxBCryptCost {
		return nil, core.Bad("Password hash is in invalid BCrypt format: it costs too much to verify; at most cost %d is accepted", maxBCryptCost)
	}
	return bcryptHash(hash), nil
}

func (b bcryptHash) verify(password, _ []byte) (bool, error) {
	err := bcrypt.CompareHashAndPassword([]byte(b), password[:min(len(password), bcryptLimit)])
	if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, nil
	}
	return err == nil, err
}
