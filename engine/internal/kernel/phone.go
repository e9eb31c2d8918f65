package kernel

import (
	"strings"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/address"
)

const (
	maxPhone = 256 // bytes
)

// Phone returns the one spelling of a phone number under which it is stored and
// looked up: its international form (E.164), or itself without spaces around
// it when it is no international number.
func Phone(number string) (string, error) {
	number = strings.TrimSpace(number)
	switch {
	case !utf8.ValidString(number):
		return "", core.Bad("The phoneNumber is not valid UTF-8")
	case number == "":
		return "", core.Bad("Field name 'phoneNumber' cannot be an empty String")
	case len(number) > maxPhone:
		return "", core.Bad("The phoneNumber is too long: at most %d bytes are allowed", maxPhone)
	case strings.ContainsFunc(number, func(r rune) bool { return r != ' ' && address.Hidden(r) }):
		return "", core.Bad("The phoneNumber contains control characters or invisible characters")
	}
	parsed, err := phonenumbers.Parse(number, "ZZ") // of no country in particular
	if err != nil {
		return number, nil
	}
	return phonenumbers.Format(parsed, phonenumbers.E164), nil
}
