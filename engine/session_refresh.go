package engine

import (
	"context"
	"fmt"
	"strconv"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/token"
	"github.com/posternauth/postern/op"
)

const (
	// maxRotations is how many rotations are remembered, and so how far behind
	// a refresh token may be and still be recognised.
	maxRotations = 16
	// timeDigits is the width of a time in rotated_at.
	timeDigits = 14
)

// rotateSession replaces the refresh token of a session. The row changes only
// for the one who presents the current token first: this statement decides
// every race, and rotated_at remembers when.
const rotateSession = `UPDATE sessions SET refresh_hash = $4, generation = generation + 1,
		rotated_at = $5 || substr(rotated_at, 1, CAST($10 AS INTEGER)), expires_at = $6, purge_at = $7,
		use_static_key = CASE WHEN CAST($8 AS BIGINT) < 0 THEN use_static_key ELSE CAST($8 AS BIGINT) END
	WHERE app_id = $1 AND handle = $2 AND refresh_hash = $3 AND expires_at > $9
	RETURNING` + sessionColumns

func (a *app) refreshSession(ctx context.Context, in core.RefreshSession) (out core.SessionTokens, err error) {
	secrets, err := a.secrets(ctx)
	if err != nil {
		return out, err
	}
	presented, err := secrets.refresh.Parse(string(in.RefreshToken))
	if err != nil {
		return out, &core.Unauthorised{Message: err.Error()}
	}
	if in.EnableAntiCSRF && presented.AntiCSRF && !token.Same(in.AntiCSRFToken, secrets.refresh.AntiCSRFToken(presented)) {
		return out, &core.Unauthorised{Message: "Anti CSRF token missing, or not matching"}
	}
	if a, err = a.forTenant(ctx, core.Public); err != nil {
		return out, err
	}
	return a.exchange(ctx, secrets, presented, in)
}

// exchange answers the bearer of a token with its successor.
func (a *app) exchange(ctx context.Context, s *secrets, presented token.Refresh, in core.RefreshSession) (out core.SessionTokens, err error) {
	text, successor := s.refresh.Encode(presented), s.refresh.Successor(presented)
	successor.AntiCSRF = in.EnableAntiCSRF
	next := s.give(successor, a.ms())
	r := rotation{handle: handleOf(presented), from: storedHash(text), static: wishedKey(in.UseDynamicSigningKey)}
	if in.DeferRotation {
		r.to, next.parent = r.from, token.Hash(text)
	} else {
		r.to = storedHash(next.text)
	}
	row, current, err := a.rotate(ctx, r)
	if err != nil {
		return out, err
	}
	if !current {
		return a.refreshAgain(ctx, s, presented, in)
	}
	a.markActive(ctx, row.primaryID())
	return a.answer(ctx, s, row, next)
}

// refreshAgain answers a token that is not the current one. Within the grace
// window it is a tab, a retry or a lost answer, and gets the token that is
// current now; after that it is theft.
func (a *app) refreshAgain(ctx context.Context, s *secrets, presented token.Refresh, in core.RefreshSession) (out core.SessionTokens, err error) {
	row, found, err := a.liveSession(ctx, handleOf(presented))
	if err != nil {
		return out, err
	}
	if !found {
		return out, &core.Unauthorised{Message: expiredSession}
	}
	if int64(presented.Generation) >= row.generation {
		return a.refreshAhead(ctx, s, row, presented, in)
	}
	current, descends := currentToken(s.refresh, presented, row)
	replacedAt := row.replacedAt(presented.Generation)
	if descends && a.ms()-replacedAt <= a.cfg.RefreshGrace.Milliseconds() {
		return a.answer(ctx, s, row.sessionRow, s.give(current, row.replacedAt(current.Generation-1)))
	}
	return out, a.endStolen(ctx, row.sessionRow)
}

// currentToken derives the current token of a session from one of its earlier
// ones. It reports whether there is such a descent.
func currentToken(key token.RefreshKey, from token.Refresh, row storedSession) (current token.Refresh, descends bool) {
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
func (s *storedSession) replacedAt(generation uint32) int64 {
	from := int(s.generation-1-int64(generation)) * timeDigits
	if from < 0 || from+timeDigits > len(s.rotatedAt) {
		return 0
	}
	ms, _ := strconv.ParseInt(s.rotatedAt[from:from+timeDigits], 10, 64) // written by fixedTime
	return ms
}

// endStolen revokes a session whose refresh token was used twice.
func (a *app) endStolen(ctx context.Context, row sessionRow) error {
	_, err := a.db.Writer.Exec(ctx, `DELETE FROM sessions WHERE app_id = $1 AND handle = $2`, a.id, row.handle)
	if err != nil {
		return err
	}
	a.log.WarnContext(ctx, "a spent refresh token was used again; its session is revoked",
		"app", a.id, "handle", row.handle, "user", row.primaryID())
	return &core.TokenTheft{Session: core.StolenSession{Handle: row.handle, UserID: row.primaryID(), RecipeUserID: row.userID}}
}

// fixedTime writes a time so that texts of times sort like the times.
func fixedTime(ms int64) string { return fmt.Sprintf("%0*d", timeDigits, ms) }

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
