package enginetest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posternauth/postern/core"
)

// newAdministrator makes a user of the dashboard with the password.
func (s suite) newAdministrator(t *testing.T) core.DashboardUser {
	t.Helper()
	return ok(t, s.Dashboard.CreateUser, core.CreateDashboardUser{Email: newEmail(), Password: password}).User
}

func (s suite) dashboardUsers(t *testing.T) {
	_, app := s.newApp(t)
	email := newEmail()
	create := core.CreateDashboardUser{Email: " " + strings.ToUpper(email), Password: password}
	ada := ok(t, app.Dashboard.CreateUser, create).User
	if ada.Email != email || ada.UserID == "" || ada.TimeJoined == 0 {
		t.Errorf("user %+v, want one with %s", ada, email)
	}
	fails(t, app.Dashboard.CreateUser, create, core.EmailAlreadyExists)
	bob := ok(t, app.Dashboard.CreateUser, core.CreateDashboardUser{Email: newEmail(), Password: password}).User
	if got := ok(t, app.Dashboard.Users, struct{}{}).Users; len(got) != 2 || !slices.Contains(got, ada) || !slices.Contains(got, bob) {
		t.Errorf("users %v, want %v and %v", got, ada, bob)
	}

	update := core.UpdateDashboardUser{UserID: ada.UserID, NewEmail: bob.Email}
	fails(t, app.Dashboard.UpdateUser, update, core.EmailAlreadyExists)
	update.NewEmail = newEmail()
	if got := ok(t, app.Dashboard.UpdateUser, update).User; got.Email != update.NewEmail || got.UserID != ada.UserID {
		t.Errorf("user %+v, want %s with the email %s", got, ada.UserID, update.NewEmail)
	}
	fails(t, app.Dashboard.UpdateUser, core.UpdateDashboardUser{Email: email, NewPassword: password}, core.UnknownUser)
	for _, existed := range []bool{true, false} {
		if got := ok(t, app.Dashboard.DeleteUser, core.DashboardUserName{Email: strings.ToUpper(bob.Email)}).DidUserExist; got != existed {
			t.Errorf("the user existed: %v, want %v", got, existed)
		}
	}
	if !ok(t, app.Dashboard.DeleteUser, core.DashboardUserName{UserID: ada.UserID}).DidUserExist {
		t.Error("nobody has the id")
	}
	if got := ok(t, app.Dashboard.Users, struct{}{}).Users; got == nil || len(got) != 0 {
		t.Errorf("users %v are left", got)
	}
}

func (s suite) dashboardRefuses(t *testing.T) {
	for _, email := range []string{"nobody", "@example.com", "a@b", "a@.b.", "a b@example.com", "a@b@example.com"} {
		fails(t, s.Dashboard.CreateUser, core.CreateDashboardUser{Email: email, Password: password}, core.InvalidEmail)
	}
	user := s.newAdministrator(t)
	for password, text := range map[core.Secret]string{
		"a1":                                  "Password must contain at least 8 characters, including a number",
		core.Secret(strings.Repeat("a1", 50)): "Password's length must be lesser than 100 characters",
		"12345678":                            "Password must contain at least one alphabet",
		"abcdefgh":                            "Password must contain at least one number",
		core.Secret(strings.Repeat("ä", 7) + "1"): "", // as many characters, not bytes
	} {
		in := core.CreateDashboardUser{Email: newEmail(), Password: password}
		if text == "" {
			ok(t, s.Dashboard.CreateUser, in)
			continue
		}
		for _, err := range []error{
			fails(t, s.Dashboard.CreateUser, in, "PASSWORD_WEAK_ERROR"),
			fails(t, s.Dashboard.UpdateUser, core.UpdateDashboardUser{UserID: user.UserID, NewPassword: password}, "PASSWORD_WEAK_ERROR"),
		} {
			var weak *core.WeakPassword
			if !errors.As(err, &weak) || weak.Message != text {
				t.Errorf("%v, want %q", err, text)
			}
		}
	}
	fails(t, s.Dashboard.UpdateUser, core.UpdateDashboardUser{UserID: user.UserID, NewEmail: "nobody"}, core.InvalidEmail)
	bad(t, s.Dashboard.CreateUser, core.CreateDashboardUser{Email: " ", Password: password}, "Field name 'email' cannot be an empty String")
	bad(t, s.Dashboard.CreateUser, core.CreateDashboardUser{Email: newEmail()}, "Field name 'password' cannot be an empty String")
	bad(t, s.Dashboard.SignIn, core.DashboardSignIn{Email: user.Email}, "Field name 'password' cannot be an empty String")
	bad(t, s.Dashboard.UpdateUser, core.UpdateDashboardUser{}, "Either field 'email' or 'userId' must be present")
	bad(t, s.Dashboard.DeleteUser, core.DashboardUserName{}, "Either field 'email' or 'userId' must be present")
	bad(t, s.Dashboard.Verify, core.DashboardSession{}, "Field name 'sessionId' cannot be an empty String")
}

