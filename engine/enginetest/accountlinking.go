package enginetest

import (
	"errors"
	"slices"
	"testing"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

func (s suite) makePrimary(t *testing.T, id string) {
	t.Helper()
	ok(t, s.AccountLinking.MakePrimary, core.PrimaryCheck{RecipeUserID: id})
}

func (s suite) link(t *testing.T, id, primary string) core.User {
	t.Helper()
	return ok(t, s.AccountLinking.Link, core.LinkAccounts{RecipeUserID: id, PrimaryUserID: primary}).User
}

// linkedUser is a primary user with a password and a login at a provider.
func (s suite) linkedUser(t *testing.T, tenant string) (primary, second core.User, login core.ThirdPartySignInUp) {
	t.Helper()
	primary, _ = s.signUp(t, tenant)
	login = google(tenant)
	second = ok(t, s.ThirdParty.SignInUp, login).User
	s.makePrimary(t, primary.ID)
	return s.link(t, second.ID, primary.ID), second, login
}

// conflict checks an outcome of linking.
func conflict(t *testing.T, err error, primaryID, description string) {
	t.Helper()
	var c *core.LinkConflict
	if !errors.As(err, &c) || c.PrimaryUserID != primaryID || c.Description != description {
		t.Errorf("%+v, want the primary user %s and %q", c, primaryID, description)
	}
}

const alreadyLinked = "This user ID is already linked to another user ID"

func (s suite) makingPrimary(t *testing.T) {
	user, email := s.signUp(t, "")
	in := core.PrimaryCheck{RecipeUserID: user.ID}
	for _, was := range []bool{false, true} {
		if got := ok(t, s.AccountLinking.CanMakePrimary, in).WasAlreadyAPrimaryUser; got != was {
			t.Errorf("check: already primary is %v, want %v", got, was)
		}
		got := ok(t, s.AccountLinking.MakePrimary, in)
		if got.WasAlreadyAPrimaryUser != was || !got.User.IsPrimaryUser || got.User.ID != user.ID {
			t.Errorf("made %+v, already primary %v", got, was)
		}
	}
	login := google("")
	login.Email.ID = email
	twin := ok(t, s.ThirdParty.SignInUp, login).User
	in.RecipeUserID = twin.ID
	conflict(t, fails(t, s.AccountLinking.CanMakePrimary, in, core.AccountInfoTaken), user.ID, "This user's email is already associated with another user ID")
	conflict(t, fails(t, s.AccountLinking.MakePrimary, in, core.AccountInfoTaken), user.ID, "This user's email is already associated with another user ID")
	s.link(t, twin.ID, user.ID)
	conflict(t, fails(t, s.AccountLinking.CanMakePrimary, in, core.AlreadyLinked), user.ID, alreadyLinked)
	conflict(t, fails(t, s.AccountLinking.MakePrimary, in, core.AlreadyLinked), user.ID, alreadyLinked)
	for _, id := range []string{newID("nobody"), ""} {
		bad(t, s.AccountLinking.CanMakePrimary, core.PrimaryCheck{RecipeUserID: id}, "Unknown user ID provided")
		bad(t, s.AccountLinking.MakePrimary, core.PrimaryCheck{RecipeUserID: id}, "Unknown user ID provided")
	}
}

func (s suite) linking(t *testing.T) {
	primary, email := s.signUp(t, "")
	login := google("")
	second := ok(t, s.ThirdParty.SignInUp, login).User
	in := core.LinkAccounts{RecipeUserID: second.ID, PrimaryUserID: primary.ID}
	fails(t, s.AccountLinking.CanLink, in, core.NotAPrimaryUser)
	fails(t, s.AccountLinking.Link, in, core.NotAPrimaryUser)
	s.makePrimary(t, primary.ID)
	session := start(t, s.Core, "", second.ID)
	for _, already := range []bool{false, true} {
		if got := ok(t, s.AccountLinking.CanLink, in).AccountsAlreadyLinked; got != already {
			t.Errorf("check: already linked is %v, want %v", got, already)
		}
		got := ok(t, s.AccountLinking.Link, in)
		if got.AccountsAlreadyLinked != already || got.User.ID != primary.ID || len(got.User.LoginMethods) != 2 {
			t.Errorf("linked %+v, already %v", got, already)
		}
	}
	fails(t, s.Session.ByHandle, core.SessionByHandle{SessionHandle: session.Session.Handle}, "UNAUTHORISED")
	if again := start(t, s.Core, "", second.ID).Session; again.UserID != primary.ID || again.RecipeUserID != second.ID {
		t.Errorf("a session of %s by %s, want %s by %s", again.UserID, again.RecipeUserID, primary.ID, second.ID)
	}
	emails := []string{email, login.Email.ID}
	slices.Sort(emails)
	for name, user := range map[string]core.User{
		"by id":       ok(t, s.User.ByID, core.UserByID{UserID: second.ID}).User,
		"by password": ok(t, s.EmailPassword.SignIn, core.SignIn{Email: email, Password: password}).User,
		"by provider": ok(t, s.ThirdParty.SignInUp, login).User,
	} {
		if user.ID != primary.ID || !slices.Equal(slices.Sorted(slices.Values(user.Emails)), emails) || user.TimeJoined != primary.TimeJoined {
			t.Errorf("%s: %+v", name, user)
		}
	}
	both := core.UsersByAccountInfo{Email: email, ThirdPartyID: "google", ThirdPartyUserID: login.ThirdPartyUserID}
	if got := ok(t, s.User.ByAccountInfo, both).Users; len(got) != 1 {
		t.Errorf("%d users have both, want one", len(got))
	}
}

func (s suite) linkingRefuses(t *testing.T) {
	mine, _, _ := s.linkedUser(t, "")
	other, second, _ := s.linkedUser(t, "")
	for name, id := range map[string]string{"a member": second.ID, "a primary user": other.ID} {
		in := core.LinkAccounts{RecipeUserID: id, PrimaryUserID: mine.ID}
		conflict(t, fails(t, s.AccountLinking.CanLink, in, core.AlreadyLinkedToOther), other.ID, alreadyLinked)
		err := fails(t, s.AccountLinking.Link, in, core.AlreadyLinkedToOther)
		conflict(t, err, other.ID, alreadyLinked)
		var c *core.LinkConflict
		if errors.As(err, &c) && (c.User.ID != other.ID || len(c.User.LoginMethods) != 2) {
			t.Errorf("%s: the other user is %+v", name, c.User)
		}
	}
	login := google("")
	login.Email.ID = other.Emails[1] // whichever it is
	third := ok(t, s.ThirdParty.SignInUp, login).User
	in := core.LinkAccounts{RecipeUserID: third.ID, PrimaryUserID: mine.ID}
	const text = "This user's email is already associated with another user ID"
	conflict(t, fails(t, s.AccountLinking.CanLink, in, core.AccountInfoTaken), other.ID, text)
	conflict(t, fails(t, s.AccountLinking.Link, in, core.AccountInfoTaken), other.ID, text)
	if got := ok(t, s.User.ByID, core.UserByID{UserID: third.ID}).User; got.IsPrimaryUser || got.ID != third.ID {
		t.Errorf("after a refusal the user is %+v", got)
	}
	for _, in := range []core.LinkAccounts{
		{RecipeUserID: newID("nobody"), PrimaryUserID: mine.ID},
		{RecipeUserID: third.ID, PrimaryUserID: newID("nobody")},
	} {
		bad(t, s.AccountLinking.CanLink, in, "Unknown user ID provided")
		bad(t, s.AccountLinking.Link, in, "Unknown user ID provided")
	}
	in.PrimaryUserID = second.ID // a member stands for its primary user
	s.link(t, third.ID, second.ID)
}

func (s suite) unlinking(t *testing.T) {
	unlink := func(id string, want core.Unlinked) {
		t.Helper()
		if got := ok(t, s.AccountLinking.Unlink, core.PrimaryCheck{RecipeUserID: id}); got != want {
			t.Errorf("unlinked %+v, want %+v", got, want)
		}
	}
	primary, second, login := s.linkedUser(t, "")
	session := start(t, s.Core, "", second.ID)
	unlink(second.ID, core.Unlinked{WasLinked: true})
	fails(t, s.Session.ByHandle, core.SessionByHandle{SessionHandle: session.Session.Handle}, "UNAUTHORISED")
	unlink(second.ID, core.Unlinked{})
	if got := ok(t, s.User.ByID, core.UserByID{UserID: second.ID}).User; got.ID != second.ID || got.IsPrimaryUser || got.TimeJoined != second.TimeJoined {
		t.Errorf("after unlinking the user is %+v", got)
	}
	s.makePrimary(t, second.ID) // what it is known by is free again
	unlink(second.ID, core.Unlinked{WasLinked: true})
	s.link(t, second.ID, primary.ID)

	ok(t, s.Metadata.Update, core.UpdateMetadata{UserID: primary.ID, MetadataUpdate: object(`{"a":1}`)})
	unlink(primary.ID, core.Unlinked{WasLinked: true, WasRecipeUserDeleted: true})
	got := ok(t, s.ThirdParty.SignInUp, login)
	if got.User.ID != primary.ID || got.RecipeUserID != second.ID || len(got.User.LoginMethods) != 1 {
		t.Errorf("the user is %+v, want %s by %s only", got, primary.ID, second.ID)
	}
	sameJSON(t, "metadata", ok(t, s.Metadata.Read, core.ReadMetadata{UserID: primary.ID}).Metadata, object(`{"a":1}`))
	third, _ := s.signUp(t, "")
	s.link(t, third.ID, primary.ID)
	ok(t, s.EmailPassword.SignUp, core.SignUp{Email: primary.Emails[0], Password: password}) // the address is free
	bad(t, s.AccountLinking.Unlink, core.PrimaryCheck{RecipeUserID: newID("nobody")}, "Unknown user ID provided")
}

func (s suite) removeLinked(t *testing.T) {
	primary, second, login := s.linkedUser(t, "")
	ok(t, s.User.Remove, core.RemoveUser{UserID: second.ID, RemoveAllLinkedAccounts: op.Some(false)})
	if got := ok(t, s.User.ByID, core.UserByID{UserID: primary.ID}).User; len(got.LoginMethods) != 1 {
		t.Errorf("left is %+v", got)
	}
	again := ok(t, s.ThirdParty.SignInUp, login)
	if !again.CreatedNewUser || again.User.ID == second.ID {
		t.Errorf("after its removal the login is %+v", again)
	}
	s.makePrimary(t, again.User.ID) // nothing is held for the one who went

	primary, second, login = s.linkedUser(t, "")
	ok(t, s.User.Remove, core.RemoveUser{UserID: second.ID})
	for _, id := range []string{primary.ID, second.ID} {
		fails(t, s.User.ByID, core.UserByID{UserID: id}, core.UnknownUserID)
	}
	s.makePrimary(t, ok(t, s.ThirdParty.SignInUp, login).User.ID)
}

// linkedEmail: a primary user cannot take the address of another one, whoever
// else may have it.
func (s suite) linkedEmail(t *testing.T) {
	mine, _ := s.signUp(t, "")
	other, _, login := s.linkedUser(t, "")
	update := core.UpdateEmailPassword{RecipeUserID: mine.ID, Email: login.Email.ID}
	before := mine.Emails[0]
	ok(t, s.EmailPassword.Update, update) // a plain user may share it
	update.Email = before
	ok(t, s.EmailPassword.Update, update)
	s.makePrimary(t, mine.ID)
	for name, email := range map[string]string{"of a login elsewhere": login.Email.ID, "of a password": other.Emails[0]} {
		update.Email = email
		err := fails(t, s.EmailPassword.Update, update, "EMAIL_CHANGE_NOT_ALLOWED_ERROR")
		var no *core.EmailChangeNotAllowed
		if !errors.As(err, &no) || no.Reason != "New email is associated with another primary user ID" {
			t.Errorf("%s: %v", name, err)
		}
	}
	update.Email = newEmail()
	ok(t, s.EmailPassword.Update, update)
	free := google("")
	free.Email.ID = before
	s.makePrimary(t, ok(t, s.ThirdParty.SignInUp, free).User.ID) // the old address is free
}

// linkedTenants: a person comes into a tenant only with all it is known by.
func (s suite) linkedTenants(t *testing.T) {
	first, second := s.newTenant(t), s.newTenant(t)
	mine, member, login := s.linkedUser(t, first)
	stranger := google(second)
	stranger.Email.ID = login.Email.ID
	there := ok(t, s.ThirdParty.SignInUp, stranger).User
	add := core.TenantUser{TenantID: second, RecipeUserID: mine.ID}
	ok(t, s.Tenant.AddUser, add) // a plain user does not mind
	ok(t, s.Tenant.RemoveUser, add)
	s.makePrimary(t, there.ID)
	reason := func(in core.TenantUser, want string) {
		t.Helper()
		var no *core.AssociationNotAllowed
		err := fails(t, s.Tenant.AddUser, in, "ASSOCIATION_NOT_ALLOWED_ERROR")
		if !errors.As(err, &no) || no.Reason != want {
			t.Errorf("reason %v, want %q", err, want)
		}
	}
	reason(add, "Another primary user with email already exists: "+there.ID)
	add.RecipeUserID = member.ID
	reason(add, "Another primary user with email already exists: "+there.ID)

	same := login
	same.TenantID, same.Email.ID = second, newEmail()
	twin := ok(t, s.ThirdParty.SignInUp, same).User
	s.makePrimary(t, twin.ID)
	reason(add, "Another primary user with third party info already exists: "+twin.ID)

	ok(t, s.User.Remove, core.RemoveUser{UserID: there.ID})
	ok(t, s.User.Remove, core.RemoveUser{UserID: twin.ID})
	ok(t, s.Tenant.AddUser, add)
	if got := ok(t, s.User.ByID, core.UserByID{UserID: mine.ID}).User.TenantIDs; len(got) != 2 {
		t.Errorf("tenants %q, want both", got)
	}
	ok(t, s.Tenant.RemoveUser, add)
	late := ok(t, s.ThirdParty.SignInUp, same).User
	s.makePrimary(t, late.ID) // nothing is held there any more
}
