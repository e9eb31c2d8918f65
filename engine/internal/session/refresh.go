package session

import (
	"context"
	"strconv"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/token"
	"github.com/posternauth/postern/op"
)

const (
	// maxRotations is how many rotations are remembered, and so how far behind
	// a refresh token may be and still be recognised.
	maxRotations = 16
)

// replace replaces the refresh token of a session. The row changes only
// for the one who presents the current token first: this statement decides
// every race, and rotated_at remembers when.
const replace = `UPDATE sessions SET refresh_hash = $4, generation = generation + 1,
		rotated_at = $5 || substr(rotated_at, 1, CAST($10 AS INTEGER)), expires_at = $6, purge_at = $7,
		use_static_key = CASE WHEN CAST($8 AS BIGINT) < 0 THEN use_static_key ELSE CAST($8 AS BIGINT) END
	WHERE app_id = $1 AND handle = $2 AND refresh_hash = $3 AND expires_at > $9
	RETURNING` + columns

func (s *sessions) refresh(ctx context.Context, in core.RefreshSession) (out core.SessionTokens, err error) {
	key, err := s.refreshKey(ctx)
	if err != nil {
		return out, err
	}
	presented, err := key.Parse(string(in.RefreshToken))
	if err != nil {
		return out, &core.Unauthorised{Message: err.Error()}
	}
	if in.EnableAntiCSRF && presented.AntiCSRF && !token.Same(in.AntiCSRFToken, key.AntiCSRFToken(presented)) {
		return out, &core.Unauthorised{Message: "Anti CSRF token missing, or not matching"}
	}
	if s, err = s.forTenant(ctx, core.Public); err != nil {
		return out, err
	}
	return s.exchange(ctx, key, presented, in)
}

// exchange answers the bearer of a token with its successor.
func (s *sessions) exchange(ctx context.Context, key token.RefreshKey, presented token.Refresh, in core.RefreshSession) (out core.SessionTokens, err error) {
	text, successor := key.Encode(presented), key.Successor(presented)
	successor.AntiCSRF = in.EnableAntiCSRF
	next := give(key, successor, s.Ms())
	r := rotation{handle: handleOf(presented), from: storedHash(text), static: wishedKey(in.UseDynamicSigningKey)}
	if in.DeferRotation {
		r.to, next.parent = r.from, token.Hash(text)
	} else {
		r.to = storedHash(next.text)
	}
	row, current, err := s.rotate(ctx, r)
	if err != nil {
		return out, err
	}
	if !current {
		return s.refreshAgain(ctx, key, presented, in)
	}
	s.people.MarkActive(ctx, row.primaryID())
	return s.answer(ctx, key, row, next)
}

// refreshAgain answers a token that is not the current one. Within the grace
// window it is a tab, a retry or a lost answer, and gets the token that is
// current now; after that it is theft.
func (s *sessions) refreshAgain(ctx context.Context, key token.RefreshKey, presented token.Refresh, in core.RefreshSession) (out core.SessionTokens, err error) {
	row, found, err := s.live(ctx, handleOf(presented))
	if err != nil {
		return out, err
	}
	if !found {
		return out, &core.Unauthorised{Message: gone}
	}
	if int64(presented.Generation) >= row.generation {
		return s.refreshAhead(ctx, key, row, presented, in)
	}
	current, descends := currentToken(key, presented, row)
	replacedAt := row.replacedAt(presented.Generation)
	if descends && s.Ms()-replacedAt <= s.Values.RefreshGrace.Milliseconds() {
		return s.answer(ctx, key, row.row, give(key, current, row.replacedAt(current.Generation-1)))
	}
	return out, s.endStolen(ctx, row.row)
}

// currentToken derives the current token of a session from one of its earlier
// ones. It reports whether there is such a descent.
func currentToken(key token.RefreshKey, from token.Refresh, row stored) (current token.Refresh, descends bool) {
	if row.generation-int64(from.Generation) > maxRotations {
		return current, false
	}
	for current = from; int64(current.Generation) < row.generation; {
		current = key.Successor(current)
	}
	for _, antiCSRF := range []bool{true, false} { // whoever rotated has chosen
		current.AntiCSRF = antiCSRF
		if token.Same(storedHash(key.Encode(current)), row.refreshHash) {
			return current, true
		}
	}
	return current, false
}

// replacedAt returns when the token of a generation was replaced, 0 when that
// is forgotten.
func (s *stored) replacedAt(generation uint32) int64 {
	from := int(s.generation-1-int64(generation)) * kernel.TimeDigits
	if from < 0 || from+kernel.TimeDigits > len(s.rotatedAt) {
		return 0
	}
	ms, _ := strconv.ParseInt(s.rotatedAt[from:from+kernel.TimeDigits], 10, 64) // written by kernel.FixedTime
	return ms
}

// endStolen revokes a session whose refresh token was used twice.
func (s *sessions) endStolen(ctx context.Context, row row) error {
	_, err := s.DB.Writer.Exec(ctx, `DELETE FROM sessions WHERE app_id = $1 AND handle = $2`, s.ID, row.handle)
	if err != nil {
		return err
	}
	s.Log.WarnContext(ctx, "a spent refresh token was used again; its session is revoked",
		"app", s.ID, "handle", row.handle, "user", row.primaryID())
	return &core.TokenTheft{Session: core.StolenSession{Handle: row.handle, UserID: row.primaryID(), RecipeUserID: row.userID}}
}

// asBefore is the wish for a key of the kind that signed before.
const asBefore = -1

// wishedKey is 1 for a static key, 0 for a dynamic one, or asBefore.
func wishedKey(useDynamic op.Optional[bool]) int64 {
	dynamic, given := useDynamic.Get()
	if !given {
		return asBefore
	}
	return bit(!dynamic)
}
