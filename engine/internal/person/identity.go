package person

import (
	"context"
	"errors"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
)

// The kinds of identities.
const (
	KindEmail      = "email"
	KindPhone      = "phone"
	KindThirdParty = "tparty"
)

// Identity is one thing that people are known by. In a tenant it belongs to
// one login method of a recipe, and to one primary user.
type Identity struct{ Kind, Value string }

// ByEmail is the identity of an address.
func ByEmail(email string) Identity { return Identity{KindEmail, email} }

// ByPhone is the identity of a phone number.
func ByPhone(number string) Identity { return Identity{KindPhone, number} }

// identityNames are the kinds as messages name them.
var identityNames = map[string]string{KindEmail: "email", KindPhone: "phone number", KindThirdParty: "third party info"}

// Taken is the outcome when another login method of the recipe has it.
func (i Identity) Taken() error {
	switch i.Kind {
	case KindThirdParty:
		return core.ThirdPartyUserAlreadyExists
	case KindPhone:
		return core.PhoneNumberAlreadyExists
	}
	return core.EmailAlreadyExists
}

// ThirdPartySeparator stands between the provider and the id of a user there.
// Providers cannot contain it.
const ThirdPartySeparator = "::"

func ThirdPartyIdentity(t core.ThirdParty) Identity {
	return Identity{KindThirdParty, t.ID + ThirdPartySeparator + t.UserID}
}

// identities returns what a login method signs in with. A third-party login
// goes by the provider's id alone.
func (m Method) identities() (all []Identity) {
	if m.ThirdParty.ID != "" {
		return []Identity{ThirdPartyIdentity(m.ThirdParty)}
	}
	if m.Email != "" {
		all = append(all, Identity{KindEmail, m.Email})
	}
	if m.Phone != "" {
		all = append(all, Identity{KindPhone, m.Phone})
	}
	return all
}

// changeLogins makes a login method sign in with an identity in all its
// tenants, in place of the one of that kind that it had. An empty value only
// takes that away.
func (p *People) changeLogins(ctx context.Context, q db.Querier, m Method, i Identity) error {
	if m.RecipeID == RecipeThirdParty {
		return nil // it signs in with the provider's id
	}
	_, err := q.Exec(ctx, `DELETE FROM tenant_logins WHERE app_id = $1 AND user_id = $2 AND kind = $3`, p.ID, m.ID, i.Kind)
	if err != nil || i.Value == "" {
		return err
	}
	_, err = q.Exec(ctx, `INSERT INTO tenant_logins (app_id, tenant_id, recipe_id, kind, value, user_id)
		SELECT app_id, tenant_id, recipe_id, CAST($3 AS TEXT), CAST($4 AS TEXT), user_id
		FROM tenant_users WHERE app_id = $1 AND user_id = $2 ORDER BY tenant_id`, p.ID, m.ID, i.Kind, i.Value)
	if p.DB.Conflict(err) {
		return i.Taken()
	}
	return err
}

// heldBy is an identity that a primary user would need and another one has.
type heldBy struct{ Kind, PrimaryID string }

func (e *heldBy) Error() string { return "another primary user has this " + e.Kind }

// identitiesOf are, of the primary user $2, the identities of all its login
// methods in all its tenants. Others than primary users have none.
const identitiesOf = `(SELECT DISTINCT t.app_id, t.tenant_id, i.kind, i.value, i.primary_user_id FROM tenant_users t JOIN (
		SELECT primary_user_id, 'email' AS kind, email AS value FROM users
			WHERE app_id = $1 AND primary_user_id = $2 AND is_primary AND email <> ''
		UNION SELECT primary_user_id, 'phone', phone FROM users
			WHERE app_id = $1 AND primary_user_id = $2 AND is_primary AND phone <> ''
		UNION SELECT primary_user_id, 'tparty', third_party_id || '` + ThirdPartySeparator + `' || third_party_user_id FROM users
			WHERE app_id = $1 AND primary_user_id = $2 AND is_primary AND third_party_id <> ''
	) i ON i.primary_user_id = t.primary_user_id
	WHERE t.app_id = $1 AND t.primary_user_id = $2)`

// Settle brings what a primary user is known by up to date with its login
// methods and tenants; it fails with heldBy when another one has some of it.
// Whatever was changed, and whatever else is being changed at the same time,
// the unique key decides. The person must be locked.
func (p *People) Settle(ctx context.Context, q db.Querier, primaryID string) error {
	_, err := q.Exec(ctx, `DELETE FROM primary_identities WHERE app_id = $1 AND primary_user_id = $2 AND NOT EXISTS (
		SELECT 1 FROM `+identitiesOf+` n WHERE n.tenant_id = primary_identities.tenant_id
			AND n.kind = primary_identities.kind AND n.value = primary_identities.value)`, p.ID, primaryID)
	for again := true; again && err == nil; {
		_, err = q.Exec(ctx, `INSERT INTO primary_identities (app_id, tenant_id, kind, value, primary_user_id)
			SELECT n.app_id, n.tenant_id, n.kind, n.value, n.primary_user_id FROM `+identitiesOf+` n
			WHERE n.app_id = $1 ORDER BY n.tenant_id, n.kind, n.value
			ON CONFLICT (app_id, tenant_id, kind, value) DO NOTHING`, p.ID, primaryID)
		if err == nil {
			again, err = p.checkHeld(ctx, q, primaryID)
		}
	}
	return err
}

// checkHeld fails when another primary user has an identity of this one. An
// identity that nobody has was given up a moment ago: it can be had now.
func (p *People) checkHeld(ctx context.Context, q db.Querier, primaryID string) (free bool, err error) {
	var held heldBy
	found, err := q.One(ctx, `SELECT n.kind, COALESCE(p.primary_user_id, '') FROM `+identitiesOf+` n
		LEFT JOIN primary_identities p ON p.app_id = $1 AND p.tenant_id = n.tenant_id AND p.kind = n.kind AND p.value = n.value
		WHERE p.primary_user_id IS NULL OR p.primary_user_id <> $2
		ORDER BY CASE n.kind WHEN 'tparty' THEN 0 WHEN 'email' THEN 1 ELSE 2 END, n.tenant_id LIMIT 1`,
		db.Args{p.ID, primaryID}, &held.Kind, &held.PrimaryID)
	if err != nil || !found || held.PrimaryID == "" {
		return found, err
	}
	if held.PrimaryID, err = p.Exposed(ctx, q, held.PrimaryID); err != nil {
		return false, err
	}
	return false, &held
}

// AsHeld returns the other primary user of an error of settle.
func AsHeld(err error) (held *heldBy, ok bool) {
	ok = errors.As(err, &held)
	return held, ok
}
