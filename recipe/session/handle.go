package session

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/posternauth/postern/claim"
	"github.com/posternauth/postern/core"
)

// What can be done to a session by its handle, outside of its requests. The
// client sees it at its next refresh. The operations of [core.Session] that
// the recipe embeds do the rest.

// RevokeHandle ends a session. It reports whether it was there.
func (r *Recipe) RevokeHandle(ctx context.Context, handle string) (bool, error) {
	out, err := r.Functions.Session.Revoke(ctx, core.RevokeSessions{SessionHandles: []string{handle}})
	return len(out.SessionHandlesRevoked) > 0, err
}

// RevokeUser ends all sessions of a user, of linked login methods too, in all
// tenants. It returns their handles.
func (r *Recipe) RevokeUser(ctx context.Context, userID string) ([]string, error) {
	out, err := r.Functions.Session.Revoke(ctx, core.RevokeSessions{UserID: userID})
	return out.SessionHandlesRevoked, err
}

// RevokeOthers ends all sessions of a user but one, which may be empty for none:
// after a change of what the user signs in by, for somebody else may hold one of
// them. It returns their handles.
func (r *Recipe) RevokeOthers(ctx context.Context, userID, keep string) ([]string, error) {
	if keep == "" {
		return r.RevokeUser(ctx, userID)
	}
	handles, err := r.HandlesOf(ctx, userID)
	others := slices.DeleteFunc(handles, func(handle string) bool { return handle == keep })
	if err != nil || len(others) == 0 {
		return nil, err
	}
	out, err := r.Functions.Session.Revoke(ctx, core.RevokeSessions{SessionHandles: others})
	return out.SessionHandlesRevoked, err
}

// HandlesOf returns the handles of all sessions of a user.
func (r *Recipe) HandlesOf(ctx context.Context, userID string) ([]string, error) {
	out, err := r.ListHandles(ctx, core.ListSessions{UserID: userID})
	return out.SessionHandles, err
}

// Details returns what is stored about a session, and whether it is there.
func (r *Recipe) Details(ctx context.Context, handle string) (core.SessionDetails, bool, error) {
	out, err := r.ByHandle(ctx, core.SessionByHandle{SessionHandle: handle})
	if gone(err) {
		return core.SessionDetails{}, false, nil
	}
	return out, err == nil, err
}

// MergeHandle changes the payload of a session: a key replaces the old one,
// null removes it. It reports whether the session is there.
func (r *Recipe) MergeHandle(ctx context.Context, handle string, update claim.Payload) (bool, error) {
	change := changeOf(update)
	change.SessionHandle = handle
	_, err := r.ChangePayload(ctx, change)
	if gone(err) {
		return false, nil
	}
	return err == nil, err
}

// FetchClaimHandle fetches a claim into a session. It reports whether the
// session is there.
func (r *Recipe) FetchClaimHandle(ctx context.Context, handle string, c claim.Builder) (bool, error) {
	info, ok, err := r.Details(ctx, handle)
	if !ok || err != nil {
		return false, err
	}
	payload := maps.Clone(info.UserDataInJWT)
	subject := claim.Subject{UserID: info.UserID, RecipeUserID: info.RecipeUserID, TenantID: info.TenantID}
	if err := c.Build(ctx, subject, payload, r.now()); err != nil {
		return false, err
	}
	return r.MergeHandle(ctx, handle, difference(info.UserDataInJWT, payload, c.Name()))
}

// DemandHandle checks claims of a session. It returns what is not met, and
// whether the session is there.
func (r *Recipe) DemandHandle(ctx context.Context, handle string, demands ...claim.Validator) ([]claim.Invalid, bool, error) {
	info, ok, err := r.Details(ctx, handle)
	if !ok || err != nil {
		return nil, false, err
	}
	payload := maps.Clone(info.UserDataInJWT)
	subject := claim.Subject{UserID: info.UserID, RecipeUserID: info.RecipeUserID, TenantID: info.TenantID}
	fetched := stale(demands, payload, r.now())
	_, bad, err := claim.Validate(ctx, subject, payload, r.now(), demands)
	if err == nil && len(fetched) > 0 {
		ok, err = r.MergeHandle(ctx, handle, difference(info.UserDataInJWT, payload, fetched...))
	}
	return bad, ok, err
}

func gone(err error) bool {
	var e *core.Unauthorised
	return errors.As(err, &e)
}
