package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/internal/testdb"
)

// addUsers adds users of a provider by their numbers, of whom one in a thousand
// has another domain.
func addUsers(t *testing.T, q db.Querier, numbers []int64) error {
	for _, i := range numbers {
		id, email := fmt.Sprintf("user-%05d", i), fmt.Sprintf("p%05d@many.example", i)
		if i%1000 == 0 {
			email = fmt.Sprintf("p%05d@few.example", i)
		}
		for _, insert := range []string{
			`INSERT INTO users (app_id, user_id, recipe_id, primary_user_id, is_primary, time_joined, primary_time_joined,
				email, phone, third_party_id, third_party_user_id, password_hash)
				VALUES ('public', $1, 'thirdparty', $1, FALSE, $2, $2, $3, '', 'Google', $1, '')`,
			`INSERT INTO tenant_users (app_id, tenant_id, user_id, recipe_id, primary_user_id, primary_time_joined)
				VALUES ('public', 'public', $1, 'thirdparty', $1, $2)`,
		} {
			args := []any{id, i, email}
			if _, err := q.Exec(t.Context(), insert, args[:strings.Count(insert, "$3")+2]...); err != nil {
				return err
			}
		}
	}
	return nil
}

// TestSearchAmongMany: whether a tag has few matches or many, the first users
// that match all of them are found, in order.
func TestSearchAmongMany(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		e := openEngine(t, uri)
		numbers := make([]int64, maxMatches+500)
		for i := range numbers {
			numbers[i] = int64(i)
		}
		for some := range slices.Chunk(numbers, 500) {
			if err := e.db.Tx(t.Context(), func(q db.Querier) error { return addUsers(t, q, some) }); err != nil {
				t.Fatal(err)
			}
		}
		app := e.App("")
		for name, tt := range map[string]struct {
			in          core.ListUsers
			first, last string
			found       int
		}{
			"many":               {core.ListUsers{Email: "many.ex"}, "user-00001", "user-01001", maxFound},
			"many, downwards":    {core.ListUsers{Email: "p", TimeJoinedOrder: "DESC"}, "user-10499", "user-09500", maxFound},
			"many and many":      {core.ListUsers{Email: "many", Provider: "goo"}, "user-00001", "user-01001", maxFound},
			"many and few":       {core.ListUsers{Provider: "google", Email: "few"}, "user-00000", "user-10000", 11},
			"few and many":       {core.ListUsers{Email: "p1049", Provider: "g"}, "user-10490", "user-10499", 10},
			"several, with both": {core.ListUsers{Email: "few;p"}, "user-00000", "user-00999", maxFound},
			"in both ways once":  {core.ListUsers{Email: "few;p00000"}, "user-00000", "user-10000", 11},
			"another tenant":     {core.ListUsers{Email: "many", Provider: "github"}, "", "", 0},
		} {
			t.Run(name, func(t *testing.T) {
				var ids []string
				for _, u := range ok(t, app.User.List, tt.in).Users {
					ids = append(ids, u.ID)
				}
				if len(ids) != tt.found || len(ids) > 0 && (ids[0] != tt.first || ids[len(ids)-1] != tt.last) {
					t.Errorf("found %d users from %q, want %d from %s to %s", len(ids), slices.Concat(ids[:min(1, len(ids))], ids[max(0, len(ids)-1):]), tt.found, tt.first, tt.last)
				}
			})
		}
	})
}
