package enginetest

import (
	"slices"
	"testing"

	"github.com/posternauth/postern/core"
)

// isolatedTenants: what belongs to one tenant is, in another, like something
// that never was, and trying it there costs nothing.
func (s suite) isolatedTenants(t *testing.T) {
	mine, other := s.newTenant(t), s.newTenant(t)
	user, email := s.signUp(t, mine)
	fails(t, s.EmailPassword.SignIn, core.SignIn{TenantID: other, Email: email, Password: password}, core.WrongCredentials)
	if twin := ok(t, s.EmailPassword.SignUp, core.SignUp{TenantID: other, Email: email, Password: password}).User; twin.ID == user.ID {
		t.Error("two tenants share a user who signed up twice")
	}

	reset := ok(t, s.EmailPassword.CreateResetToken, core.CreateResetToken{TenantID: mine, UserID: user.ID, Email: email}).Token
	fails(t, s.EmailPassword.ConsumeResetToken, core.ConsumeToken{TenantID: other, Token: reset}, core.InvalidResetToken)
	fails(t, s.EmailPassword.ResetPassword, core.ResetPassword{TenantID: other, Method: "token", Token: reset, NewPassword: "x y z 1"}, core.InvalidResetToken)
	ok(t, s.EmailPassword.ConsumeResetToken, core.ConsumeToken{TenantID: mine, Token: reset})

	create := core.CreateVerificationToken{TenantID: mine, UserID: user.ID, Email: email}
	verify := ok(t, s.EmailVerification.CreateToken, create)
	elsewhere := create
	elsewhere.TenantID = other
	fails(t, s.EmailVerification.Verify, core.VerifyEmail{TenantID: other, Method: "token", Token: verify.Token}, core.InvalidVerificationToken)
	fails(t, s.EmailVerification.VerifyCode, s.codeOf(elsewhere, verify.Code), core.InvalidVerificationToken)
	ok(t, s.EmailVerification.RevokeTokens, elsewhere)
	ok(t, s.EmailVerification.Verify, core.VerifyEmail{TenantID: mine, Method: "token", Token: verify.Token})

	if got := ok(t, s.User.ByAccountInfo, core.UsersByAccountInfo{TenantID: other, Email: email}).Users; len(got) != 1 || got[0].ID == user.ID {
		t.Errorf("%d users by email in the other tenant, want its own one", len(got))
	}
	for _, found := range ok(t, s.User.List, core.ListUsers{TenantID: other}).Users {
		if found.ID == user.ID {
			t.Error("the list of the other tenant has the user")
		}
	}
}

