package enginetest

import (
	"encoding/base64"
	"errors"
	"testing"

	"github.com/posternauth/postern/core"
)

// pageTokens: a page token is good as it was given out and for the query that
// it came from, and no other.
func (s suite) pageTokens(t *testing.T) {
	tenant, other := s.newTenant(t), s.newTenant(t)
	for range 3 {
		s.signUp(t, tenant)
		s.signUp(t, other)
	}
	in := core.ListUsers{TenantID: tenant, Limit: 1}
	token := ok(t, s.User.List, in).NextPaginationToken
	refused := func(what string, in core.ListUsers) {
		t.Helper()
		var mistake *core.BadInput
		if _, err := s.User.List(t.Context(), in); !errors.As(err, &mistake) || mistake.Message != "invalid pagination token" {
			t.Errorf("%s: %v, want that it is invalid", what, err)
		}
	}
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(sealed) < 32 {
		t.Fatalf("%q: %v", token, err)
	}
	for i := range sealed {
		changed := append([]byte{}, sealed...)
		changed[i] ^= 1
		in.PaginationToken = base64.RawURLEncoding.EncodeToString(changed)
		refused("a token with another byte", in)
	}
	for what, in := range map[string]core.ListUsers{
		"a token of another tenant":     {TenantID: other, Limit: 1, PaginationToken: token},
		"a token of another order":      {TenantID: tenant, Limit: 1, PaginationToken: token, TimeJoinedOrder: "DESC"},
		"a token of another filter":     {TenantID: tenant, Limit: 1, PaginationToken: token, IncludeRecipeIDs: []string{"emailpassword"}},
		"a token that is cut short":     {TenantID: tenant, Limit: 1, PaginationToken: token[:len(token)-4]},
		"a token with something behind": {TenantID: tenant, Limit: 1, PaginationToken: token + "AAAA"},
		"a token in clear":              {TenantID: tenant, Limit: 1, PaginationToken: base64.RawURLEncoding.EncodeToString(make([]byte, 44))},
	} {
		refused(what, in)
	}
	in.PaginationToken = token
	if page := ok(t, s.User.List, in); len(page.Users) != 1 {
		t.Errorf("the token as it is leads to %d users", len(page.Users))
	}
}
