package user_test

import (
	"slices"
	"testing"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/roomtest"
	"github.com/posternauth/postern/engine/internal/user"
	"github.com/posternauth/postern/internal/testdb"
)

// addUsers adds users of a provider by their numbers, of whom one in a thousand
// has another domain.
func addUsers(t *testing.T, e *roomtest.Engine, from, until int) {
	t.Helper()
	const numbers = `WITH RECURSIVE numbers(i) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < $2),
		people AS (SELECT i, 'user-' || CAST(100000 + i AS TEXT) AS id, 'p' || CAST(100000 + i AS TEXT) ||
			CASE WHEN i % 1000 = 0 THEN '@few.example' ELSE '@many.example' END AS email FROM numbers) `
	e.Exec(t, numbers+`INSERT INTO users (app_id, user_id, recipe_id, primary_user_id, is_primary, time_joined, primary_time_joined,
			email, phone, third_party_id, third_party_user_id, password_hash)
		SELECT 'public', id, 'thirdparty', id, FALSE, i, i, email, '', 'Google', id, '' FROM people`, int64(from), int64(until))
	e.Exec(t, numbers+`INSERT INTO tenant_users (app_id, tenant_id, user_id, recipe_id, primary_user_id, primary_time_joined)
		SELECT 'public', 'public', id, 'thirdparty', id, i FROM people`, int64(from), int64(until))
}

// TestSearchAmongMany: whether a tag has few matches or many, the first users
// that match all of them are found, in order.
func TestSearchAmongMany(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		e := roomtest.Open(t, uri)
		for i := range (user.MaxMatches + 500) / 500 {
			addUsers(t, e, i*500, (i+1)*500)
		}
		app := e.App("")
		for name, tt := range map[string]struct {
			in          core.ListUsers
			first, last string
			found       int
		}{
			"many":               {core.ListUsers{Email: "many.ex"}, "user-100001", "user-101001", user.MaxFound},
			"many, downwards":    {core.ListUsers{Email: "p", TimeJoinedOrder: "DESC"}, "user-110499", "user-109500", user.MaxFound},
			"many and many":      {core.ListUsers{Email: "many", Provider: "goo"}, "user-100001", "user-101001", user.MaxFound},
			"many and few":       {core.ListUsers{Provider: "google", Email: "few"}, "user-100000", "user-110000", 11},
			"few and many":       {core.ListUsers{Email: "p11049", Provider: "g"}, "user-110490", "user-110499", 10},
			"several, with both": {core.ListUsers{Email: "few;p"}, "user-100000", "user-100999", user.MaxFound},
			"in both ways once":  {core.ListUsers{Email: "few;p100000"}, "user-100000", "user-110000", 11},
			"another tenant":     {core.ListUsers{Email: "many", Provider: "github"}, "", "", 0},
		} {
			t.Run(name, func(t *testing.T) {
				var ids []string
				for _, u := range roomtest.OK(t, app.User.List, tt.in).Users {
					ids = append(ids, u.ID)
				}
				if len(ids) != tt.found || len(ids) > 0 && (ids[0] != tt.first || ids[len(ids)-1] != tt.last) {
					t.Errorf("found %d users from %q, want %d from %s to %s", len(ids), slices.Concat(ids[:min(1, len(ids))], ids[max(0, len(ids)-1):]), tt.found, tt.first, tt.last)
				}
			})
		}
	})
}
