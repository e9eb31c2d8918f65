package session

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/posternauth/postern/claim"
)

// AuthTime is the claim that says when somebody last proved to be the user, in
// Unix seconds, as OpenID has it. It is written by a sign-in and by each factor
// that is completed later. A refresh takes it over as it is. A session that was
// started without a [NewSession].Factor has none.
const AuthTime = "auth_time"

// NoteProof puts into a payload that the user has just proved to be one.
func (r *Recipe) NoteProof(p claim.Payload) {
	p[AuthTime] = json.RawMessage(strconv.FormatInt(r.now().Unix(), 10))
}

// Proved notes in the session that its user has just proved to be one, by a way
// of the application's own.
func (s *Session) Proved(ctx context.Context) error {
	update := claim.Payload{}
	s.recipe.NoteProof(update)
	return s.Merge(ctx, update)
}

// ProvedAt returns when somebody last proved to be the user of a session, and
// whether that is known.
func ProvedAt(p claim.Payload) (time.Time, bool) {
	seconds, err := strconv.ParseInt(string(p[AuthTime]), 10, 64)
	return time.Unix(seconds, 0), err == nil
}

// RequireRecent is the demand that somebody has proved to be the user at most so
// long ago: for what must not be done by a session that was left open, or that
// somebody else has got. The frontend is told by 403, with the id "auth_time",
// and has the person sign in again or complete a factor.
func RequireRecent(maxAge time.Duration) claim.Validator {
	limit := int64(maxAge / time.Second)
	return claim.Validator{ID: AuthTime, Check: func(_ context.Context, p claim.Payload, now time.Time) *claim.Reason {
		reason := &claim.Reason{Message: "The sign-in is not recent enough", MaxAgeInSeconds: &limit}
		at, known := ProvedAt(p)
		if !known {
			return reason
		}
		age := now.Unix() - at.Unix()
		if age <= limit {
			return nil
		}
		reason.AgeInSeconds = &age
		return reason
	}}
}
