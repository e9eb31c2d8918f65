package engine

import (
	"context"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/token"
)

// A refresh whose rotation is deferred leaves the session as it is and hands
// out the successor of its token. A session has one line of tokens, each
// derived from the one before, and none but this app can make one. So the
// token of the generation that comes next is that successor, and has been
// given out: whoever brings it makes it the current one.

// prolongSession keeps the token of a session and moves its end, as a rotation
// would.
const prolongSession = `UPDATE sessions SET expires_at = $4, purge_at = $5,
		use_static_key = CASE WHEN CAST($6 AS BIGINT) < 0 THEN use_static_key ELSE CAST($6 AS BIGINT) END
	WHERE app_id = $1 AND handle = $2 AND refresh_hash = $3 AND expires_at > $7
	RETURNING` + sessionColumns

// rotation replaces the stored hash of a refresh token by another, or, when
// they are the same, just prolongs the session.
type rotation struct {
	handle, from, to string
	static           int64 // of wishedKey
}

// rotate reports whether from was the current token; if not, nothing is done.
func (a *app) rotate(ctx context.Context, r rotation) (row sessionRow, current bool, err error) {
	now, expiresAt := a.Ms(), a.After(a.Values.RefreshTokenValidity)
	if r.from == r.to {
		current, err = a.DB.Writer.One(ctx, prolongSession, db.Args{
			a.ID, r.handle, r.from, expiresAt, purgeAt(expiresAt), r.static, now,
		}, row.columns()...)
		return row, current, err
	}
	current, err = a.DB.Writer.One(ctx, rotateSession, db.Args{
		a.ID, r.handle, r.from, r.to, kernel.FixedTime(now), expiresAt, purgeAt(expiresAt), r.static, now, int64((maxRotations - 1) * kernel.TimeDigits),
	}, row.columns()...)
	return row, current, err
}

// refreshAhead answers a token that is not older than the current one: it is
// the successor that nobody has used so far, or the current one all the same.
func (a *app) refreshAhead(ctx context.Context, key token.RefreshKey, row storedSession, presented token.Refresh, in core.RefreshSession) (out core.SessionTokens, err error) {
	switch int64(presented.Generation) - row.generation {
	case 1:
		r := rotation{handle: row.handle, from: row.refreshHash, to: storedHash(key.Encode(presented)), static: asBefore}
		if _, _, err := a.rotate(ctx, r); err != nil {
			return out, err
		}
		return a.exchange(ctx, key, presented, in) // whoever has made it current
	case 0:
		// It became current a moment ago, perhaps in the form that another
		// bearer was given, with or without an anti-CSRF token.
		if current, descends := currentToken(key, presented, row); descends {
			return a.exchange(ctx, key, current, in)
		}
	}
	// The session knows less than its tokens: it was restored from a backup,
	// and nobody is a thief for that.
	return out, &core.Unauthorised{Message: expiredSession}
}

// completeRotation makes the successor current whose access token is seen for
// the first time.
func (a *app) completeRotation(ctx context.Context, claims token.Access, out core.VerifiedSession) (core.VerifiedSession, error) {
	a, err := a.forTenant(ctx, core.Public)
	if err != nil {
		return core.VerifiedSession{}, err
	}
	row, first, err := a.rotate(ctx, rotation{
		handle: claims.Handle, from: token.Hash(*claims.ParentHash), to: token.Hash(claims.RefreshHash), static: asBefore,
	})
	if err != nil {
		return core.VerifiedSession{}, err
	}
	if !first {
		return a.checkSession(ctx, claims, out)
	}
	return a.renew(ctx, claims, row)
}

// renew makes an access token of a session as it is now.
func (a *app) renew(ctx context.Context, claims token.Access, row sessionRow) (out core.VerifiedSession, err error) {
	if out.Session, err = row.info(); err != nil {
		return out, err
	}
	if a, err = a.forTenant(ctx, core.Public); err != nil {
		return out, err
	}
	claims.ParentHash, claims.ExpiresAt = nil, 0
	out.AccessToken, err = a.mint(ctx, row, claims)
	return out, err
}
