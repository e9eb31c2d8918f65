package linking_test

import (
	"slices"
	"testing"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/roomtest"
	"github.com/posternauth/postern/internal/testdb"
	"github.com/posternauth/postern/op"
)

// link makes one person of two login methods, or a primary user of one.
func link(t *testing.T, app *core.Core, method, primary string) {
	t.Helper()
	roomtest.OK(t, app.AccountLinking.MakePrimary, core.PrimaryCheck{RecipeUserID: primary})
	if method != primary {
		roomtest.OK(t, app.AccountLinking.Link, core.LinkAccounts{RecipeUserID: method, PrimaryUserID: primary})
	}
}

// linkedPair is a primary user with a second login method.
func linkedPair(t *testing.T, e *roomtest.Engine) (app *core.Core, primary, second string) {
	app = e.App("")
	primary, second = roomtest.SignUp(t, app, "primary@example.com").ID, roomtest.SignUp(t, app, "second@example.com").ID
	link(t, app, second, primary)
	return app, primary, second
}

func TestLinkedUser(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		e := roomtest.Open(t, uri)
		app, primary, second := linkedPair(t, e)
		for _, id := range []string{primary, second} {
			u := roomtest.OK(t, app.User.ByID, core.UserByID{UserID: id}).User
			if u.ID != primary || !u.IsPrimaryUser || len(u.LoginMethods) != 2 || len(u.Emails) != 2 || len(u.TenantIDs) != 1 {
				t.Errorf("%s is %+v", id, u)
			}
		}
		if page := roomtest.OK(t, app.User.List, core.ListUsers{}); len(page.Users) != 1 {
			t.Errorf("%d users are listed, want one person", len(page.Users))
		}
		if n := roomtest.OK(t, app.User.Count, core.CountUsers{}).Count; n != 1 {
			t.Errorf("%d users are counted, want one person", n)
		}
		a, b := roomtest.Start(t, app, primary), roomtest.Start(t, app, second)
		if b.Session.UserID != primary || b.Session.RecipeUserID != second {
			t.Errorf("the session is of %s, by %s", b.Session.UserID, b.Session.RecipeUserID)
		}
		want := []string{a.Session.Handle, b.Session.Handle}
		slices.Sort(want)
		if got := roomtest.OK(t, app.Session.ListHandles, core.ListSessions{UserID: second}).SessionHandles; !slices.Equal(got, want) {
			t.Errorf("sessions of the person are %q, want %q", got, want)
		}
		in := core.RevokeSessions{UserID: second, RevokeSessionsForLinkedAccounts: op.Some(false)}
		if got := roomtest.OK(t, app.Session.Revoke, in).SessionHandlesRevoked; !slices.Equal(got, []string{b.Session.Handle}) {
			t.Errorf("revoked %q, want %q", got, b.Session.Handle)
		}
		in = core.RevokeSessions{UserID: second}
		if got := roomtest.OK(t, app.Session.Revoke, in).SessionHandlesRevoked; !slices.Equal(got, []string{a.Session.Handle}) {
			t.Errorf("revoked %q, want %q", got, a.Session.Handle)
		}
	})
}

// TestLinkedConflicts: another person's address is refused in the words that
// are meant for persons.
func TestLinkedConflicts(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		e := roomtest.Open(t, uri)
		app, _, second := linkedPair(t, e)
		other := roomtest.SignUp(t, app, "other@example.com").ID
		link(t, app, other, other)
		roomtest.Fails[*core.EmailChangeNotAllowed](t, app.EmailPassword.Update, core.UpdateEmailPassword{RecipeUserID: second, Email: "other@example.com"})

		roomtest.OK(t, app.Tenant.CreateOrUpdate, core.TenantSettings{TenantID: "t1"})
		stranger := roomtest.OK(t, app.EmailPassword.SignUp, core.SignUp{TenantID: "t1", Email: "second@example.com", Password: "password1"}).User.ID
		link(t, app, stranger, stranger)
		roomtest.Fails[*core.AssociationNotAllowed](t, app.Tenant.AddUser, core.TenantUser{TenantID: "t1", RecipeUserID: second})
	})
}

func TestRemoveLinked(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		remove    func(primary, second string) []core.RemoveUser
		methods   int  // that are left
		metadata  int  // of the primary id
		signIns   bool // of the second method
		leftovers bool
	}{
		"all": {func(_, second string) []core.RemoveUser { return []core.RemoveUser{{UserID: second}} }, 0, 0, false, false},
		"the second": {func(_, second string) []core.RemoveUser {
			return []core.RemoveUser{{UserID: second, RemoveAllLinkedAccounts: op.Some(false)}}
		}, 1, 1, false, true},
		"the primary": {func(primary, _ string) []core.RemoveUser {
			return []core.RemoveUser{{UserID: primary, RemoveAllLinkedAccounts: op.Some(false)}}
		}, 1, 1, true, true},
		"the primary twice": {func(primary, _ string) []core.RemoveUser {
			one := core.RemoveUser{UserID: primary, RemoveAllLinkedAccounts: op.Some(false)}
			return []core.RemoveUser{one, one}
		}, 1, 1, true, true},
		"one after the other": {func(primary, second string) []core.RemoveUser {
			return []core.RemoveUser{
				{UserID: primary, RemoveAllLinkedAccounts: op.Some(false)},
				{UserID: second, RemoveAllLinkedAccounts: op.Some(false)},
			}
		}, 0, 0, false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testdb.Each(t, func(t *testing.T, uri string) {
				e := roomtest.Open(t, uri)
				app, primary, second := linkedPair(t, e)
				for _, id := range []string{primary, second} {
					roomtest.Start(t, app, id)
					roomtest.OK(t, app.EmailPassword.CreateResetToken, core.CreateResetToken{UserID: id, Email: "a@example.com"})
				}
				roomtest.OK(t, app.Metadata.Update, core.UpdateMetadata{UserID: primary, MetadataUpdate: core.Object{"a": []byte("1")}})
				for _, in := range tt.remove(primary, second) {
					roomtest.OK(t, app.User.Remove, in)
				}
				user, _ := app.User.ByID(t.Context(), core.UserByID{UserID: primary})
				if n := len(user.User.LoginMethods); n != tt.methods {
					t.Errorf("%d login methods are left, want %d", n, tt.methods)
				}
				if n := e.Count(t, "user_metadata"); n != tt.metadata {
					t.Errorf("%d metadata are left, want %d", n, tt.metadata)
				}
				_, err := app.EmailPassword.SignIn(t.Context(), core.SignIn{Email: "second@example.com", Password: "password1"})
				if (err == nil) != tt.signIns {
					t.Errorf("sign-in by the second method: %v", err)
				}
				left := 0
				for _, table := range []string{
					`users`, `tenant_logins`, `tenant_users`, `verified_emails`, `password_reset_tokens`,
					`email_verification_tokens`, `email_verification_codes`, `code_tries`, `sessions`,
				} {
					left += e.Count(t, table)
				}
				if (left > 0) != tt.leftovers || e.Count(t, "sessions") != tt.methods {
					t.Errorf("%d rows and %d sessions are left", left, e.Count(t, "sessions"))
				}
			})
		})
	}
}
