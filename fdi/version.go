package fdi

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/posternauth/postern/core"
)

// Version is a version of the protocol. The zero version is the newest: a
// client that does not say gets today's shapes.
type Version struct{ Major, Minor int }

// VersionOf returns the largest version that the request's fdi-version header
// lists.
func VersionOf(r *http.Request) Version {
	var newest Version
	for s := range strings.SplitSeq(r.Header.Get("fdi-version"), ",") {
		if v, ok := parseVersion(strings.TrimSpace(s)); ok && newest.less(v) {
			newest = v
		}
	}
	return newest
}

func parseVersion(s string) (Version, bool) {
	major, minor, _ := strings.Cut(s, ".")
	a, errA := strconv.Atoi(major)
	b, errB := strconv.Atoi(minor)
	return Version{a, b}, errA == nil && errB == nil
}

func (v Version) less(w Version) bool {
	return v.Major < w.Major || v.Major == w.Major && v.Minor < w.Minor
}

// AtLeast reports whether v is major.minor or newer.
func (v Version) AtLeast(major, minor int) bool {
	return v == Version{} || !v.less(Version{major, minor})
}

// knowsLoginMethods reports whether clients of this version read users as
// lists of login methods. 2.0 is the line for those that do not.
func (v Version) knowsLoginMethods() bool {
	return v.AtLeast(3, 0) || v.AtLeast(1, 18) && v.less(Version{2, 0})
}

// SignedIn is the answer to a sign-in or a sign-up.
type SignedIn struct {
	User core.User `json:"user"`
	// RecipeUserID is the login method that was used; old clients see no other.
	RecipeUserID string `json:"-"`
}

// legacyUser is a user as clients without login methods know it.
type legacyUser struct {
	ID          string          `json:"id"`
	TimeJoined  int64           `json:"timeJoined"`
	Email       string          `json:"email,omitempty"`
	PhoneNumber string          `json:"phoneNumber,omitempty"`
	ThirdParty  core.ThirdParty `json:"thirdParty,omitzero"`
}

// ForVersion returns the answer in the shape that clients of v read.
func (s SignedIn) ForVersion(v Version) any {
	if v.knowsLoginMethods() {
		return s
	}
	return struct {
		User legacyUser `json:"user"`
	}{s.legacy()}
}

func (s SignedIn) legacy() legacyUser {
	m, ok := s.User.LoginMethod(s.RecipeUserID)
	if !ok && len(s.User.LoginMethods) > 0 {
		m = s.User.LoginMethods[0]
	}
	return legacyUser{s.User.ID, m.TimeJoined, m.Email, m.PhoneNumber, m.ThirdParty}
}

// SignedInUp is the answer to a sign-in that may have been a sign-up.
type SignedInUp struct {
	SignedIn
	CreatedNewRecipeUser bool `json:"createdNewRecipeUser"`
}

// ForVersion returns the answer in the shape that clients of v read.
func (s SignedInUp) ForVersion(v Version) any {
	if v.knowsLoginMethods() {
		return s
	}
	return struct {
		User                 legacyUser `json:"user"`
		CreatedNewUser       bool       `json:"createdNewUser"`
		CreatedNewRecipeUser bool       `json:"createdNewRecipeUser"`
	}{s.legacy(), s.CreatedNewRecipeUser, s.CreatedNewRecipeUser}
}
