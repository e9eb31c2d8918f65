package engine

import (
	"context"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/person"
)

func (a *app) sessionByHandle(ctx context.Context, in core.SessionByHandle) (out core.SessionDetails, err error) {
	row, found, err := a.liveSession(ctx, in.SessionHandle)
	if err != nil {
		return out, err
	}
	if !found {
		return out, &core.Unauthorised{Message: noSession}
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

func (a *app) setSessionData(ctx context.Context, in core.SetSessionData) (core.Done, error) {
	data, err := kernel.Encode("userDataInDatabase", in.UserDataInDatabase)
	if err != nil {
		return core.Done{}, err
	}
	return a.setSession(ctx, `UPDATE sessions SET data = $3 WHERE app_id = $1 AND handle = $2 AND expires_at > $4`, in.SessionHandle, data)
}

func (a *app) setSessionPayload(ctx context.Context, in core.SetSessionPayload) (core.Done, error) {
	payload, err := encodePayload(in.UserDataInJWT)
	if err != nil {
		return core.Done{}, err
	}
	return a.setSession(ctx, `UPDATE sessions SET payload = $3 WHERE app_id = $1 AND handle = $2 AND expires_at > $4`, in.SessionHandle, payload)
}

func (a *app) setSession(ctx context.Context, update, handle, text string) (core.Done, error) {
	n, err := a.DB.Writer.Exec(ctx, update, a.ID, handle, text, a.Ms())
	if err == nil && n == 0 {
		if err = a.CheckApp(ctx, a.DB.Reader); err == nil {
			err = &core.Unauthorised{Message: noSession}
		}
	}
	return core.Done{}, err
}

// sessionsOf is the condition for the sessions of the user $2, or of all who
// are linked to it, in the tenant $3 or, if $4, in all.
func sessionsOf(linked bool) string {
	if linked {
		return ` AND user_id IN ` + person.LinkedIDs() + ` AND ($4 OR tenant_id = $3)`
	}
	return ` AND user_id IN ($2, ` + person.InternalID("$2") + `, ` + person.ExposedID("$2") + `) AND ($4 OR tenant_id = $3)`
}

func (a *app) revokeSessions(ctx context.Context, in core.RevokeSessions) (out core.RevokedSessions, err error) {
	if (in.UserID == "") == (in.SessionHandles == nil) {
		return out, core.Bad("Invalid JSON input - use one of userId or sessionHandles array")
	}
	if in.UserID == "" {
		return a.revokeHandles(ctx, in)
	}
	tenant := kernel.OrPublic(in.TenantID)
	if err := a.CheckTenant(ctx, a.DB.Reader, tenant); err != nil {
		return out, err
	}
	out.SessionHandlesRevoked, err = a.deleteSessions(ctx, sessionsOf(in.RevokeSessionsForLinkedAccounts.Or(true)),
		db.Args{a.ID, in.UserID, tenant, in.RevokeAcrossAllTenants.Or(true)})
	return out, err
}

func (a *app) revokeHandles(ctx context.Context, in core.RevokeSessions) (out core.RevokedSessions, err error) {
	if !in.RevokeAcrossAllTenants.IsZero() {
		return out, core.Bad("Invalid JSON input - revokeAcrossAllTenants can only be set if userId is set")
	}
	if !in.RevokeSessionsForLinkedAccounts.IsZero() {
		return out, core.Bad("Invalid JSON input - revokeSessionsForLinkedAccounts can only be set if userId is set")
	}
	if err := a.CheckTenant(ctx, a.DB.Reader, kernel.OrPublic(in.TenantID)); err != nil {
		return out, err
	}
	out.SessionHandlesRevoked = []string{}
	for handles := range slices.Chunk(in.SessionHandles, db.MaxList) {
		list, args := db.In(db.Args{a.ID}, handles)
		revoked, err := a.deleteSessions(ctx, ` AND handle IN `+list, args)
		if err != nil {
			return out, err
		}
		out.SessionHandlesRevoked = append(out.SessionHandlesRevoked, revoked...)
	}
	return out, nil
}

// deleteSessions returns the handles of those that had not expired.
func (a *app) deleteSessions(ctx context.Context, condition string, args db.Args) ([]string, error) {
	handles := []string{}
	now := a.Ms()
	err := a.DB.Writer.Each(ctx, `DELETE FROM sessions WHERE app_id = $1`+condition+` RETURNING handle, expires_at`, args, func(scan db.Scan) error {
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

func (a *app) listSessions(ctx context.Context, in core.ListSessions) (out core.SessionHandles, err error) {
	tenant := kernel.OrPublic(in.TenantID)
	if err := a.CheckTenant(ctx, a.DB.Reader, tenant); err != nil {
		return out, err
	}
	condition := sessionsOf(in.FetchSessionsForAllLinkedAccounts.Or(true))
	handles, err := db.Texts(ctx, a.DB.Reader, `SELECT handle FROM sessions WHERE app_id = $1`+condition+` AND expires_at > $5`,
		a.ID, in.UserID, tenant, in.FetchAcrossAllTenants.Or(true), a.Ms())
	slices.Sort(handles)
	return core.SessionHandles{SessionHandles: append([]string{}, handles...)}, err
}

// end ends the sessions of login methods.
func (a *app) end(ctx context.Context, q db.Querier, ids []string) error {
	return a.people.Delete(ctx, q, ids, `sessions`)
}
