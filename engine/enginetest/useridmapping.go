package enginetest

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// mapped gives a user a new id.
func (s suite) mapped(t *testing.T, id string) (external string) {
	t.Helper()
	external = newID("external")
	ok(t, s.UserIDMapping.Create, core.CreateUserIDMapping{SuperTokensUserID: id, ExternalUserID: external})
	return external
}

func (s suite) mapping(t *testing.T) {
	user, _ := s.signUp(t, "")
	external := newID("external")
	in := core.CreateUserIDMapping{SuperTokensUserID: user.ID, ExternalUserID: external, ExternalUserIDInfo: op.Some("from the old system")}
	ok(t, s.UserIDMapping.Create, in)
	want := core.UserIDMapped{SuperTokensUserID: user.ID, ExternalUserID: external, ExternalUserIDInfo: "from the old system"}
	for name, read := range map[string]core.ReadUserIDMapping{
		"ours": {UserID: user.ID}, "theirs": {UserID: external}, "any": {UserID: external, UserIDType: core.AnyID},
		"as ours": {UserID: user.ID, UserIDType: core.SuperTokensID}, "as theirs": {UserID: external, UserIDType: core.ExternalID},
	} {
		if got := ok(t, s.UserIDMapping.Read, read); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	ok(t, s.UserIDMapping.SetInfo, core.SetUserIDMappingInfo{UserID: external, ExternalUserIDInfo: op.Null[string]()})
	if got := ok(t, s.UserIDMapping.Read, core.ReadUserIDMapping{UserID: user.ID}).ExternalUserIDInfo; got != "" {
		t.Errorf("info %q is left", got)
	}
	for _, id := range []string{newID("nobody"), " "} {
		if id == " " {
			bad(t, s.UserIDMapping.Read, core.ReadUserIDMapping{UserID: id}, "Field name 'userId' cannot be an empty String")
			continue
		}
		fails(t, s.UserIDMapping.Read, core.ReadUserIDMapping{UserID: id}, core.UnknownMapping)
		fails(t, s.UserIDMapping.SetInfo, core.SetUserIDMappingInfo{UserID: id, ExternalUserIDInfo: op.Some("x")}, core.UnknownMapping)
	}
	fails(t, s.UserIDMapping.Read, core.ReadUserIDMapping{UserID: external, UserIDType: core.SuperTokensID}, core.UnknownMapping)
	bad(t, s.UserIDMapping.Read, core.ReadUserIDMapping{UserID: external, UserIDType: "MINE"},
		"Field name 'userIdType' should be one of 'SUPERTOKENS', 'EXTERNAL' or 'ANY'")
	for _, existed := range []bool{true, false} {
		if got := ok(t, s.UserIDMapping.Delete, core.DeleteUserIDMapping{UserID: external}).DidMappingExist; got != existed {
			t.Errorf("the mapping existed: %v, want %v", got, existed)
		}
	}
}

func (s suite) mappingRefuses(t *testing.T) {
	user, _ := s.signUp(t, "")
	other, _ := s.signUp(t, "")
	external := s.mapped(t, user.ID)
	exists := func(internal, external string, want core.MappingExists) {
		t.Helper()
		var got *core.MappingExists
		err := fails(t, s.UserIDMapping.Create, core.CreateUserIDMapping{SuperTokensUserID: internal, ExternalUserID: external}, "USER_ID_MAPPING_ALREADY_EXISTS_ERROR")
		if !errors.As(err, &got) || *got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	exists(user.ID, external, core.MappingExists{DoesSuperTokensUserIDExist: true, DoesExternalUserIDExist: true})
	exists(other.ID, external, core.MappingExists{DoesExternalUserIDExist: true})
	exists(newID("nobody"), external, core.MappingExists{DoesExternalUserIDExist: true})
	exists(user.ID, newID("external"), core.MappingExists{DoesSuperTokensUserIDExist: true})
	in := core.CreateUserIDMapping{SuperTokensUserID: newID("nobody"), ExternalUserID: newID("external")}
	fails(t, s.UserIDMapping.Create, in, core.UnknownSuperTokensUserID)
	third, _ := s.signUp(t, "")
	in = core.CreateUserIDMapping{SuperTokensUserID: third.ID, ExternalUserID: other.ID}
	bad(t, s.UserIDMapping.Create, in, "Cannot create a userId mapping where the externalId is also a SuperTokens userID")
	bad(t, s.UserIDMapping.Create, core.CreateUserIDMapping{SuperTokensUserID: " ", ExternalUserID: "x"}, "Field name 'superTokensUserId' cannot be an empty String")
	bad(t, s.UserIDMapping.Create, core.CreateUserIDMapping{SuperTokensUserID: other.ID}, "Field name 'externalUserId' cannot be an empty String")
}

// mappingInUse: an id that something is kept for is not given away, unless it
// is only proofs of emails, which follow.
func (s suite) mappingInUse(t *testing.T) {
	role := newID("role")
	ok(t, s.Role.CreateOrAdd, core.RolePermissions{Role: role})
	for recipe, use := range map[string]func(id string){
		"Session": func(id string) { start(t, s.Core, "", id) },
		"UserMetadata": func(id string) {
			ok(t, s.Metadata.Update, core.UpdateMetadata{UserID: id, MetadataUpdate: object(`{"a":1}`)})
		},
		"TOTP":      func(id string) { ok(t, s.TOTP.CreateDevice, core.CreateTOTPDevice{UserID: id, Period: 30, Skew: 1}) },
		"UserRoles": func(id string) { ok(t, s.Role.AddToUser, core.UserRole{UserID: id, Role: role}) },
	} {
		t.Run(recipe, func(t *testing.T) {
			user, email := s.signUp(t, "")
			s.prove(t, user.ID, email)
			use(user.ID)
			in := core.CreateUserIDMapping{SuperTokensUserID: user.ID, ExternalUserID: newID("external")}
			bad(t, s.UserIDMapping.Create, in, "UserId is already in use in "+recipe+" recipe")
			in.Force = true
			ok(t, s.UserIDMapping.Create, in)

			user, _ = s.signUp(t, "")
			external := s.mapped(t, user.ID)
			use(external)
			bad(t, s.UserIDMapping.Delete, core.DeleteUserIDMapping{UserID: external}, "UserId is already in use in "+recipe+" recipe")
			ok(t, s.UserIDMapping.Read, core.ReadUserIDMapping{UserID: external})
			ok(t, s.UserIDMapping.Delete, core.DeleteUserIDMapping{UserID: external, Force: true})
		})
	}
	user, email := s.signUp(t, "")
	s.prove(t, user.ID, email)
	external := s.mapped(t, user.ID)
	if !ok(t, s.EmailVerification.IsVerified, core.UserEmail{UserID: external, Email: email}).IsVerified {
		t.Error("the proof of an email was lost")
	}
	bad(t, s.UserIDMapping.Delete, core.DeleteUserIDMapping{UserID: external}, "UserId is already in use in EmailVerification recipe")
}

// mappedUser: a user with an id of the application is itself by either id, and
// answers with that one.
func (s suite) mappedUser(t *testing.T) {
	tenant := s.newTenant(t)
	user, email := s.signUp(t, tenant)
	id := user.ID
	external := s.mapped(t, id)
	user.ID, user.LoginMethods[0].RecipeUserID = external, external
	for name, got := range map[string]core.User{
		"ours":         ok(t, s.User.ByID, core.UserByID{UserID: id}).User,
		"theirs":       ok(t, s.User.ByID, core.UserByID{UserID: external}).User,
		"sign in":      ok(t, s.EmailPassword.SignIn, core.SignIn{TenantID: tenant, Email: email, Password: password}).User,
		"list":         ok(t, s.User.List, core.ListUsers{TenantID: tenant}).Users[0],
		"search":       ok(t, s.User.List, core.ListUsers{TenantID: tenant, Email: email}).Users[0],
		"account info": ok(t, s.User.ByAccountInfo, core.UsersByAccountInfo{TenantID: tenant, Email: email}).Users[0],
	} {
		if diff := cmp.Diff(user, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := ok(t, s.EmailPassword.SignIn, core.SignIn{TenantID: tenant, Email: email, Password: password}).RecipeUserID; got != external {
		t.Errorf("signed in by %s, want %s", got, external)
	}
	for _, either := range []string{id, external} {
		s.useEither(t, tenant, either, external, email)
	}
	ok(t, s.User.Remove, core.RemoveUser{UserID: external})
	for _, either := range []string{id, external} {
		fails(t, s.User.ByID, core.UserByID{UserID: either}, core.UnknownUserID)
		fails(t, s.UserIDMapping.Read, core.ReadUserIDMapping{UserID: either}, core.UnknownMapping)
		sameJSON(t, "metadata", ok(t, s.Metadata.Read, core.ReadMetadata{UserID: either}).Metadata, core.Object{})
		if got := ok(t, s.Session.ListHandles, core.ListSessions{UserID: either}).SessionHandles; len(got) != 0 {
			t.Errorf("sessions %q are left", got)
		}
	}
}

// useEither does what takes the id of a user, and wants the external one back.
func (s suite) useEither(t *testing.T, tenant, id, external, email string) {
	t.Helper()
	session := start(t, s.Core, tenant, id)
	refreshed := ok(t, s.Session.Refresh, core.RefreshSession{RefreshToken: session.RefreshToken.Token})
	verified := ok(t, s.Session.Verify, core.VerifySession{AccessToken: refreshed.AccessToken.Token, CheckDatabase: true})
	details := ok(t, s.Session.ByHandle, core.SessionByHandle{SessionHandle: session.Session.Handle})
	for _, got := range []string{
		session.Session.UserID, session.Session.RecipeUserID, refreshed.Session.UserID, verified.Session.UserID, verified.Session.RecipeUserID,
		details.UserID, details.RecipeUserID,
	} {
		if got != external {
			t.Errorf("a session is of %s, want %s", got, external)
		}
	}
	if got := ok(t, s.Session.ListHandles, core.ListSessions{UserID: id, FetchSessionsForAllLinkedAccounts: op.Some(false)}).SessionHandles; !slices.Contains(got, details.SessionHandle) {
		t.Errorf("%s has the sessions %q", id, got)
	}
	reset := core.CreateResetToken{TenantID: tenant, UserID: id, Email: email}
	if got := ok(t, s.EmailPassword.ConsumeResetToken, core.ConsumeToken{TenantID: tenant, Token: ok(t, s.EmailPassword.CreateResetToken, reset).Token}); got.UserID != external {
		t.Errorf("a reset token is of %s, want %s", got.UserID, external)
	}
	verify := core.CreateVerificationToken{TenantID: tenant, UserID: id, Email: newEmail()}
	token := ok(t, s.EmailVerification.CreateToken, verify).Token
	if got := ok(t, s.EmailVerification.Verify, core.VerifyEmail{TenantID: tenant, Method: "token", Token: token}); got.UserID != external {
		t.Errorf("a proof is of %s, want %s", got.UserID, external)
	}
	ok(t, s.EmailPassword.ResetPassword, core.ResetPassword{
		TenantID: tenant, Method: "token", Token: ok(t, s.EmailPassword.CreateResetToken, reset).Token, NewPassword: password,
	})
	if !ok(t, s.User.ByID, core.UserByID{UserID: id}).User.LoginMethods[0].Verified {
		t.Error("a reset by mail proved nothing")
	}
	ok(t, s.EmailVerification.Unverify, core.UserEmail{UserID: id, Email: email})
	ok(t, s.EmailPassword.Update, core.UpdateEmailPassword{RecipeUserID: id, Password: password})
	ok(t, s.Metadata.Update, core.UpdateMetadata{UserID: id, MetadataUpdate: object(`{"a":1}`)})
	role := newID("role")
	ok(t, s.Role.CreateOrAdd, core.RolePermissions{Role: role})
	ok(t, s.Role.AddToUser, core.UserRole{TenantID: tenant, UserID: id, Role: role})
	if got := ok(t, s.Role.UsersWith, core.UsersWithRole{TenantID: tenant, Role: role}).Users; !slices.Equal(got, []string{external}) {
		t.Errorf("users with the role: %q", got)
	}
	if got := ok(t, s.Role.OfUser, core.RolesOfUser{TenantID: tenant, UserID: id}).Roles; !slices.Contains(got, role) {
		t.Errorf("roles %q", got)
	}
	ok(t, s.Tenant.AddUser, core.TenantUser{RecipeUserID: id})
	start(t, s.Core, "", id)
	ok(t, s.Tenant.RemoveUser, core.TenantUser{RecipeUserID: id})
	if got := ok(t, s.Session.ListHandles, core.ListSessions{UserID: id, FetchAcrossAllTenants: op.Some(false)}).SessionHandles; len(got) != 0 {
		t.Errorf("sessions %q are left in a tenant that the user left", got)
	}
}

// mappedLinks: linking takes and answers the ids of the application.
func (s suite) mappedLinks(t *testing.T) {
	user, _ := s.signUp(t, "")
	login := google("")
	second := ok(t, s.ThirdParty.SignInUp, login).User
	mine, member := s.mapped(t, user.ID), s.mapped(t, second.ID)
	s.makePrimary(t, mine)
	session := start(t, s.Core, "", member)
	linked := s.link(t, member, mine)
	for _, id := range []string{mine, member} {
		if _, has := linked.LoginMethod(id); !has || linked.ID != mine {
			t.Errorf("linked %+v, want %s with %s", linked, mine, id)
		}
	}
	fails(t, s.Session.ByHandle, core.SessionByHandle{SessionHandle: session.Session.Handle}, "UNAUTHORISED")
	if got := start(t, s.Core, "", member).Session; got.UserID != mine || got.RecipeUserID != member {
		t.Errorf("a session of %s by %s", got.UserID, got.RecipeUserID)
	}
	login.Email.IsVerified = true
	got := ok(t, s.ThirdParty.SignInUp, login)
	if m, _ := got.User.LoginMethod(member); got.User.ID != mine || got.RecipeUserID != member || !m.Verified {
		t.Errorf("signed in %+v", got)
	}
	if !ok(t, s.EmailVerification.IsVerified, core.UserEmail{UserID: member, Email: login.Email.ID}).IsVerified {
		t.Error("what the provider proved is not known of the external id")
	}
	twin := google("")
	twin.Email.ID = login.Email.ID
	other := s.mapped(t, ok(t, s.ThirdParty.SignInUp, twin).User.ID)
	conflict(t, fails(t, s.AccountLinking.MakePrimary, core.PrimaryCheck{RecipeUserID: other}, core.AccountInfoTaken), mine,
		"This user's email is already associated with another user ID")
	conflict(t, fails(t, s.AccountLinking.MakePrimary, core.PrimaryCheck{RecipeUserID: member}, core.AlreadyLinked), mine, alreadyLinked)
	ok(t, s.AccountLinking.Unlink, core.PrimaryCheck{RecipeUserID: mine})
	if got := ok(t, s.User.ByID, core.UserByID{UserID: mine}).User; got.ID != mine || len(got.LoginMethods) != 1 {
		t.Errorf("the user that lost its own login is %+v", got)
	}
	ok(t, s.User.Remove, core.RemoveUser{UserID: mine})
	for _, id := range []string{mine, member} {
		fails(t, s.UserIDMapping.Read, core.ReadUserIDMapping{UserID: id}, core.UnknownMapping)
	}
}

// forcedMapping: an id that is ours of one user and the application's of
// another takes nothing along when one of them goes.
func (s suite) forcedMapping(t *testing.T) {
	mine, _ := s.signUp(t, "")
	other, email := s.signUp(t, "")
	theirs := s.mapped(t, other.ID)
	ok(t, s.UserIDMapping.Create, core.CreateUserIDMapping{SuperTokensUserID: mine.ID, ExternalUserID: other.ID, Force: true})
	if got := ok(t, s.User.ByID, core.UserByID{UserID: other.ID}).User.ID; got != theirs {
		t.Errorf("%s is the user %s, want the one whose own id it is, %s", other.ID, got, theirs)
	}
	ok(t, s.User.Remove, core.RemoveUser{UserID: mine.ID})
	if got := ok(t, s.EmailPassword.SignIn, core.SignIn{Email: email, Password: password}).User.ID; got != theirs {
		t.Errorf("signed in as %s, want %s", got, theirs)
	}
}
