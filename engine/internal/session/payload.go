package session

import (
	"context"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/token"
)

// changePayload changes keys of what is stored, whatever the payload of the
// token is: that may be older than the row.
func (s *sessions) changePayload(ctx context.Context, in core.ChangePayload) (out core.VerifiedSession, err error) {
	if _, err := encodePayload(in.Set); err != nil { // before anything is locked
		return out, err
	}
	var claims token.Access
	if in.AccessToken != "" {
		if claims, err = s.claimsOf(ctx, in.AccessToken); err != nil {
			return out, err
		}
		if claims.Handle != in.SessionHandle {
			return out, core.Bad("The accessToken is not one of the session with this sessionHandle")
		}
	}
	row, err := s.mergePayload(ctx, in)
	if err != nil {
		return out, err
	}
	if out.Session, err = row.info(); err != nil || in.AccessToken == "" || claims.ExpiresAt*1000 < s.Ms() {
		return out, err
	}
	out.AccessToken, err = s.mint(ctx, row, claims) // with the expiry of the old one
	return out, err
}

// mergePayload applies a change to a session that has not expired. Others who
// change it wait.
func (s *sessions) mergePayload(ctx context.Context, in core.ChangePayload) (row row, err error) {
	err = s.DB.Tx(ctx, func(q db.Querier) error {
		var text string
		found, err := q.One(ctx, `SELECT payload FROM sessions WHERE app_id = $1 AND handle = $2 AND expires_at > $3`+s.DB.ForUpdate,
			db.Args{s.ID, in.SessionHandle, s.Ms()}, &text)
		if err == nil && !found {
			err = kernel.OrStatus(s.CheckApp(ctx, q), &core.Unauthorised{Message: notThere})
		}
		if err != nil {
			return err
		}
		payload, err := kernel.Decode(text)
		if err != nil {
			return err
		}
		if text, err = encodePayload(changed(payload, in)); err != nil {
			return err
		}
		_, err = q.One(ctx, `UPDATE sessions SET payload = $3 WHERE app_id = $1 AND handle = $2 RETURNING`+columns,
			db.Args{s.ID, in.SessionHandle, text}, row.fields()...)
		return err
	})
	return row, err
}

// changed returns a payload after a change.
func changed(payload core.Object, in core.ChangePayload) core.Object {
	for _, key := range in.Remove {
		delete(payload, key)
	}
	for key, value := range in.Set {
		if kernel.IsNull(value) {
			delete(payload, key)
		} else {
			payload[key] = value
		}
	}
	return payload
}
