package kernel

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"

	"github.com/posternauth/postern/core"
)

const (
	maxEmail = 320 // characters
	maxPhone = 256 // bytes
)

// Email returns the one spelling of an address under which it is stored and
// looked up. It refuses what people cannot see or cannot tell apart: control,
// invisible and bidirectional characters, spaces, several or disguised @.
func Email(address string) (string, error) {
	if !utf8.ValidString(address) {
		return "", core.Bad("The email is not valid UTF-8")
	}
	e := norm.NFC.String(strings.ToLower(norm.NFC.String(strings.TrimSpace(address))))
	switch {
	case e == "":
		return "", core.Bad("Field name 'email' cannot be an empty String")
	case utf8.RuneCountInString(e) > maxEmail:
		return "", core.Bad("The email is too long: at most %d characters are allowed", maxEmail)
	case strings.ContainsFunc(e, hidden):
		return "", core.Bad("The email contains spaces, control characters or invisible characters")
	case strings.Count(norm.NFKC.String(e), "@") > 1 || strings.Count(norm.NFKC.String(e), "@") != strings.Count(e, "@"):
		return "", core.Bad("The email contains several @, or characters that look like one")
	case strings.HasSuffix(e, "."):
		return "", core.Bad("The email ends with a dot")
	}
	return e, nil
}

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
	case strings.ContainsFunc(number, func(r rune) bool { return r != ' ' && hidden(r) }):
		return "", core.Bad("The phoneNumber contains control characters or invisible characters")
	}
	parsed, err := phonenumbers.Parse(number, "ZZ") // of no country in particular
	if err != nil {
		return number, nil
	}
	return phonenumbers.Format(parsed, phonenumbers.E164), nil
}

// hidden reports a character that is not plainly there.
func hidden(r rune) bool {
	return !unicode.IsGraphic(r) || unicode.IsSpace(r) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// IsFake reports whether an address stands for "no email": nobody can prove
// it, so it counts as proved.
func IsFake(email string) bool {
	_, domain, _ := strings.Cut(email, "@")
	return domain == "stfakeemail.supertokens.com" || strings.HasSuffix(domain, ".fakeemail.com")
}
