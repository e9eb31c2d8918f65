package core

import (
	"slices"
	"strings"
)

// maxIdentifier bounds the ids of apps and tenants, in bytes.
const maxIdentifier = 64

// AppPrefix begins the segment of a path that names an app: "/appid-shop/…". No
// id begins with it.
const AppPrefix = "appid-"

// reservedTenants are the words that paths begin with.
var reservedTenants = []string{"recipe", "config", "users", "hello"}

// TenantID returns the one form of the id of a tenant, which every layer uses:
// lower case, 1 to 64 letters of ASCII, digits and hyphens. An empty text is
// [Public]. It fails with a [BadInput] for what is no id: other characters, what
// paths mean otherwise ("recipe", "appid-shop").
func TenantID(text string) (string, error) {
	id, err := identifier("tenantId", orPublic(text))
	if err == nil && slices.Contains(reservedTenants, id) {
		err = Bad("Cannot use '%s' as a tenantId", id)
	}
	return id, err
}

// AppID is [TenantID] for the id of an app, where no words are reserved.
func AppID(text string) (string, error) { return identifier("appId", text) }

func orPublic(id string) string {
	if id == "" {
		return Public
	}
	return id
}

func identifier(field, text string) (string, error) {
	id := strings.Map(lowerASCII, strings.TrimSpace(text))
	switch {
	case id == "":
		return "", Bad("%s should not be an empty String", field)
	case strings.HasPrefix(id, AppPrefix):
		return "", Bad("%s must not start with '%s'", field, AppPrefix)
	case strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return "", Bad("%s can only contain letters, numbers and hyphens", field)
	case len(id) > maxIdentifier:
		return "", Bad("%s is too long: at most %d characters are allowed", field, maxIdentifier)
	}
	return id, nil
}

// lowerASCII leaves other letters alone: there are some that strings.ToLower
// would turn into ASCII.
func lowerASCII(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}
