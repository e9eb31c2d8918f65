package urls

import (
	"net/url"
	"strings"
	"unicode"
)

// IsPrintable refuses what must be percent-encoded in an address, and the
// backslash, which browsers take for a slash.
func IsPrintable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '\\' })
}

// IsPlainPath reports whether everybody reads a path in the same way: it is
// decoded until nothing is encoded any more, and looked at each time.
func IsPlainPath(path string) bool {
	const depth = 4 // who encodes more often means no good
	for range depth {
		if strings.Contains(path, "//") || strings.Contains(path, "/./") || strings.Contains(path, "/../") ||
			strings.HasSuffix(path, "/.") || strings.HasSuffix(path, "/..") || strings.ContainsFunc(path, isTricky) {
			return false
		}
		decoded, err := url.PathUnescape(path)
		if err != nil {
			return false
		}
		if decoded == path {
			return true
		}
		path = decoded
	}
	return false
}

// isTricky reports backslashes and control characters, and beyond ASCII all
// but letters, marks and digits: there are the lookalikes of slash and dot.
func isTricky(r rune) bool {
	if r <= unicode.MaxASCII {
		return r < ' ' || r == 0x7f || r == '\\'
	}
	return r == unicode.ReplacementChar || !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r)
}
