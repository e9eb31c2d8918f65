package core

import "github.com/posternauth/postern/op"

// Dashboard is the people who administer an app.
type Dashboard struct {
	CreateUser   op.Func[CreateDashboardUser, DashboardUserResult] `cdi:"POST /recipe/dashboard/user" fails:"INVALID_EMAIL_ERROR PASSWORD_WEAK_ERROR EMAIL_ALREADY_EXISTS_ERROR"`
	UpdateUser   op.Func[UpdateDashboardUser, DashboardUserResult] `cdi:"PUT /recipe/dashboard/user" fails:"UNKNOWN_USER_ERROR INVALID_EMAIL_ERROR PASSWORD_WEAK_ERROR EMAIL_ALREADY_EXISTS_ERROR"`
	DeleteUser   op.Func[DashboardUserName, DeletedDashboardUser]  `cdi:"DELETE /recipe/dashboard/user"`
	Users        op.Func[struct{}, DashboardUsers]                 `cdi:"GET /recipe/dashboard/users"`
	SignIn       op.Func[DashboardSignIn, DashboardSession]        `cdi:"POST /recipe/dashboard/signin" fails:"INVALID_CREDENTIALS_ERROR USER_SUSPENDED_ERROR"`
	Verify       op.Func[DashboardSession, DashboardEmail]         `cdi:"POST /recipe/dashboard/session/verify" fails:"INVALID_SESSION_ERROR USER_SUSPENDED_ERROR"`
	SignOut      op.Func[DashboardSession, Done]                   `cdi:"DELETE /recipe/dashboard/session"`
	UserSessions op.Func[DashboardUserID, DashboardSessions]       `cdi:"GET /recipe/dashboard/user/sessions"`
}

// CreateDashboardUser is the input of [Dashboard.CreateUser].
type CreateDashboardUser struct {
	Email    string `json:"email"`
	Password Secret `json:"password"`
}

// DashboardUserResult is a user of the dashboard.
type DashboardUserResult struct {
	User DashboardUser `json:"user"`
}

// DashboardUser is somebody who administers an app.
type DashboardUser struct {
	UserID     string `json:"userId"`
	Email      string `json:"email"`
	TimeJoined int64  `json:"timeJoined"`
}

// UpdateDashboardUser is the input of [Dashboard.UpdateUser]: UserID or Email,
// and what changes. A change ends the user's sessions.
type UpdateDashboardUser struct {
	UserID      string `json:"userId,omitempty"`
	Email       string `json:"email,omitempty"`
	NewEmail    string `json:"newEmail,omitempty"`
	NewPassword Secret `json:"newPassword,omitempty"`
}

// DashboardUserName is a user by id or by email.
type DashboardUserName struct {
	UserID string `json:"userId,omitempty"`
	Email  string `json:"email,omitempty"`
}

// DeletedDashboardUser is the result of [Dashboard.DeleteUser].
type DeletedDashboardUser struct {
	DidUserExist bool `json:"didUserExist"`
}

// DashboardUsers is all users of the dashboard, oldest first.
type DashboardUsers struct {
	Users []DashboardUser `json:"users"`
}

// DashboardSignIn is the input of [Dashboard.SignIn].
type DashboardSignIn CreateDashboardUser

// DashboardSession is a session of the dashboard; it lives 30 days.
type DashboardSession struct {
	SessionID Secret `json:"sessionId"`
}

// DashboardEmail is the result of [Dashboard.Verify].
type DashboardEmail struct {
	Email string `json:"email"`
}

// DashboardUserID is the input of [Dashboard.UserSessions].
type DashboardUserID struct {
	UserID string `json:"userId"`
}

// DashboardSessions is the sessions of a user of the dashboard.
type DashboardSessions struct {
	Sessions []DashboardSessionInfo `json:"sessions"`
}

// DashboardSessionInfo is a session of the dashboard. SessionID ends it, by
// [Dashboard.SignOut]; whether it also verifies depends on the core.
type DashboardSessionInfo struct {
	UserID      string `json:"userId"`
	SessionID   Secret `json:"sessionId"`
	TimeCreated int64  `json:"timeCreated"`
	Expiry      int64  `json:"expiry"`
}

// WeakPassword is a password that the policy refuses, for Message.
type WeakPassword struct {
	Message string `json:"message"`
}

// FailStatus is PASSWORD_WEAK_ERROR.
func (*WeakPassword) FailStatus() op.Status { return "PASSWORD_WEAK_ERROR" }
func (e *WeakPassword) Error() string       { return e.Message }

// Suspended is a user who may not sign in for a while, for Message: there were
// too many wrong passwords.
type Suspended struct {
	Message string `json:"message"`
}

// FailStatus is USER_SUSPENDED_ERROR.
func (*Suspended) FailStatus() op.Status { return "USER_SUSPENDED_ERROR" }
func (e *Suspended) Error() string       { return e.Message }

// The outcomes of the dashboard.
const (
	InvalidEmail       op.Status = "INVALID_EMAIL_ERROR"
	UnknownUser        op.Status = "UNKNOWN_USER_ERROR"
	InvalidCredentials op.Status = "INVALID_CREDENTIALS_ERROR"
	InvalidSession     op.Status = "INVALID_SESSION_ERROR"
)
