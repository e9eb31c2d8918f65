package person

import (
	"cmp"
	"context"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
)

// InternalID is SQL for our id of a user, by SQL for either of its ids. Where
// an id is ours of one user and the application's of another, it is ours.
func InternalID(id string) string {
	return `COALESCE((SELECT im.user_id FROM user_id_mapping im WHERE im.app_id = $1 AND im.user_id = ` + id + `),
		(SELECT im.user_id FROM user_id_mapping im WHERE im.app_id = $1 AND im.external_user_id = ` + id + `), ` + id + `)`
}

// ExposedID is SQL for the application's id of a user, by SQL for either.
func ExposedID(id string) string {
	return `COALESCE((SELECT em.external_user_id FROM user_id_mapping em WHERE em.app_id = $1 AND em.user_id = ` + id + `), ` + id + `)`
}

// LinkedIDs are, of the user id $2, the ids of all login methods of the same
// person, of the person, and itself: ours and those of the application.
func LinkedIDs() string {
	return `(WITH own AS (SELECT CAST(` + InternalID("$2") + ` AS TEXT) AS id),
		person AS (SELECT COALESCE((SELECT u.primary_user_id FROM users u WHERE u.app_id = $1 AND u.user_id = own.id), own.id) AS id FROM own),
		ids AS (SELECT id FROM person UNION SELECT u.user_id FROM users u JOIN person ON u.primary_user_id = person.id WHERE u.app_id = $1)
		SELECT id FROM ids
		UNION ALL SELECT m.external_user_id FROM user_id_mapping m JOIN ids ON m.user_id = ids.id WHERE m.app_id = $1
		UNION ALL SELECT CAST($2 AS TEXT))`
}

// TenantsOf is SQL for the tenants of a login method, by SQL for our id of it.
func TenantsOf(id string) string {
	return `(SELECT t.tenant_id FROM tenant_users t WHERE t.app_id = $1 AND t.user_id = ` + id + `)`
}

// Internal returns our id of a user, by either of its ids.
func (p *People) Internal(ctx context.Context, q db.Querier, id string) (string, error) {
	_, err := q.One(ctx, `SELECT user_id FROM user_id_mapping WHERE app_id = $1 AND (user_id = $2 OR external_user_id = $2)
		ORDER BY CASE WHEN user_id = $2 THEN 0 ELSE 1 END LIMIT 1`, db.Args{p.ID, id}, &id)
	return id, err
}

// Exposed returns the application's id of a user, by either of its ids.
func (p *People) Exposed(ctx context.Context, q db.Querier, id string) (string, error) {
	_, err := q.One(ctx, `SELECT external_user_id FROM user_id_mapping WHERE app_id = $1 AND user_id = $2`, db.Args{p.ID, id}, &id)
	return id, err
}

// maxMany is about how many users one operation may ask at once.
const maxMany = 500

// ExposedAll returns the application's ids of users, in the order of the ids
// that are given, which may be either. There may be 500 of them.
func (p *People) ExposedAll(ctx context.Context, q db.Querier, ids []string) ([]string, error) {
	if len(ids) > maxMany {
		return nil, core.Bad("You can only query up to %d users at a time.", maxMany)
	}
	external := map[string]string{}
	list, args := db.In(db.Args{p.ID}, ids)
	err := q.Each(ctx, `SELECT user_id, external_user_id FROM user_id_mapping WHERE app_id = $1 AND user_id IN `+list, args,
		func(scan db.Scan) error {
			var id, kept string
			err := scan(&id, &kept)
			external[id] = kept
			return err
		})
	exposed := make([]string, len(ids))
	for i, id := range ids {
		exposed[i] = cmp.Or(external[id], id)
	}
	return exposed, err
}

// userIDs are users by our ids, and the ids under which the other tables may
// keep something for them.
type userIDs struct{ internal, kept []string }

// in returns the ids by which a table knows the users.
func (u userIDs) in(table kernel.Table) []string {
	if table.Ours {
		return u.internal
	}
	return u.kept
}

// ids returns users with the ids under which something may be kept for
// them. An id that is ours of one user and the application's of another is left
// out: what is kept under it is as well that other user's.
func (p *People) ids(ctx context.Context, q db.Querier, ids []string) (userIDs, error) {
	u := userIDs{internal: ids}
	for some := range slices.Chunk(ids, db.MaxList) {
		list, args := db.In(db.Args{p.ID}, some)
		external, err := db.Texts(ctx, q, `SELECT m.external_user_id FROM user_id_mapping m WHERE m.app_id = $1 AND m.user_id IN `+list+`
			AND NOT EXISTS (SELECT 1 FROM users u WHERE u.app_id = $1 AND u.user_id = m.external_user_id)`, args...)
		if err != nil {
			return u, err
		}
		others, err := db.Texts(ctx, q, `SELECT external_user_id FROM user_id_mapping WHERE app_id = $1 AND external_user_id IN `+list, args...)
		if err != nil {
			return u, err
		}
		own := slices.DeleteFunc(slices.Clone(some), func(id string) bool { return slices.Contains(others, id) })
		u.kept = append(append(u.kept, own...), external...)
	}
	return u, nil
}
