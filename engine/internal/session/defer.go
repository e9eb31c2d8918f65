package session

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

// prolong keeps the token of a session and moves its end, as a rotation
// would.
const prolong = `UPDATE sessions SET expires_at = $4, purge_at = $5,
		use_static_key = CASE WHEN CAST($6 AS BIGINT) < 0 THEN use_static_key ELSE CAST($6 AS BIGINT) END
	WHERE app_id = $1 AND handle = $2 AND refresh_hash = $3 AND expires_at > $7
	RETURNING` + columns

// rotation replaces the stored hash of a refresh token by another, or, when
// they are the same, just prolongs the session.
type rotation struct {
	handle, from, to string
	static           int64 // of wishedKey
}

// rotate reports whether from was the current token; if not, nothing is done.
func (s *sessions) rotate(ctx context.Context, r rotation) (row row, current bool, err error) {
	now, expiresAt := s.Ms(), s.After(s.Values.RefreshTokenValidity)
	if r.from == r.to {
		current, err = s.DB.Writer.One(ctx, prolong, db.Args{
			s.ID, r.handle, r.from, expiresAt, purgeAt(expiresAt), r.static, now,
		}, row.fields()...)
		return row, current, err
	}
	current, err = s.DB.Writer.One(ctx, replace, db.Args{
		s.ID, r.handle, r.from, r.to, kernel.FixedTime(now), expiresAt, purgeAt(expiresAt), r.static, now, int64((maxRotations - 1) * kernel.TimeDigits),
	}, row.fields()...)
	return row, current, err
}

// refreshAhead answers a token that is not older than the current one: it is
// the successor that nobody has used so far, or the current one all the same.
func (s *sessions) refreshAhead(ctx context.Context, key token.RefreshKey, row stored, presented token.Refresh, in core.RefreshSession) (out core.SessionTokens, err error) {
	switch int64(presented.Generation) - row.generation {
	case 1:
		r := rotation{handle: row.handle, from: row.refreshHash, to: storedHash(key.Encode(presented)), static: asBefore}
		if _, _, err := s.rotate(ctx, r); err != nil {
			return out, err
		}
		return s.exchange(ctx, key, presented, in) // whoever has made it current
	case 0:
		// It became current a moment ago, perhaps in the form that another
		// bearer was given, with or without an anti-CSRF token.
		if current, descends := currentToken(key, presented, row); descends {
			return s.exchange(ctx, key, current, in)
		}
	}
	// The session knows less than its tokens: it was restored from a backup,
	// and nobody is a thief for that.
	return out, &core.Unauthorised{Message: gone}
}

// completeRotation makes the successor current whose access token is seen for
// the first time.
func (s *sessions) completeRotation(ctx context.Context, claims token.Access, out core.VerifiedSession) (core.VerifiedSession, error) {
	s, err := s.forTenant(ctx, core.Public)
	if err != nil {
		return core.VerifiedSession{}, err
	}
	row, first, err := s.rotate(ctx, rotation{
		handle: claims.Handle, from: token.Hash(*claims.ParentHash), to: token.Hash(claims.RefreshHash), static: asBefore,
	})
	if err != nil {
		return core.VerifiedSession{}, err
	}
	if !first {
		return s.check(ctx, claims, out)
	}
	return s.renew(ctx, claims, row)
}

// renew makes an access token of a session as it is now.
func (s *sessions) renew(ctx context.Context, claims token.Access, row row) (out core.VerifiedSession, err error) {
	if out.Session, err = row.info(); err != nil {
		return out, err
	}
	if s, err = s.forTenant(ctx, core.Public); err != nil {
		return out, err
	}
	claims.ParentHash, claims.ExpiresAt = nil, 0
	out.AccessToken, err = s.mint(ctx, row, claims)
	return out, err
}