func (s suite) dashboardSessions(t *testing.T) {
	user := s.newAdministrator(t)
	signIn := func() core.DashboardSession {
		t.Helper()
		return ok(t, s.Dashboard.SignIn, core.DashboardSignIn{Email: strings.ToUpper(user.Email), Password: password})
	}
	count := func() int {
		t.Helper()
		return len(ok(t, s.Dashboard.UserSessions, core.DashboardUserID{UserID: user.UserID}).Sessions)
	}
	fails(t, s.Dashboard.SignIn, core.DashboardSignIn{Email: user.Email, Password: password + "x"}, core.InvalidCredentials)
	fails(t, s.Dashboard.SignIn, core.DashboardSignIn{Email: newEmail(), Password: password}, core.InvalidCredentials)
	fails(t, s.Dashboard.SignIn, core.DashboardSignIn{Email: "nobody", Password: password}, core.InvalidCredentials)
	first, second := signIn(), signIn()
	if got := ok(t, s.Dashboard.Verify, first).Email; got != user.Email {
		t.Errorf("a session of %s, want %s", got, user.Email)
	}
	list := ok(t, s.Dashboard.UserSessions, core.DashboardUserID{UserID: user.UserID}).Sessions
	if len(list) != 2 || list[0].UserID != user.UserID || list[0].Expiry-list[0].TimeCreated != (30*24*time.Hour).Milliseconds() {
		t.Fatalf("sessions %+v, want two of 30 days", list)
	}
	ok(t, s.Dashboard.SignOut, first)
	ok(t, s.Dashboard.SignOut, first)
	fails(t, s.Dashboard.Verify, first, core.InvalidSession)
	ok(t, s.Dashboard.Verify, second)
	third := signIn()
	for _, info := range ok(t, s.Dashboard.UserSessions, core.DashboardUserID{UserID: user.UserID}).Sessions {
		fails(t, s.Dashboard.Verify, core.DashboardSession{SessionID: info.SessionID}, core.InvalidSession) // it names a session
		ok(t, s.Dashboard.SignOut, core.DashboardSession{SessionID: info.SessionID})
	}
	fails(t, s.Dashboard.Verify, second, core.InvalidSession)
	fails(t, s.Dashboard.Verify, third, core.InvalidSession)

	second = signIn()
	ok(t, s.Dashboard.UpdateUser, core.UpdateDashboardUser{Email: user.Email}) // changes nothing
	ok(t, s.Dashboard.Verify, second)
	ok(t, s.Dashboard.UpdateUser, core.UpdateDashboardUser{Email: user.Email, NewPassword: password + "x"})
	fails(t, s.Dashboard.Verify, second, core.InvalidSession)
	fails(t, s.Dashboard.SignIn, core.DashboardSignIn{Email: user.Email, Password: password}, core.InvalidCredentials)
	third = ok(t, s.Dashboard.SignIn, core.DashboardSignIn{Email: user.Email, Password: password + "x"})
	_, app := s.newApp(t)
	fails(t, app.Dashboard.Verify, third, core.InvalidSession)
	ok(t, s.Dashboard.DeleteUser, core.DashboardUserName{UserID: user.UserID})
	fails(t, s.Dashboard.Verify, third, core.InvalidSession)
	if n := count(); n != 0 {
		t.Errorf("%d sessions of a user that is gone", n)
	}
}

func (s suite) dashboardSessionsExpire(t *testing.T) {
	user := s.newAdministrator(t)
	session := ok(t, s.Dashboard.SignIn, core.DashboardSignIn{Email: user.Email, Password: password})
	s.advance(30*24*time.Hour - time.Minute)
	ok(t, s.Dashboard.Verify, session)
	s.advance(2 * time.Minute)
	fails(t, s.Dashboard.Verify, session, core.InvalidSession)
	if left := ok(t, s.Dashboard.UserSessions, core.DashboardUserID{UserID: user.UserID}).Sessions; len(left) != 0 {
		t.Errorf("sessions %v have expired", left)
	}
}

// raceDashboard: an address is one user's, however many want it at once.
func (s suite) raceDashboard(t *testing.T) {
	const n = 20
	in := core.CreateDashboardUser{Email: newEmail(), Password: password}
	exactlyOne(t, atOnce(t, n, func(i int) error {
		_, err := s.either(i).Dashboard.CreateUser(t.Context(), in)
		return err
	}), n, core.EmailAlreadyExists)
}

// dashboardLimit: after ten wrong passwords the right one has to wait, too,
// whoever types it and however the address is written.
func (s suite) dashboardLimit(t *testing.T) {
	user := s.newAdministrator(t)
	spellings := []string{user.Email, strings.ToUpper(user.Email), " " + user.Email}
	signIn := func(email string, password core.Secret) error {
		_, err := s.Dashboard.SignIn(t.Context(), core.DashboardSignIn{Email: email, Password: password})
		return err
	}
	for range 3 { // right ones cost nothing
		if err := signIn(user.Email, password); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 10 {
		if err := signIn(spellings[i%len(spellings)], "wrong horse 1"); !errors.Is(err, core.InvalidCredentials) {
			t.Errorf("wrong password %d: %v", i+1, err)
		}
	}
	for _, given := range []core.Secret{"wrong horse 1", password} {
		suspended := new(core.Suspended)
		if err := signIn(user.Email, given); !errors.As(err, &suspended) || !strings.Contains(suspended.Message, "Try again in") {
			t.Errorf("after ten wrong passwords: %v", err)
		}
	}
	if err := signIn(newEmail(), "wrong horse 1"); !errors.Is(err, core.InvalidCredentials) {
		t.Errorf("another account: %v", err)
	}
}
