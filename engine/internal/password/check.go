package password

import "github.com/posternauth/postern/core"

// maxPassword bounds what is hashed, in bytes.
const maxPassword = 1024

// CheckNew bounds a password that somebody chooses: it has 1 to 1024 bytes.
// Which passwords are good is the business of the recipe. It fails with
// [core.BadInput].
func CheckNew(p core.Secret) error {
	if p == "" {
		return core.Bad("Password cannot be an empty string")
	}
	return CheckLength(p)
}

// CheckLength bounds a password that is about to be compared.
func CheckLength(p core.Secret) error {
	if len(p) > maxPassword {
		return core.Bad("Password is too long: at most %d bytes are allowed", maxPassword)
	}
	return nil
}
