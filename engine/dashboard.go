package engine

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
)

// dashboardSession is how long a session of the dashboard lives.
const dashboardSession = 30 * 24 * time.Hour

const (
	minDashboardPassword = 8 // characters
	maxDashboardPassword = 100
)

func (a *app) dashboard() core.Dashboard {
	return core.Dashboard{
		CreateUser:   a.createDashboardUser,
		UpdateUser:   a.updateDashboardUser,
		DeleteUser:   a.deleteDashboardUser,
		Users:        a.dashboardUsers,
		SignIn:       a.dashboardSignIn,
		Verify:       a.verifyDashboardSession,
		SignOut:      a.dashboardSignOut,
		UserSessions: a.dashboardSessions,
	}
}

func (a *app) createDashboardUser(ctx context.Context, in core.CreateDashboardUser) (out core.DashboardUserResult, err error) {
	address, err := dashboardEmail("email", in.Email)
	if err != nil {
		return out, err
	}
	if err := checkDashboardPassword("password", in.Password); err != nil {
		return out, err
	}
	_, taken, err := a.dashboardUser(ctx, a.DB.Reader, core.DashboardUserName{Email: address})
	if err != nil || taken {
		return out, kernel.OrStatus(err, core.EmailAlreadyExists)
	}
	hash, err := a.e.hasher.Hash(ctx, in.Password)
	if err != nil {
		return out, err
	}
	user := core.DashboardUser{UserID: uuid.NewString(), Email: address, TimeJoined: a.Ms()}
	n, err := a.DB.Writer.Exec(ctx, `INSERT INTO dashboard_users (app_id, user_id, email, password_hash, created_at)
		SELECT app_id, CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS BIGINT) FROM apps WHERE app_id = $1
		ON CONFLICT (app_id, email) DO NOTHING`, a.ID, user.UserID, address, hash, user.TimeJoined)
	if err == nil && n == 0 {
		err = kernel.OrStatus(a.CheckApp(ctx, a.DB.Reader), core.EmailAlreadyExists)
	}
	if err != nil {
		return out, err
	}
	return core.DashboardUserResult{User: user}, nil
}

// dashboardEmail returns the proper form of an address, of which it wants that
// mail could reach it.
func dashboardEmail(field, address string) (string, error) {
	if strings.TrimSpace(address) == "" {
		return "", core.Bad("Field name '%s' cannot be an empty String", field)
	}
	proper, err := kernel.Email(address)
	local, domain, _ := strings.Cut(proper, "@")
	if err != nil || local == "" || !strings.Contains(strings.Trim(domain, "."), ".") {
		return "", core.InvalidEmail
	}
	return proper, nil
}

func checkDashboardPassword(field string, password core.Secret) error {
	p := string(password)
	switch {
	case strings.TrimSpace(p) == "":
		return core.Bad("Field name '%s' cannot be an empty String", field)
	case utf8.RuneCountInString(p) < minDashboardPassword:
		return &core.WeakPassword{Message: "Password must contain at least 8 characters, including a number"}
	case utf8.RuneCountInString(p) >= maxDashboardPassword:
		return &core.WeakPassword{Message: "Password's length must be lesser than 100 characters"}
	case !strings.ContainsFunc(p, unicode.IsLetter):
		return &core.WeakPassword{Message: "Password must contain at least one alphabet"}
	case !strings.ContainsFunc(p, unicode.IsDigit):
		return &core.WeakPassword{Message: "Password must contain at least one number"}
	}
	return nil
}

// dashboardUserName checks how a user is named: by id, or else by email.
func dashboardUserName(id, address string) (who core.DashboardUserName, err error) {
	switch {
	case id == "" && address == "":
		err = core.Bad("Either field 'email' or 'userId' must be present")
	case id != "":
		who.UserID, err = kernel.Name("userId", id)
	default:
		if who.Email, err = kernel.Email(address); err != nil {
			who.Email, err = address, nil // which nobody has
		}
	}
	return who, err
}

