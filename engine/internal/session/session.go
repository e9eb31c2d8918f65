package session

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"

	"github.com/google/uuid"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/keys"
	"github.com/posternauth/postern/engine/internal/person"
	"github.com/posternauth/postern/engine/internal/token"
)

// maxPayload keeps access tokens below the size that is still parsed.
const maxPayload = 10 << 10

// refreshTokens is the purpose of the key that makes them.
const refreshTokens = "refresh tokens"

const (
	notThere = "Session does not exist."
	gone     = "Session missing in db or has expired"
	ended    = "Either the session has ended or has been blacklisted"
)

// sessions holds the sessions of an app.
type sessions struct {
	*kernel.App
	people *person.People
	keys   *keys.Keys
}

// New returns the operations on sessions and their tokens (CDI §2.10).
func New(a *kernel.App, people *person.People, keys *keys.Keys) core.Session {
	s := &sessions{a, people, keys}
	people.On(person.PasswordReset, s.end)
	people.On(person.Moved, s.end)
	return core.Session{
		Create:        s.create,
		Verify:        s.verify,
		Refresh:       s.refresh,
		Regenerate:    s.regenerate,
		ByHandle:      s.byHandle,
		SetData:       s.setData,
		SetPayload:    s.setPayload,
		ChangePayload: s.changePayload,
		Revoke:        s.revoke,
		ListHandles:   s.list,
	}
}

// Tables are those of this package.
func Tables() []kernel.Table {
	return []kernel.Table{
		{Name: `sessions`, Tenant: true, User: kernel.Method, Ended: `purge_at <= $2`, Key: `handle`, Recipe: "Session"},
	}
}

// forTenant is [kernel.App.ForTenant].
func (s *sessions) forTenant(ctx context.Context, tenant string) (*sessions, error) {
	a, err := s.ForTenant(ctx, tenant)
	return &sessions{a, s.people, s.keys}, err
}

// row is what the tokens of a session are made of.
type row struct {
	handle    string
	tenantID  string
	userID    string // of the login method
	linkedTo  string // the primary user of that, or empty when there is no such user
	payload   string
	static    int64
	expiresAt int64
}

// columns are read after SELECT and after RETURNING alike. They look up
// the user, because it may have been linked to another since, or been given
// another id.
const columns = ` handle, tenant_id,
	COALESCE((SELECT em.external_user_id FROM user_id_mapping em
		WHERE em.app_id = sessions.app_id AND em.user_id = sessions.user_id), sessions.user_id),
	COALESCE((SELECT COALESCE(pm.external_user_id, u.primary_user_id) FROM users u
		LEFT JOIN user_id_mapping pm ON pm.app_id = u.app_id AND pm.user_id = u.primary_user_id
		WHERE u.app_id = sessions.app_id AND u.user_id = COALESCE((SELECT im.user_id FROM user_id_mapping im
			WHERE im.app_id = sessions.app_id AND im.external_user_id = sessions.user_id), sessions.user_id)), ''),
	payload, use_static_key, expires_at`

func (s *row) fields() []any {
	return []any{&s.handle, &s.tenantID, &s.userID, &s.linkedTo, &s.payload, &s.static, &s.expiresAt}
}

// primaryID is the id of the primary user: sessions need no user.
func (s *row) primaryID() string { return cmp.Or(s.linkedTo, s.userID) }

func (s *row) info() (core.SessionInfo, error) {
	payload, err := kernel.Decode(s.payload)
	return core.SessionInfo{
		Handle: s.handle, UserID: s.primaryID(), RecipeUserID: s.userID, TenantID: s.tenantID, UserDataInJWT: payload,
	}, err
}

// stored is all that is stored of a session.
type stored struct {
	row
	refreshHash string
	generation  int64
	rotatedAt   string
	data        string
	createdAt   int64
}

// live reads a session that has not expired.
func (s *sessions) live(ctx context.Context, handle string) (out stored, found bool, err error) {
	found, err = s.DB.Reader.One(ctx, `SELECT`+columns+`, refresh_hash, generation, rotated_at, data, created_at FROM sessions
		WHERE app_id = $1 AND handle = $2 AND expires_at > $3`, db.Args{s.ID, handle, s.Ms()},
		append(out.fields(), &out.refreshHash, &out.generation, &out.rotatedAt, &out.data, &out.createdAt)...)
	if err == nil && !found {
		err = s.CheckApp(ctx, s.DB.Reader)
	}
	return out, found, err
}

func (s *sessions) create(ctx context.Context, in core.CreateSession) (out core.SessionTokens, err error) {
	if err := kernel.CheckUserID(in.UserID); err != nil {
		return out, err
	}
	payload, err := encodePayload(in.UserDataInJWT)
	if err != nil {
		return out, err
	}
	data, err := kernel.Encode("userDataInDatabase", in.UserDataInDatabase)
	if err != nil {
		return out, err
	}
	key, err := s.refreshKey(ctx)
	if err != nil {
		return out, err
	}
	if s, err = s.forTenant(ctx, core.Public); err != nil {
		return out, err
	}
	in.TenantID = kernel.OrPublic(in.TenantID)
	first := key.New(uuid.New(), in.TenantID, in.EnableAntiCSRF)
	if in.TenantID == core.Public {
		first.Tenant = ""
	}
	refresh := give(key, first, s.Ms())
	row, err := s.insert(ctx, stored{
		row: row{
			handle: handleOf(first), tenantID: in.TenantID, userID: in.UserID, payload: payload,
			static: bit(!in.UseDynamicSigningKey.Or(true)), expiresAt: s.After(s.Values.RefreshTokenValidity),
		},
		refreshHash: storedHash(refresh.text), data: data, createdAt: refresh.madeAt,
	})
	if err != nil {
		return out, err
	}
	s.people.MarkActive(ctx, row.primaryID())
	s.Tidy(ctx)
	return s.answer(ctx, key, row, refresh)
}

