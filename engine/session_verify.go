package engine

import (
	"context"
	"errors"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/token"
)

func (a *app) parseAccess(ctx context.Context, text core.Secret) (token.Access, core.Object, error) {
	return token.ParseAccess(string(text), func(kid string) (*token.Key, error) { return a.keys.Find(ctx, kid) })
}

func (a *app) verifySession(ctx context.Context, in core.VerifySession) (out core.VerifiedSession, err error) {
	claims, payload, err := a.parseAccess(ctx, in.AccessToken)
	var invalid *token.InvalidError
	switch {
	case errors.As(err, &invalid):
		return out, &core.TryRefreshToken{Message: invalid.Message}
	case err != nil:
		return out, err
	case claims.ExpiresAt*1000 < a.Ms():
		return out, &core.TryRefreshToken{Message: "Access token expired"}
	}
	if in.EnableAntiCSRF && in.DoAntiCSRFCheck {
		if claims.AntiCSRF == nil {
			return out, &core.TryRefreshToken{Message: "Access token does not contain all the information. Maybe the structure has changed?"}
		}
		if !token.Same(in.AntiCSRFToken, claims.AntiCSRFToken()) {
			return out, &core.TryRefreshToken{Message: "anti-csrf check failed"}
		}
	}
	out.Session = infoOf(claims, payload)
	switch {
	case claims.ParentHash != nil:
		return a.completeRotation(ctx, claims, out)
	case in.CheckDatabase:
		return a.checkSession(ctx, claims, out)
	}
	return out, nil
}

func infoOf(claims token.Access, payload core.Object) core.SessionInfo {
	return core.SessionInfo{
		Handle: claims.Handle, UserID: claims.UserID, RecipeUserID: claims.RecipeUserID,
		TenantID: claims.TenantID, UserDataInJWT: payload,
	}
}

// checkSession looks at the row of a session. There is a new token when the
// row has another payload, or has already replaced the parent that the token
// names.
func (a *app) checkSession(ctx context.Context, claims token.Access, out core.VerifiedSession) (core.VerifiedSession, error) {
	row, found, err := a.liveSession(ctx, claims.Handle)
	if err != nil {
		return core.VerifiedSession{}, err
	}
	if !found {
		return core.VerifiedSession{}, &core.Unauthorised{Message: endedSession}
	}
	inToken, err := kernel.Encode("payload", out.Session.UserDataInJWT)
	replaced := claims.ParentHash != nil && token.Same(token.Hash(claims.RefreshHash), row.refreshHash)
	if err != nil || inToken == row.payload && !replaced {
		return out, err
	}
	return a.renew(ctx, claims, row.sessionRow)
}

func (a *app) regenerateToken(ctx context.Context, in core.RegenerateToken) (out core.VerifiedSession, err error) {
	claims, _, err := a.parseAccess(ctx, in.AccessToken)
	var invalid *token.InvalidError
	if errors.As(err, &invalid) {
		return out, &core.Unauthorised{Message: invalid.Message}
	}
	if err != nil {
		return out, err
	}
	row, found, err := a.withPayload(ctx, claims.Handle, in)
	if err != nil {
		return out, err
	}
	if !found {
		return out, &core.Unauthorised{Message: noSession}
	}
	if out.Session, err = row.info(); err != nil || claims.ExpiresAt*1000 < a.Ms() {
		return out, err
	}
	out.AccessToken, err = a.mint(ctx, row, claims) // with the expiry of the old one
	return out, err
}

// withPayload reads a session, after it has stored the new payload if there is
// one.
func (a *app) withPayload(ctx context.Context, handle string, in core.RegenerateToken) (row sessionRow, found bool, err error) {
	payload, given := in.UserDataInJWT.Get()
	if !given {
		stored, found, err := a.liveSession(ctx, handle)
		return stored.sessionRow, found, err
	}
	text, err := encodePayload(payload)
	if err != nil {
		return row, false, err
	}
	found, err = a.DB.Writer.One(ctx, `UPDATE sessions SET payload = $3
		WHERE app_id = $1 AND handle = $2 AND expires_at > $4 RETURNING`+sessionColumns,
		db.Args{a.ID, handle, text, a.Ms()}, row.columns()...)
	return row, found, err
}