// dashboardUser finds a user by id or by email.
func (a *app) dashboardUser(ctx context.Context, q db.Querier, who core.DashboardUserName) (u core.DashboardUser, found bool, err error) {
	column, value := `user_id`, who.UserID
	if who.UserID == "" {
		column, value = `email`, who.Email
	}
	found, err = q.One(ctx, `SELECT user_id, email, created_at FROM dashboard_users WHERE app_id = $1 AND `+column+` = $2`,
		db.Args{a.ID, value}, &u.UserID, &u.Email, &u.TimeJoined)
	if err == nil && !found {
		err = a.CheckApp(ctx, q)
	}
	return u, found, err
}

func (a *app) updateDashboardUser(ctx context.Context, in core.UpdateDashboardUser) (out core.DashboardUserResult, err error) {
	who, err := dashboardUserName(in.UserID, in.Email)
	if err != nil {
		return out, err
	}
	user, found, err := a.dashboardUser(ctx, a.DB.Reader, who)
	if err != nil || !found {
		return out, kernel.OrStatus(err, core.UnknownUser)
	}
	address, hash := "", ""
	if in.NewEmail != "" {
		if address, err = dashboardEmail("newEmail", in.NewEmail); err != nil {
			return out, err
		}
	}
	if in.NewPassword != "" {
		if err := checkDashboardPassword("newPassword", in.NewPassword); err != nil {
			return out, err
		}
		if hash, err = a.e.hasher.Hash(ctx, in.NewPassword); err != nil {
			return out, err
		}
	}
	err = a.changeDashboardUser(ctx, user.UserID, address, hash)
	if address != "" {
		user.Email = address
	}
	return core.DashboardUserResult{User: user}, err
}

// changeDashboardUser sets an email or a password, unless it is "", and ends
// the sessions that the old one began.
func (a *app) changeDashboardUser(ctx context.Context, id, address, hash string) error {
	if address == "" && hash == "" {
		return nil
	}
	return a.InApp(ctx, func(q db.Querier) error {
		n, err := q.Exec(ctx, `UPDATE dashboard_users SET
				email = CASE WHEN $3 = '' THEN email ELSE $3 END,
				password_hash = CASE WHEN $4 = '' THEN password_hash ELSE $4 END
			WHERE app_id = $1 AND user_id = $2`, a.ID, id, address, hash)
		switch {
		case a.DB.Conflict(err):
			return core.EmailAlreadyExists
		case err != nil:
			return err
		case n == 0:
			return core.UnknownUser // deleted since
		}
		return a.deleteDashboardSessions(ctx, q, id)
	})
}

func (a *app) deleteDashboardUser(ctx context.Context, in core.DashboardUserName) (out core.DeletedDashboardUser, err error) {
	who, err := dashboardUserName(in.UserID, in.Email)
	if err != nil {
		return out, err
	}
	err = a.DB.Tx(ctx, func(q db.Querier) error {
		user, found, err := a.dashboardUser(ctx, q, who)
		if err != nil || !found {
			return err
		}
		n, err := q.Exec(ctx, `DELETE FROM dashboard_users WHERE app_id = $1 AND user_id = $2`, a.ID, user.UserID)
		if err != nil {
			return err
		}
		out.DidUserExist = n > 0
		return a.deleteDashboardSessions(ctx, q, user.UserID)
	})
	return out, err
}

func (a *app) deleteDashboardSessions(ctx context.Context, q db.Querier, userID string) error {
	_, err := q.Exec(ctx, `DELETE FROM dashboard_sessions WHERE app_id = $1 AND user_id = $2`, a.ID, userID)
	return err
}

func (a *app) dashboardUsers(ctx context.Context, _ struct{}) (out core.DashboardUsers, err error) {
	if err := a.CheckApp(ctx, a.DB.Reader); err != nil {
		return out, err
	}
	out.Users = []core.DashboardUser{}
	err = a.DB.Reader.Each(ctx, `SELECT user_id, email, created_at FROM dashboard_users WHERE app_id = $1 ORDER BY created_at, user_id`,
		db.Args{a.ID}, func(scan db.Scan) error {
			var u core.DashboardUser
			err := scan(&u.UserID, &u.Email, &u.TimeJoined)
			out.Users = append(out.Users, u)
			return err
		})
	return out, err
}
