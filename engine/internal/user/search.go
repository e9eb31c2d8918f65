package user

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
)

const (
	maxFound = 1000 // by a search
	// maxMatches is how many login methods that match a tag are worth sorting.
	maxMatches = 10_000
)

// searchTag is what is looked for by one tag: the beginning of a column of a
// login method.
type searchTag struct{ columns, values []string }

// ranges returns the conditions on a login method u of which one has to hold:
// each is a stretch of an index. It appends the values to args. Each value is a
// query of its own, which PostgreSQL does not look into: it would make a plan
// for each value, and that takes ten times as long as to find the few.
func (t searchTag) ranges(args *db.Args) (r []string) {
	for _, value := range t.values {
		*args = append(*args, value, value+string(utf8.MaxRune))
		n := len(*args)
		for _, column := range t.columns {
			r = append(r, fmt.Sprintf(`%s >= (SELECT $%d) AND %s < (SELECT $%d)`, column, n-1, column, n))
		}
	}
	return r
}

// starts returns the same conditions in a form that no index serves, for where
// rows are read by their keys.
func (t searchTag) starts(args *db.Args) (r []string) {
	for _, value := range t.values {
		*args = append(*args, value, int64(utf8.RuneCountInString(value)))
		n := len(*args)
		for _, column := range t.columns {
			r = append(r, fmt.Sprintf(`substr(%s, 1, CAST($%d AS INTEGER)) = $%d`, column, n, n-1))
		}
	}
	return r
}

// searchTags compares the beginnings of what is stored, and for emails also of
// the domain.
func (u *users) searchTags(in core.ListUsers) (tags []searchTag) {
	add := func(values []string, columns ...string) {
		for i := range columns {
			columns[i] += u.DB.Bytes
		}
		if len(values) > 0 {
			tags = append(tags, searchTag{columns, values})
		}
	}
	add(searchValues(strings.ToLower(in.Email)), `u.email`, strings.ReplaceAll(db.EmailDomain, `email`, `u.email`))
	add(searchValues(in.Phone), `u.phone`)
	add(searchValues(strings.ToLower(in.Provider)), `LOWER(u.third_party_id)`)
	return tags
}

// searchUsers finds users who have a login method in the tenant that matches
// one value of every tag. Where a tag has few matches, these are read and then
// sorted; where all have many, users are read in order until enough of them
// match.
func (u *users) searchUsers(ctx context.Context, in core.ListUsers) (out core.UserPage, err error) {
	tags := u.searchTags(in)
	if len(tags) == 0 {
		out.Users = []core.User{}
		return out, nil
	}
	few, are, err := u.fewMatches(ctx, tags)
	if err != nil {
		return out, err
	}
	var found []position
	if are {
		found, err = u.searchAmong(ctx, in, tags, few)
	} else {
		found, err = u.searchInOrder(ctx, in, tags)
	}
	if err != nil {
		return out, err
	}
	out.Users, err = u.people.ByIDs(ctx, u.DB.Reader, idsOf(found))
	return out, err
}

// fewMatches returns the login methods that match a tag which has few.
func (u *users) fewMatches(ctx context.Context, tags []searchTag) (ids []string, are bool, err error) {
	const read = `SELECT u.user_id FROM users u WHERE u.app_id = $1 AND `
	for _, tag := range tags {
		args := db.Args{u.ID, int64(maxMatches + 1)}
		ranges := tag.ranges(&args)
		ids, err = db.Texts(ctx, u.DB.Reader, read+strings.Join(ranges, ` UNION ALL `+read)+` LIMIT $2`, args...)
		if err != nil || len(ids) <= maxMatches {
			slices.Sort(ids) // some match by email and by domain
			return slices.Compact(ids), true, err
		}
	}
	return nil, false, nil
}

// searchAmong returns the first of some login methods that match all tags.
func (u *users) searchAmong(ctx context.Context, in core.ListUsers, tags []searchTag, ids []string) ([]position, error) {
	var found []position
	for some := range slices.Chunk(ids, db.MaxList) {
		list, args := db.In(db.Args{u.ID, in.TenantID}, some)
		more, err := positions(ctx, u.DB.Reader, `SELECT DISTINCT t.primary_time_joined, t.primary_user_id FROM users u
			JOIN tenant_users t ON t.app_id = u.app_id AND t.user_id = u.user_id AND t.tenant_id = $2
			WHERE u.app_id = $1 AND u.user_id IN `+list+all(tags, &args), args)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	slices.SortFunc(found, func(a, b position) int {
		byTime := cmp.Compare(a.timeJoined, b.timeJoined)
		if in.TimeJoinedOrder == "DESC" {
			byTime = -byTime
		}
		return cmp.Or(byTime, cmp.Compare(b.id, a.id))
	})
	found = slices.Compact(found)
	return found[:min(len(found), maxFound)], nil
}

// searchInOrder reads users in order until enough of them match all tags. It
// counts, for databases would turn whether there is one into a join in
// another order.
func (u *users) searchInOrder(ctx context.Context, in core.ListUsers, tags []searchTag) ([]position, error) {
	args := db.Args{u.ID, in.TenantID, int64(maxFound)}
	order := ` ORDER BY t.primary_time_joined, t.primary_user_id DESC LIMIT $3`
	if in.TimeJoinedOrder == "DESC" {
		order = ` ORDER BY t.primary_time_joined DESC, t.primary_user_id DESC LIMIT $3`
	}
	return positions(ctx, u.DB.Reader, `SELECT DISTINCT t.primary_time_joined, t.primary_user_id FROM tenant_users t
		WHERE t.app_id = $1 AND t.tenant_id = $2 AND
			(SELECT COUNT(*) FROM users u WHERE u.app_id = t.app_id AND u.user_id = t.user_id`+all(tags, &args)+`) > 0`+order, args)
}

// all is the condition that every tag matches.
func all(tags []searchTag, args *db.Args) string {
	var condition strings.Builder
	for _, tag := range tags {
		condition.WriteString(` AND (` + strings.Join(tag.starts(args), ` OR `) + `)`)
	}
	return condition.String()
}

// searchValues splits the values of a tag.
func searchValues(list string) []string {
	var values []string
	for value := range strings.SplitSeq(list, ";") {
		if value = strings.TrimSpace(value); value != "" {
			values = append(values, value)
		}
	}
	return values
}
