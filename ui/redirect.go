package ui

import (
	"net/url"
	"strings"

	"github.com/posternauth/postern/internal/urls"
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
	if len(target) > maxRedirect || !strings.HasPrefix(target, "/") || !urls.IsPrintable(target) {
		return fallback
	}
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return fallback
	}
	path, _, _ := strings.Cut(target, "#")
	path, _, _ = strings.Cut(path, "?")
	if !urls.IsPlainPath(path) {
		return fallback
	}
	return target
}
