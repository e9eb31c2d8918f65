package dashboard

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/password"
	"github.com/posternauth/postern/engine/internal/token"
	"github.com/posternauth/postern/internal/address"
)

// signIn takes as long for a user who does not exist.
func (d *dashboard) signIn(ctx context.Context, in core.DashboardSignIn) (out core.DashboardSession, err error) {
	if _, err := kernel.Name("email", in.Email); err != nil {
		return out, err
	}
	if err := checkSignIn(in.Password); err != nil {
		return out, err
	}
	budget, err := d.attempt(ctx, in.Email)
	if err != nil {
		return out, err
	}
	email, invalid := address.Normal(in.Email)
	var id, hash string
	found, err := d.DB.Reader.One(ctx, `SELECT user_id, password_hash FROM dashboard_users WHERE app_id = $1 AND email = $2`,
		db.Args{d.ID, email}, &id, &hash)
	if err != nil {
		return out, err
	}
	if !found || invalid != nil {
		if err := d.hasher.VerifyNone(ctx, in.Password); err != nil {
			return out, err
		}
		return out, kernel.OrStatus(d.CheckApp(ctx, d.DB.Reader), core.InvalidCredentials)
	}
	right, _, err := d.hasher.Verify(ctx, hash, in.Password)
	if err != nil || !right {
		return out, kernel.OrStatus(err, core.InvalidCredentials)
	}
	if _, err := d.limits.GiveBack(ctx, budget); err != nil {
		d.Log.WarnContext(ctx, "an attempt could not be given back", "app", d.ID, "err", err)
	}
	return d.start(ctx, id, hash)
}

// signInBurst is how many wrong passwords an account has, and signInRefillMs
// how long until there is another one: those of every sign-in.
const (
	signInBurst    = 10
	signInRefillMs = 30_000
)

// attempt counts an attempt at an account, before anybody is looked for.
func (d *dashboard) attempt(ctx context.Context, email string) (core.TakeLimits, error) {
	budget := core.TakeLimits{Budgets: []core.Budget{{
		Key: "dashboard account " + address.Key(email), Burst: signInBurst, RefillMs: signInRefillMs,
	}}}
	_, err := d.limits.Take(ctx, budget)
	if full := new(core.LimitReached); errors.As(err, &full) {
		err = &core.Suspended{Message: fmt.Sprintf("There were too many wrong passwords for this account. Try again in %d seconds.", (full.RetryAfterMs+999)/1000)}
	}
	return budget, err
}

func checkSignIn(given core.Secret) error {
	if given == "" {
		return core.Bad("Field name 'password' cannot be an empty String")
	}
	return password.CheckLength(given)
}

// start starts one, unless the password was changed since it
// was compared.
func (d *dashboard) start(ctx context.Context, userID, hash string) (out core.DashboardSession, err error) {
	id := uuid.NewString()
	n, err := d.DB.Writer.Exec(ctx, `INSERT INTO dashboard_sessions (app_id, session_hash, user_id, created_at, expires_at)
		SELECT app_id, CAST($4 AS TEXT), user_id, CAST($5 AS BIGINT), CAST($6 AS BIGINT)
		FROM dashboard_users WHERE app_id = $1 AND user_id = $2 AND password_hash = $3`,
		d.ID, userID, hash, token.Hash(id), d.Ms(), d.After(sessionLifetime))
	if err != nil || n == 0 {
		return out, kernel.OrStatus(err, core.InvalidCredentials)
	}
	d.Tidy(ctx)
	return core.DashboardSession{SessionID: core.Secret(id)}, nil
}

func (d *dashboard) verify(ctx context.Context, in core.DashboardSession) (out core.DashboardEmail, err error) {
	id, err := kernel.Name("sessionId", string(in.SessionID))
	if err != nil {
		return out, err
	}
	found, err := d.DB.Reader.One(ctx, `SELECT u.email FROM dashboard_sessions s
		JOIN dashboard_users u ON u.app_id = s.app_id AND u.user_id = s.user_id
		WHERE s.app_id = $1 AND s.session_hash = $2 AND s.expires_at > $3`, db.Args{d.ID, token.Hash(id), d.Ms()}, &out.Email)
	if err == nil && !found {
		err = kernel.OrStatus(d.CheckApp(ctx, d.DB.Reader), core.InvalidSession)
	}
	return out, err
}

// signOut ends a session by its id, or by what it is listed as.
func (d *dashboard) signOut(ctx context.Context, in core.DashboardSession) (done core.Done, err error) {
	id, err := kernel.Name("sessionId", string(in.SessionID))
	if err != nil {
		return done, err
	}
	n, err := d.DB.Writer.Exec(ctx, `DELETE FROM dashboard_sessions WHERE app_id = $1 AND session_hash IN ($2, $3)`, d.ID, token.Hash(id), id)
	if err == nil && n == 0 {
		err = d.CheckApp(ctx, d.DB.Reader)
	}
	return done, err
}

// sessions lists sessions by the hashes of their ids, which is all
// that is kept: a reader of the database must not be let in.
func (d *dashboard) sessions(ctx context.Context, in core.DashboardUserID) (out core.DashboardSessions, err error) {
	id, err := kernel.Name("userId", in.UserID)
	if err != nil {
		return out, err
	}
	if err := d.CheckApp(ctx, d.DB.Reader); err != nil {
		return out, err
	}
	out.Sessions = []core.DashboardSessionInfo{}
	err = d.DB.Reader.Each(ctx, `SELECT session_hash, created_at, expires_at FROM dashboard_sessions
		WHERE app_id = $1 AND user_id = $2 AND expires_at > $3 ORDER BY created_at, session_hash`, db.Args{d.ID, id, d.Ms()},
		func(scan db.Scan) error {
			info := core.DashboardSessionInfo{UserID: id}
			var hash string
			err := scan(&hash, &info.TimeCreated, &info.Expiry)
			info.SessionID = core.Secret(hash)
			out.Sessions = append(out.Sessions, info)
			return err
		})
	return out, err
}