// insert writes a session if its tenant exists.
func (s *sessions) insert(ctx context.Context, in stored) (row row, err error) {
	found, err := s.DB.Writer.One(ctx, `INSERT INTO sessions (app_id, handle, tenant_id, user_id, refresh_hash, generation,
			rotated_at, payload, data, use_static_key, created_at, expires_at, purge_at)
		SELECT app_id, CAST($3 AS TEXT), tenant_id, CAST(`+person.ExposedID("$4")+` AS TEXT), CAST($5 AS TEXT), 0, '', CAST($6 AS TEXT), CAST($7 AS TEXT),
			CAST($8 AS BIGINT), CAST($9 AS BIGINT), CAST($10 AS BIGINT), CAST($11 AS BIGINT)
		FROM tenants WHERE app_id = $1 AND tenant_id = $2 RETURNING`+columns,
		db.Args{
			s.ID, in.tenantID, in.handle, in.userID, in.refreshHash, in.payload, in.data,
			in.static, in.createdAt, in.expiresAt, purgeAt(in.expiresAt),
		}, row.fields()...)
	if err == nil && !found {
		err = s.CheckTenant(ctx, s.DB.Reader, in.tenantID)
		if err == nil {
			err = errors.New("a tenant appeared while a session was made") // or the row would be there
		}
	}
	return row, err
}

// refreshKey is what makes the refresh tokens of the app.
func (s *sessions) refreshKey(ctx context.Context) (token.RefreshKey, error) {
	return s.Key(ctx, refreshTokens)
}

// given is a refresh token that is given out.
type given struct {
	token.Refresh
	text   string
	madeAt int64  // ms
	parent string // the hash of the token that it will replace; "" when it has
}

func give(key token.RefreshKey, r token.Refresh, madeAt int64) given {
	return given{Refresh: r, text: key.Encode(r), madeAt: madeAt}
}

// answer mints the tokens of a session for the bearer of a refresh token.
func (s *sessions) answer(ctx context.Context, key token.RefreshKey, row row, refresh given) (out core.SessionTokens, err error) {
	out.AntiCSRFToken = key.AntiCSRFToken(refresh.Refresh)
	out.RefreshToken = core.Token{Token: core.Secret(refresh.text), Expiry: row.expiresAt, CreatedTime: refresh.madeAt}
	if out.Session, err = row.info(); err != nil {
		return out, err
	}
	out.AccessToken, err = s.mint(ctx, row, token.Access{
		RefreshHash: token.Hash(refresh.text), ParentHash: optional(refresh.parent), AntiCSRF: optional(out.AntiCSRFToken),
	})
	return out, err
}

// mint makes an access token for a session. Of the claims, those are given
// that do not stand in the row; an expiry is given only to keep an old one.
func (s *sessions) mint(ctx context.Context, row row, claims token.Access) (core.Token, error) {
	now := s.Ms()
	claims.UserID, claims.RecipeUserID = row.primaryID(), row.userID
	claims.TenantID, claims.Handle = row.tenantID, row.handle
	claims.Payload = json.RawMessage(row.payload)
	claims.IssuedAt = now / 1000
	if claims.ExpiresAt == 0 {
		claims.ExpiresAt = (now + s.Values.AccessTokenValidity.Milliseconds()) / 1000
	}
	key, err := s.keys.Signer(ctx, row.static != 0, s.Values.SigningAlgorithm)
	if err != nil {
		return core.Token{}, err
	}
	text, err := key.SignAccess(claims)
	return core.Token{Token: core.Secret(text), Expiry: claims.ExpiresAt * 1000, CreatedTime: claims.IssuedAt * 1000}, err
}

// encodePayload encodes the claims of a user, which may not be those of ours.
func encodePayload(payload core.Object) (string, error) {
	for _, protected := range core.ProtectedClaims() {
		if _, there := payload[protected]; there {
			return "", core.Bad("The user payload contains protected field")
		}
	}
	text, err := kernel.Encode("userDataInJWT", payload)
	if len(text) > maxPayload {
		return "", core.Bad("userDataInJWT is too large: at most %d bytes of JSON fit into an access token", maxPayload)
	}
	return text, err
}

func handleOf(r token.Refresh) string {
	if r.Tenant == "" {
		return r.Session.String()
	}
	return r.Session.String() + "_" + r.Tenant
}

// storedHash is the hash of a refresh token in the database: the hash of the
// one that its access token carries.
func storedHash(refreshToken string) string { return token.Hash(token.Hash(refreshToken)) }

// purgeAt rounds an expiry up to a day.
func purgeAt(expiresAt int64) int64 {
	const day = 24 * 60 * 60 * 1000
	return (expiresAt + day - 1) / day * day
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
