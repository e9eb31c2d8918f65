package user

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/person"
)

const (
	defaultLimit = 100
	maxLimit     = 500
	maxValues    = 50 // of one tag of a search
	// pageTokens is the purpose of the key that seals them.
	pageTokens = "page tokens"
)

func (u *users) listUsers(ctx context.Context, in core.ListUsers) (out core.UserPage, err error) {
	in.TenantID = kernel.OrPublic(in.TenantID)
	in.Limit = cmp.Or(in.Limit, defaultLimit)
	in.TimeJoinedOrder = cmp.Or(in.TimeJoinedOrder, "ASC")
	if err := checkList(in); err != nil {
		return out, err
	}
	if err := u.CheckTenant(ctx, u.DB.Reader, in.TenantID); err != nil {
		return out, err
	}
	if in.Email+in.Phone+in.Provider != "" {
		return u.searchUsers(ctx, in)
	}
	positions, err := u.pageOf(ctx, in)
	if err != nil {
		return out, err
	}
	if len(positions) > in.Limit {
		if out.NextPaginationToken, err = u.sealPage(ctx, in, positions[in.Limit]); err != nil {
			return out, err
		}
		positions = positions[:in.Limit]
	}
	out.Users, err = u.people.ByIDs(ctx, u.DB.Reader, idsOf(positions))
	return out, err
}

func checkList(in core.ListUsers) error {
	if in.Limit > maxLimit {
		return core.Bad("max limit allowed is %d", maxLimit)
	}
	if in.Limit < 1 {
		return core.Bad("limit must a positive integer with min value 1")
	}
	if in.TimeJoinedOrder != "ASC" && in.TimeJoinedOrder != "DESC" {
		return core.Bad("timeJoinedOrder can be either ASC OR DESC")
	}
	for tag, list := range map[string]string{"email": in.Email, "phone": in.Phone, "provider": in.Provider} {
		if err := checkValues(tag, searchValues(list)); err != nil {
			return err
		}
	}
	return checkRecipes(in.IncludeRecipeIDs)
}

// checkValues bounds what a search has to compare with.
func checkValues(tag string, values []string) error {
	if len(values) > maxValues {
		return core.Bad("%s has too many values: at most %d are allowed", tag, maxValues)
	}
	for _, value := range values {
		if err := kernel.Short(tag, value); err != nil {
			return err
		}
	}
	return nil
}

func checkRecipes(ids []string) error {
	for _, id := range ids {
		if !slices.Contains([]string{person.RecipeEmailPassword, person.RecipeThirdParty, person.RecipePasswordless, person.RecipeWebAuthn}, id) {
			return core.Bad("Unknown recipe ID: %s", id)
		}
	}
	return nil
}

// position is where a user stands in a list.
type position struct {
	timeJoined int64
	id         string
}

func idsOf(positions []position) []string {
	ids := make([]string, len(positions))
	for i, p := range positions {
		ids[i] = p.id
	}
	return ids
}

// The pages by time, up and down. Users who joined in the same millisecond are
// in descending order of their ids in both.
const (
	usersUp   = ` AND primary_time_joined >= $3 AND (primary_time_joined > $3 OR primary_user_id <= $4) ORDER BY primary_time_joined, primary_user_id DESC LIMIT $5`
	usersDown = ` AND primary_time_joined <= $3 AND (primary_time_joined < $3 OR primary_user_id <= $4) ORDER BY primary_time_joined DESC, primary_user_id DESC LIMIT $5`
	// Without a token, from the beginning.
	firstUp   = ` AND primary_time_joined >= $3 AND primary_user_id <> $4 ORDER BY primary_time_joined, primary_user_id DESC LIMIT $5`
	firstDown = ` AND primary_time_joined >= $3 AND primary_user_id <> $4 ORDER BY primary_time_joined DESC, primary_user_id DESC LIMIT $5`
)

// pageOf returns the positions of a page and of the one after it.
func (u *users) pageOf(ctx context.Context, in core.ListUsers) ([]position, error) {
	var from position
	order := map[string]string{"ASC": firstUp, "DESC": firstDown}
	if in.PaginationToken != "" {
		var err error
		if from, err = u.openPage(ctx, in); err != nil {
			return nil, err
		}
		order = map[string]string{"ASC": usersUp, "DESC": usersDown}
	}
	args := db.Args{u.ID, in.TenantID, from.timeJoined, from.id, int64(in.Limit + 1)}
	recipes, args := inRecipes(args, in.IncludeRecipeIDs)
	return positions(ctx, u.DB.Reader, `SELECT DISTINCT primary_time_joined, primary_user_id FROM tenant_users
		WHERE app_id = $1 AND tenant_id = $2`+recipes+order[in.TimeJoinedOrder], args)
}

func inRecipes(args db.Args, recipes []string) (string, db.Args) {
	if len(recipes) == 0 {
		return "", args
	}
	list, args := db.In(args, recipes)
	return ` AND recipe_id IN ` + list, args
}

func positions(ctx context.Context, q db.Querier, query string, args db.Args) ([]position, error) {
	var all []position
	err := q.Each(ctx, query, args, func(scan db.Scan) error {
		var p position
		err := scan(&p.timeJoined, &p.id)
		all = append(all, p)
		return err
	})
	return all, err
}

// sealPage writes a position so that nobody can read or change it, or use it
// with another query.
func (u *users) sealPage(ctx context.Context, in core.ListUsers, p position) (string, error) {
	box, err := u.Box(ctx, pageTokens)
	if err != nil {
		return "", err
	}
	text := append(binary.BigEndian.AppendUint64(nil, uint64(p.timeJoined)), p.id...)
	return base64.RawURLEncoding.EncodeToString(box.Seal(nil, nil, text, pageBinding(in))), nil
}

func (u *users) openPage(ctx context.Context, in core.ListUsers) (p position, err error) {
	box, err := u.Box(ctx, pageTokens)
	if err != nil {
		return p, err
	}
	sealed, err := base64.RawURLEncoding.DecodeString(in.PaginationToken)
	if err != nil {
		return p, core.Bad("invalid pagination token")
	}
	text, err := box.Open(nil, nil, sealed, pageBinding(in))
	if err != nil || len(text) < 8 {
		return p, core.Bad("invalid pagination token")
	}
	return position{int64(binary.BigEndian.Uint64(text)), string(text[8:])}, nil
}

func pageBinding(in core.ListUsers) []byte {
	return fmt.Appendf(nil, "users %q %s %q", in.TenantID, in.TimeJoinedOrder, in.IncludeRecipeIDs)
}
