package ui

import (
	"net/url"
	"strings"
	"unicode"
)

// maxRedirect is the longest target that is followed, in bytes.
const maxRedirect = 2048

// SafeRedirect returns target when it is a path on this site, and otherwise
// fallback. Every redirect of the pages goes through it.
//
// Servers, proxies and browsers disagree on what backslashes, control
// characters, double slashes, dot segments, lookalikes of the slash and
// repeated encodings mean. A target with any of them in its path is refused,
// however deeply encoded, and none of the readings is asked.
func SafeRedirect(target, fallback string) string {
	if len(target) > maxRedirect || !strings.HasPrefix(target, "/") || !isPrintableASCII(target) {
		return fallback
	}
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return fallback
	}
	path, _, _ := strings.Cut(target, "#")
	path, _, _ = strings.Cut(path, "?")
	if !isPlainPath(path) {
		return fallback
	}
	return target
}

// isPrintableASCII refuses what must be percent-encoded in an address, and the
// backslash, which browsers take for a slash.
func isPrintableASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '\\' })
}

// isPlainPath decodes until nothing is encoded any more, and wants a path that
// can be read in one way only each time.
func isPlainPath(path string) bool {
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
