// Package jsonscan refuses JSON that a decoder would accept but that nobody
// sends in good faith: nested too deeply, with NUL characters (which no
// database stores) or with halves of surrogate pairs (which a decoder would
// silently replace, so that two passwords become one). [Members] takes an
// object apart without decoding what is in it.
package jsonscan

import (
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// MaxDepth is how deep objects and arrays may nest.
const MaxDepth = 32

// The reasons for which [Check] refuses a text.
var (
	ErrSyntax    = errors.New("not valid JSON")
	ErrDepth     = errors.New("nested too deeply")
	ErrEncoding  = errors.New("not valid UTF-8")
	ErrNUL       = errors.New("NUL characters are not allowed")
	ErrSurrogate = errors.New("half of a surrogate pair")
)

// Check returns why b should not be decoded, or nil.
func Check(b []byte) error {
	if !utf8.Valid(b) {
		return ErrEncoding
	}
	if err := checkTokens(b); err != nil { // before Valid, which recurses
		return err
	}
	if !json.Valid(b) {
		return ErrSyntax
	}
	return nil
}

func checkTokens(b []byte) error {
	depth, inString := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case inString && c == '\\':
			n, err := checkEscape(b[i:])
			if err != nil {
				return err
			}
			i += n
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return ErrDepth
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// checkEscape looks at the escape that b begins with and returns how many
// bytes after the backslash belong to it.
func checkEscape(b []byte) (int, error) {
	unit, ok := codeUnit(b)
	switch {
	case !ok:
		return 1, nil
	case unit == 0:
		return 0, ErrNUL
	case unit >= 0xD800 && unit < 0xDC00:
		if low, ok := codeUnit(b[6:]); ok && low >= 0xDC00 && low < 0xE000 {
			return 11, nil
		}
		return 0, ErrSurrogate
	case unit >= 0xDC00 && unit < 0xE000:
		return 0, ErrSurrogate
	}
	return 5, nil
}

// codeUnit reads \uXXXX.
func codeUnit(b []byte) (unit rune, ok bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	for _, c := range b[2:6] {
		switch {
		case c >= '0' && c <= '9':
			unit = unit<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			unit = unit<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return unit, true
}
