package cdi

import (
	"strings"

	"github.com/posternauth/postern/core"
)

// place is what a path names: an app, a tenant of it and an operation. Tenant
// is empty when the path does not name one.
type place struct{ app, tenant, api string }

// splitPath finds the parts of a path, which a base path is already cut from.
// known tells the path of an operation from other text. Case does not matter,
// nor does a slash at the end. What is no operation keeps its path.
func splitPath(path string, known func(api string) bool) place {
	at := place{app: core.Public, api: normalPath(path)}
	if first, rest := firstSegment(at.api); strings.HasPrefix(first, core.AppPrefix) && isID(first) {
		at.app, at.api = orPublic(strings.TrimPrefix(first, core.AppPrefix)), rest
	}
	if known(at.api) {
		return at
	}
	first, rest := firstSegment(at.api)
	if id, err := core.TenantID(first); err == nil && first != "" && rest != "/" && known(rest) {
		at.tenant, at.api = id, rest
	}
	return at
}

// normalPath returns the path in lower case, without a slash at the end.
func normalPath(path string) string {
	path = strings.Map(lowerASCII, path)
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	if path == "" {
		return "/"
	}
	return path
}

// lowerASCII leaves other letters alone: there are some that strings.ToLower
// would turn into ASCII.
func lowerASCII(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// firstSegment cuts "/a/b/c" into "a" and "/b/c". There is always a rest.
func firstSegment(path string) (first, rest string) {
	first, rest, _ = strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first, "/" + rest
}

// isID reports whether s can be the id of an app or a tenant.
func isID(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return false
		}
	}
	return s != ""
}

func orPublic(id string) string {
	if id == "" {
		return core.Public
	}
	return id
}
