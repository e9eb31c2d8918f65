package dashboard

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
	"github.com/posternauth/postern/engine/internal/password"
	"github.com/posternauth/postern/internal/address"
)

// sessionLifetime is how long a session of the dashboard lives.
const sessionLifetime = 30 * 24 * time.Hour

const (
	minPassword = 8 // characters
	maxPassword = 100
)

// dashboard holds the operators of an app.
type dashboard struct {
	*kernel.App
	hasher *password.Hasher
	limits core.Limit
}

// New returns the operations on the users of the dashboard and their sessions
// (CDI §2.13).
func New(a *kernel.App, hasher *password.Hasher, limits core.Limit) core.Dashboard {
	d := &dashboard{a, hasher, limits}
	return core.Dashboard{
		CreateUser:   d.create,
		UpdateUser:   d.update,
		DeleteUser:   d.delete,
		Users:        d.list,
		SignIn:       d.signIn,
		Verify:       d.verify,
		SignOut:      d.signOut,
		UserSessions: d.sessions,
	}
}

// Tables are those of this package.
func Tables() []kernel.Table {
	return []kernel.Table{
		{Name: `dashboard_users`, User: kernel.Operator},
		{Name: `dashboard_sessions`, User: kernel.Operator, Ended: `expires_at <= $2`, Key: `session_hash`},
	}
}

func (d *dashboard) create(ctx context.Context, in core.CreateDashboardUser) (out core.DashboardUserResult, err error) {
	email, err := checkEmail("email", in.Email)
	if err != nil {
		return out, err
	}
	if err := checkPassword("password", in.Password); err != nil {
		return out, err
	}
	_, taken, err := d.find(ctx, d.DB.Reader, core.DashboardUserName{Email: email})
	if err != nil || taken {
		return out, kernel.OrStatus(err, core.EmailAlreadyExists)
	}
	hash, err := d.hasher.Hash(ctx, in.Password)
	if err != nil {
		return out, err
	}
	user := core.DashboardUser{UserID: uuid.NewString(), Email: email, TimeJoined: d.Ms()}
	n, err := d.DB.Writer.Exec(ctx, `INSERT INTO dashboard_users (app_id, user_id, email, password_hash, created_at)
		SELECT app_id, CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS BIGINT) FROM apps WHERE app_id = $1
		ON CONFLICT (app_id, email) DO NOTHING`, d.ID, user.UserID, email, hash, user.TimeJoined)
	if err == nil && n == 0 {
		err = kernel.OrStatus(d.CheckApp(ctx, d.DB.Reader), core.EmailAlreadyExists)
	}
	if err != nil {
		return out, err
	}
	return core.DashboardUserResult{User: user}, nil
}

// checkEmail returns the proper form of an address, of which it wants that
// mail could reach it.
func checkEmail(field, email string) (string, error) {
	if strings.TrimSpace(email) == "" {
		return "", core.Bad("Field name '%s' cannot be an empty String", field)
	}
	proper, err := address.Normal(email)
	local, domain, _ := strings.Cut(proper, "@")
	if err != nil || local == "" || !strings.Contains(strings.Trim(domain, "."), ".") {
		return "", core.InvalidEmail
	}
	return proper, nil
}

func checkPassword(field string, password core.Secret) error {
	p := string(password)
	switch {
	case strings.TrimSpace(p) == "":
		return core.Bad("Field name '%s' cannot be an empty String", field)
	case utf8.RuneCountInString(p) < minPassword:
		return &core.WeakPassword{Message: "Password must contain at least 8 characters, including a number"}
	case utf8.RuneCountInString(p) >= maxPassword:
		return &core.WeakPassword{Message: "Password's length must be lesser than 100 characters"}
	case !strings.ContainsFunc(p, unicode.IsLetter):
		return &core.WeakPassword{Message: "Password must contain at least one alphabet"}
	case !strings.ContainsFunc(p, unicode.IsDigit):
		return &core.WeakPassword{Message: "Password must contain at least one number"}
	}
	return nil
}

// userName checks how a user is named: by id, or else by email.
func userName(id, email string) (who core.DashboardUserName, err error) {
	switch {
	case id == "" && email == "":
		err = core.Bad("Either field 'email' or 'userId' must be present")
	case id != "":
		who.UserID, err = kernel.Name("userId", id)
	default:
		if who.Email, err = address.Normal(email); err != nil {
			who.Email, err = email, nil // which nobody has
		}
	}
	return who, err
}

