package cdi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/posternauth/postern/core"
)

// version is a version of the protocol, "5.4" as [5 4]. It is compared part
// by part: 2.10 is newer than 2.9.
type version []int

// The versions from which something is different on the wire.
var (
	v40 = version{4, 0}
	v50 = version{5, 0}
	v51 = version{5, 1}
	v53 = version{5, 3}
	v56 = version{5, 6}
)

// served are the versions that [Handler] speaks, oldest first.
func served() []string {
	return []string{"3.0", "3.1", "4.0", "5.0", "5.1", "5.2", "5.3", "5.4"}
}

// spoken are the versions that [Dial] understands: before 4.0 a user had
// another form.
func spoken() []string { return served()[2:] }

const versionHeader = "cdi-version"

// requestVersion reads the version of a request, the newest one by default.
// A malformed header is refused even where any version would do.
func requestVersion(h http.Header, anyVersion bool) (version, error) {
	all := served()
	text := strings.TrimSpace(h.Get(versionHeader))
	if text == "" {
		text = all[len(all)-1]
	}
	v, ok := parseVersion(text)
	if !ok {
		return nil, core.Bad("cdi-version header is invalid")
	}
	if !anyVersion && !slices.Contains(all, text) {
		return nil, core.Bad("cdi-version %s not supported", text)
	}
	return v, nil
}

// parseVersion reads numbers separated by dots. Numbers are short, so that a
// header cannot overflow them.
func parseVersion(s string) (version, bool) {
	var v version
	for part := range strings.SplitSeq(s, ".") {
		n, err := strconv.ParseUint(part, 10, 31)
		if err != nil || len(part) > 9 {
			return nil, false
		}
		v = append(v, int(n))
	}
	return v, true
}

// before reports whether v is older than other.
func (v version) before(other version) bool { return slices.Compare(v, other) < 0 }

// newestCommon returns the newest version that is in both lists, "" if none.
func newestCommon(a, b []string) string {
	best, bestVersion := "", version(nil)
	for _, s := range a {
		v, ok := parseVersion(s)
		if ok && slices.Contains(b, s) && bestVersion.before(v) {
			best, bestVersion = s, v
		}
	}
	return best
}