// isolatedApps: apps share a database and nothing else.
func (s suite) isolatedApps(t *testing.T) {
	_, app := s.newApp(t)
	user, email := s.signUp(t, "")
	role := newID("role")
	ok(t, s.Role.CreateOrAdd, core.RolePermissions{Role: role})
	ok(t, s.Metadata.Update, core.UpdateMetadata{UserID: user.ID, MetadataUpdate: object(`{"a":1}`)})

	fails(t, app.User.ByID, core.UserByID{UserID: user.ID}, core.UnknownUserID)
	fails(t, app.EmailPassword.SignIn, core.SignIn{Email: email, Password: password}, core.WrongCredentials)
	fails(t, app.EmailPassword.Update, core.UpdateEmailPassword{RecipeUserID: user.ID, Password: "x y z 1"}, core.UnknownUserID)
	fails(t, app.EmailPassword.CreateResetToken, core.CreateResetToken{UserID: user.ID, Email: email}, core.UnknownUserID)
	fails(t, app.Tenant.AddUser, core.TenantUser{RecipeUserID: user.ID}, core.UnknownUserID)
	fails(t, app.Role.Permissions, core.RoleName{Role: role}, core.UnknownRole)
	fails(t, app.Role.AddToUser, core.UserRole{UserID: user.ID, Role: role}, core.UnknownRole)
	sameJSON(t, "metadata", ok(t, app.Metadata.Read, core.ReadMetadata{UserID: user.ID}).Metadata, core.Object{})

	reset := ok(t, s.EmailPassword.CreateResetToken, core.CreateResetToken{UserID: user.ID, Email: email}).Token
	fails(t, app.EmailPassword.ConsumeResetToken, core.ConsumeToken{Token: reset}, core.InvalidResetToken)
	verify := ok(t, s.EmailVerification.CreateToken, core.CreateVerificationToken{UserID: user.ID, Email: email}).Token
	fails(t, app.EmailVerification.Verify, core.VerifyEmail{Method: "token", Token: verify}, core.InvalidVerificationToken)

	code := ok(t, s.Passwordless.CreateCode, core.CreateCode{Email: email})
	fails(t, app.Passwordless.ConsumeCode, byLink(code), core.RestartFlow)
	fails(t, app.Passwordless.CreateCode, core.CreateCode{DeviceID: code.DeviceID}, core.RestartFlow)
	s.makePrimary(t, user.ID)
	bad(t, app.AccountLinking.MakePrimary, core.PrimaryCheck{RecipeUserID: user.ID}, "Unknown user ID provided")
	twin := ok(t, app.EmailPassword.SignUp, core.SignUp{Email: email, Password: password}).User
	ok(t, app.AccountLinking.MakePrimary, core.PrimaryCheck{RecipeUserID: twin.ID})
	bad(t, app.AccountLinking.Link, core.LinkAccounts{RecipeUserID: user.ID, PrimaryUserID: twin.ID}, "Unknown user ID provided")
	external := newID("external")
	fails(t, app.UserIDMapping.Create, core.CreateUserIDMapping{SuperTokensUserID: user.ID, ExternalUserID: external}, core.UnknownSuperTokensUserID)
	ok(t, app.UserIDMapping.Create, core.CreateUserIDMapping{SuperTokensUserID: twin.ID, ExternalUserID: external})
	fails(t, s.UserIDMapping.Read, core.ReadUserIDMapping{UserID: external}, core.UnknownMapping)

	ok(t, app.User.Remove, core.RemoveUser{UserID: user.ID})
	ok(t, app.Role.Delete, core.RoleName{Role: role})
	ok(t, s.EmailPassword.SignIn, core.SignIn{Email: email, Password: password})
	ok(t, s.Role.Permissions, core.RoleName{Role: role})
	ok(t, s.EmailPassword.ConsumeResetToken, core.ConsumeToken{Token: reset})
}

func (s suite) isolatedSessions(t *testing.T) {
	_, app := s.newApp(t)
	user := newID("user")
	session := start(t, s.Core, "", user)
	start(t, app, "", user)
	handle := session.Session.Handle
	fails(t, app.Session.ByHandle, core.SessionByHandle{SessionHandle: handle}, "UNAUTHORISED")
	fails(t, app.Session.SetData, core.SetSessionData{SessionHandle: handle, UserDataInDatabase: core.Object{}}, "UNAUTHORISED")
	fails(t, app.Session.SetPayload, core.SetSessionPayload{SessionHandle: handle, UserDataInJWT: core.Object{}}, "UNAUTHORISED")
	fails(t, app.Session.Refresh, core.RefreshSession{RefreshToken: session.RefreshToken.Token}, "UNAUTHORISED")
	fails(t, app.Session.Verify, core.VerifySession{AccessToken: session.AccessToken.Token}, "TRY_REFRESH_TOKEN")
	fails(t, app.Session.Regenerate, core.RegenerateToken{AccessToken: session.AccessToken.Token}, "UNAUTHORISED")
	if got := ok(t, app.Session.Revoke, core.RevokeSessions{SessionHandles: []string{handle}}).SessionHandlesRevoked; len(got) != 0 {
		t.Errorf("another app revoked %q", got)
	}
	ok(t, app.Session.Revoke, core.RevokeSessions{UserID: user})
	if got := ok(t, s.Session.ListHandles, core.ListSessions{UserID: user}).SessionHandles; !slices.Equal(got, []string{handle}) {
		t.Errorf("sessions %q, want %s", got, handle)
	}
	ok(t, s.Session.Refresh, core.RefreshSession{RefreshToken: session.RefreshToken.Token})
}
