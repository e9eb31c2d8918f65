package session

import (
	"context"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/person"
)

func (s *sessions) byHandle(ctx context.Context, in core.SessionByHandle) (out core.SessionDetails, err error) {
	row, found, err := s.live(ctx, in.SessionHandle)
	if err != nil {
		return out, err
	}
	if !found {
		return out, &core.Unauthorised{Message: notThere}
	}
	out = core.SessionDetails{
		SessionHandle: row.handle, UserID: row.primaryID(), RecipeUserID: row.userID,
		Expiry: row.expiresAt, TimeCreated: row.createdAt, TenantID: row.tenantID,
	}
	if out.UserDataInJWT, err = kernel.Decode(row.payload); err != nil {
		return out, err
	}
	out.UserDataInDatabase, err = kernel.Decode(row.data)
	return out, err
}

func (s *sessions) setData(ctx context.Context, in core.SetSessionData) (core.Done, error) {
	data, err := kernel.Encode("userDataInDatabase", in.UserDataInDatabase)
	if err != nil {
		return core.Done{}, err
	}
	return s.set(ctx, `UPDATE sessions SET data = $3 WHERE app_id = $1 AND handle = $2 AND expires_at > $4`, in.SessionHandle, data)
}

func (s *sessions) setPayload(ctx context.Context, in core.SetSessionPayload) (core.Done, error) {
	payload, err := encodePayload(in.UserDataInJWT)
	if err != nil {
		return core.Done{}, err
	}
	return s.set(ctx, `UPDATE sessions SET payload = $3 WHERE app_id = $1 AND handle = $2 AND expires_at > $4`, in.SessionHandle, payload)
}

func (s *sessions) set(ctx context.Context, update, handle, text string) (core.Done, error) {
	n, err := s.DB.Writer.Exec(ctx, update, s.ID, handle, text, s.Ms())
	if err == nil && n == 0 {
		if err = s.CheckApp(ctx, s.DB.Reader); err == nil {
			err = &core.Unauthorised{Message: notThere}
		}
	}
	return core.Done{}, err
}

// of is the condition for the sessions of the user $2, or of all who
// are linked to it, in the tenant $3 or, if $4, in all.
func of(linked bool) string {
	if linked {
		return ` AND user_id IN ` + person.LinkedIDs() + ` AND ($4 OR tenant_id = $3)`
	}
	return ` AND user_id IN ($2, ` + person.InternalID("$2") + `, ` + person.ExposedID("$2") + `) AND ($4 OR tenant_id = $3)`
}

func (s *sessions) revoke(ctx context.Context, in core.RevokeSessions) (out core.RevokedSessions, err error) {
	if (in.UserID == "") == (in.SessionHandles == nil) {
		return out, core.Bad("Invalid JSON input - use one of userId or sessionHandles array")
	}
	if in.UserID == "" {
		return s.revokeHandles(ctx, in)
	}
	tenant := kernel.OrPublic(in.TenantID)
	if err := s.CheckTenant(ctx, s.DB.Reader, tenant); err != nil {
		return out, err
	}
	out.SessionHandlesRevoked, err = s.delete(ctx, of(in.RevokeSessionsForLinkedAccounts.Or(true)),
		db.Args{s.ID, in.UserID, tenant, in.RevokeAcrossAllTenants.Or(true)})
	return out, err
}

func (s *sessions) revokeHandles(ctx context.Context, in core.RevokeSessions) (out core.RevokedSessions, err error) {
	if !in.RevokeAcrossAllTenants.IsZero() {
		return out, core.Bad("Invalid JSON input - revokeAcrossAllTenants can only be set if userId is set")
	}
	if !in.RevokeSessionsForLinkedAccounts.IsZero() {
		return out, core.Bad("Invalid JSON input - revokeSessionsForLinkedAccounts can only be set if userId is set")
	}
	if err := s.CheckTenant(ctx, s.DB.Reader, kernel.OrPublic(in.TenantID)); err != nil {
		return out, err
	}
	out.SessionHandlesRevoked = []string{}
	for handles := range slices.Chunk(in.SessionHandles, db.MaxList) {
		list, args := db.In(db.Args{s.ID}, handles)
		revoked, err := s.delete(ctx, ` AND handle IN `+list, args)
		if err != nil {
			return out, err
		}
		out.SessionHandlesRevoked = append(out.SessionHandlesRevoked, revoked...)
	}
	return out, nil
}

// delete returns the handles of those that had not expired.
func (s *sessions) delete(ctx context.Context, condition string, args db.Args) ([]string, error) {
	handles := []string{}
	now := s.Ms()
	err := s.DB.Writer.Each(ctx, `DELETE FROM sessions WHERE app_id = $1`+condition+` RETURNING handle, expires_at`, args, func(scan db.Scan) error {
		var handle string
		var expiresAt int64
		err := scan(&handle, &expiresAt)
		if expiresAt > now {
			handles = append(handles, handle)
		}
		return err
	})
	slices.Sort(handles)
	return handles, err
}

func (s *sessions) list(ctx context.Context, in core.ListSessions) (out core.SessionHandles, err error) {
	tenant := kernel.OrPublic(in.TenantID)
	if err := s.CheckTenant(ctx, s.DB.Reader, tenant); err != nil {
		return out, err
	}
	condition := of(in.FetchSessionsForAllLinkedAccounts.Or(true))
	handles, err := db.Texts(ctx, s.DB.Reader, `SELECT handle FROM sessions WHERE app_id = $1`+condition+` AND expires_at > $5`,
		s.ID, in.UserID, tenant, in.FetchAcrossAllTenants.Or(true), s.Ms())
	slices.Sort(handles)
	return core.SessionHandles{SessionHandles: append([]string{}, handles...)}, err
}

// end ends the sessions of login methods.
func (s *sessions) end(ctx context.Context, q db.Querier, ids []string) error {
	return s.people.Delete(ctx, q, ids, `sessions`)
}