// find finds a user by id or by email.
func (d *dashboard) find(ctx context.Context, q db.Querier, who core.DashboardUserName) (u core.DashboardUser, found bool, err error) {
	column, value := `user_id`, who.UserID
	if who.UserID == "" {
		column, value = `email`, who.Email
	}
	found, err = q.One(ctx, `SELECT user_id, email, created_at FROM dashboard_users WHERE app_id = $1 AND `+column+` = $2`,
		db.Args{d.ID, value}, &u.UserID, &u.Email, &u.TimeJoined)
	if err == nil && !found {
		err = d.CheckApp(ctx, q)
	}
	return u, found, err
}

func (d *dashboard) update(ctx context.Context, in core.UpdateDashboardUser) (out core.DashboardUserResult, err error) {
	who, err := userName(in.UserID, in.Email)
	if err != nil {
		return out, err
	}
	user, found, err := d.find(ctx, d.DB.Reader, who)
	if err != nil || !found {
		return out, kernel.OrStatus(err, core.UnknownUser)
	}
	email, hash := "", ""
	if in.NewEmail != "" {
		if email, err = checkEmail("newEmail", in.NewEmail); err != nil {
			return out, err
		}
	}
	if in.NewPassword != "" {
		if err := checkPassword("newPassword", in.NewPassword); err != nil {
			return out, err
		}
		if hash, err = d.hasher.Hash(ctx, in.NewPassword); err != nil {
			return out, err
		}
	}
	err = d.change(ctx, user.UserID, email, hash)
	if email != "" {
		user.Email = email
	}
	return core.DashboardUserResult{User: user}, err
}

// change sets an email or a password, unless it is "", and ends
// the sessions that the old one began.
func (d *dashboard) change(ctx context.Context, id, email, hash string) error {
	if email == "" && hash == "" {
		return nil
	}
	return d.InApp(ctx, func(q db.Querier) error {
		n, err := q.Exec(ctx, `UPDATE dashboard_users SET
				email = CASE WHEN $3 = '' THEN email ELSE $3 END,
				password_hash = CASE WHEN $4 = '' THEN password_hash ELSE $4 END
			WHERE app_id = $1 AND user_id = $2`, d.ID, id, email, hash)
		switch {
		case d.DB.Conflict(err):
			return core.EmailAlreadyExists
		case err != nil:
			return err
		case n == 0:
			return core.UnknownUser // deleted since
		}
		return d.endSessions(ctx, q, id)
	})
}

func (d *dashboard) delete(ctx context.Context, in core.DashboardUserName) (out core.DeletedDashboardUser, err error) {
	who, err := userName(in.UserID, in.Email)
	if err != nil {
		return out, err
	}
	err = d.DB.Tx(ctx, func(q db.Querier) error {
		user, found, err := d.find(ctx, q, who)
		if err != nil || !found {
			return err
		}
		n, err := q.Exec(ctx, `DELETE FROM dashboard_users WHERE app_id = $1 AND user_id = $2`, d.ID, user.UserID)
		if err != nil {
			return err
		}
		out.DidUserExist = n > 0
		return d.endSessions(ctx, q, user.UserID)
	})
	return out, err
}

func (d *dashboard) endSessions(ctx context.Context, q db.Querier, userID string) error {
	_, err := q.Exec(ctx, `DELETE FROM dashboard_sessions WHERE app_id = $1 AND user_id = $2`, d.ID, userID)
	return err
}

func (d *dashboard) list(ctx context.Context, _ struct{}) (out core.DashboardUsers, err error) {
	if err := d.CheckApp(ctx, d.DB.Reader); err != nil {
		return out, err
	}
	out.Users = []core.DashboardUser{}
	err = d.DB.Reader.Each(ctx, `SELECT user_id, email, created_at FROM dashboard_users WHERE app_id = $1 ORDER BY created_at, user_id`,
		db.Args{d.ID}, func(scan db.Scan) error {
			var u core.DashboardUser
			err := scan(&u.UserID, &u.Email, &u.TimeJoined)
			out.Users = append(out.Users, u)
			return err
		})
	return out, err
}
