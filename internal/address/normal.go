package address

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/posternauth/postern/core"
)

const maxCharacters = 320

// Normal returns the one spelling of an address under which it is stored and
// looked up. It refuses what people cannot see or cannot tell apart: control,
// invisible and bidirectional characters, spaces, several or disguised @.
func Normal(address string) (string, error) {
	if !utf8.ValidString(address) {
		return "", core.Bad("The email is not valid UTF-8")
	}
	e := norm.NFC.String(strings.ToLower(norm.NFC.String(strings.TrimSpace(address))))
	switch {
	case e == "":
		return "", core.Bad("Field name 'email' cannot be an empty String")
	case utf8.RuneCountInString(e) > maxCharacters:
		return "", core.Bad("The email is too long: at most %d characters are allowed", maxCharacters)
	case strings.ContainsFunc(e, Hidden):
		return "", core.Bad("The email contains spaces, control characters or invisible characters")
	case strings.Count(norm.NFKC.String(e), "@") > 1 || strings.Count(norm.NFKC.String(e), "@") != strings.Count(e, "@"):
		return "", core.Bad("The email contains several @, or characters that look like one")
	case strings.HasSuffix(e, "."):
		return "", core.Bad("The email ends with a dot")
	}
	return e, nil
}

// Stored returns the spelling of an address under which an account has it, and to
// which its mail goes: another one, however alike, may be somebody else's. What is
// no address only loses the spaces around it.
func Stored(text string) string {
	if address, err := Normal(text); err == nil {
		return address
	}
	return strings.TrimSpace(text)
}

// Same reports whether two texts are one address. Nothing else compares
// addresses: by another rule, who has proved one could own another.
func Same(a, b string) bool {
	x, errX := Normal(a)
	y, errY := Normal(b)
	return errX == nil && errY == nil && x == y
}

// Key returns the text by which attempts at an account are counted: the one
// spelling of an address, or of whatever else somebody typed.
func Key(account string) string {
	if address, err := Normal(account); err == nil {
		return address
	}
	return norm.NFKC.String(strings.ToLower(norm.NFKC.String(strings.TrimSpace(account))))
}

// Hidden reports a character that is not plainly there: invisible, a space, a
// control or bidirectional character.
func Hidden(r rune) bool {
	return !unicode.IsGraphic(r) || unicode.IsSpace(r) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
