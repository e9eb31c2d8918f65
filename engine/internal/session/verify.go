package session

import (
	"context"
	"errors"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/token"
)

func (s *sessions) parseAccess(ctx context.Context, text core.Secret) (token.Access, core.Object, error) {
	return token.ParseAccess(string(text), func(kid string) (*token.Key, error) { return s.keys.Find(ctx, kid) })
}

func (s *sessions) verify(ctx context.Context, in core.VerifySession) (out core.VerifiedSession, err error) {
	claims, payload, err := s.parseAccess(ctx, in.AccessToken)
	var invalid *token.InvalidError
	switch {
	case errors.As(err, &invalid):
		return out, &core.TryRefreshToken{Message: invalid.Message}
	case err != nil:
		return out, err
	case claims.ExpiresAt*1000 < s.Ms():
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
		return s.completeRotation(ctx, claims, out)
	case in.CheckDatabase:
		return s.check(ctx, claims, out)
	}
	return out, nil
}

func infoOf(claims token.Access, payload core.Object) core.SessionInfo {
	return core.SessionInfo{
		Handle: claims.Handle, UserID: claims.UserID, RecipeUserID: claims.RecipeUserID,
		TenantID: claims.TenantID, UserDataInJWT: payload,
	}
}

// check looks at the row of a session. There is a new token when the
// row has another payload, or has already replaced the parent that the token
// names.
func (s *sessions) check(ctx context.Context, claims token.Access, out core.VerifiedSession) (core.VerifiedSession, error) {
	row, found, err := s.live(ctx, claims.Handle)
	if err != nil {
		return core.VerifiedSession{}, err
	}
	if !found {
		return core.VerifiedSession{}, &core.Unauthorised{Message: ended}
	}
	inToken, err := kernel.Encode("payload", out.Session.UserDataInJWT)
	replaced := claims.ParentHash != nil && token.Same(token.Hash(claims.RefreshHash), row.refreshHash)
	if err != nil || inToken == row.payload && !replaced {
		return out, err
	}
	return s.renew(ctx, claims, row.row)
}

// claimsOf reads an access token, which may have expired.
func (s *sessions) claimsOf(ctx context.Context, text core.Secret) (token.Access, error) {
	claims, _, err := s.parseAccess(ctx, text)
	var invalid *token.InvalidError
	if errors.As(err, &invalid) {
		err = &core.Unauthorised{Message: invalid.Message}
	}
	return claims, err
}

func (s *sessions) regenerate(ctx context.Context, in core.RegenerateToken) (out core.VerifiedSession, err error) {
	claims, err := s.claimsOf(ctx, in.AccessToken)
	if err != nil {
		return out, err
	}
	row, found, err := s.withPayload(ctx, claims.Handle, in)
	if err != nil {
		return out, err
	}
	if !found {
		return out, &core.Unauthorised{Message: notThere}
	}
	if out.Session, err = row.info(); err != nil || claims.ExpiresAt*1000 < s.Ms() {
		return out, err
	}
	out.AccessToken, err = s.mint(ctx, row, claims) // with the expiry of the old one
	return out, err
}

// withPayload reads a session, after it has stored the new payload if there is
// one.
func (s *sessions) withPayload(ctx context.Context, handle string, in core.RegenerateToken) (row row, found bool, err error) {
	payload, given := in.UserDataInJWT.Get()
	if !given {
		stored, found, err := s.live(ctx, handle)
		return stored.row, found, err
	}
	text, err := encodePayload(payload)
	if err != nil {
		return row, false, err
	}
	found, err = s.DB.Writer.One(ctx, `UPDATE sessions SET payload = $3
		WHERE app_id = $1 AND handle = $2 AND expires_at > $4 RETURNING`+columns,
		db.Args{s.ID, handle, text, s.Ms()}, row.fields()...)
	return row, found, err
}
