package enginetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/posternauth/postern/core"
)

// google is a new login at a provider, with a new address.
func google(tenant string) core.ThirdPartySignInUp {
	return core.ThirdPartySignInUp{
		TenantID: tenant, ThirdPartyID: "google", ThirdPartyUserID: newID("g"), Email: core.ThirdPartyEmail{ID: newEmail()},
	}
}

func (s suite) thirdPartySignInUp(t *testing.T) {
	in := google("")
	spelled := in
	spelled.Email.ID = " " + strings.ToUpper(in.Email.ID)
	got := ok(t, s.ThirdParty.SignInUp, spelled)
	id, joined := got.User.ID, got.User.TimeJoined
	login := core.ThirdParty{ID: in.ThirdPartyID, UserID: in.ThirdPartyUserID}
	want := core.SignedInUp{CreatedNewUser: true, RecipeUserID: id, User: core.User{
		ID: id, TenantIDs: []string{core.Public}, TimeJoined: joined,
		Emails: []string{in.Email.ID}, PhoneNumbers: []string{}, ThirdParty: []core.ThirdParty{login},
		WebAuthn: core.WebAuthn{CredentialIDs: []string{}},
		LoginMethods: []core.LoginMethod{{
			RecipeID: "thirdparty", RecipeUserID: id, TenantIDs: []string{core.Public}, TimeJoined: joined,
			Email: in.Email.ID, ThirdParty: login,
		}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("signed up (-want +got):\n%s", diff)
	}
	want.CreatedNewUser = false
	if diff := cmp.Diff(want, ok(t, s.ThirdParty.SignInUp, in)); diff != "" {
		t.Errorf("signed in (-want +got):\n%s", diff)
	}
	other := in
	other.ThirdPartyID = "github"
	if ok(t, s.ThirdParty.SignInUp, other).User.ID == id {
		t.Error("the same id at another provider is the same user")
	}
	if got := ok(t, s.User.ByAccountInfo, core.UsersByAccountInfo{ThirdPartyID: "google", ThirdPartyUserID: in.ThirdPartyUserID}).Users; len(got) != 1 || got[0].ID != id {
		t.Errorf("found %+v, want %s", got, id)
	}
}

// thirdPartyVerified: what a provider proves stays proved, but for another
// address.
func (s suite) thirdPartyVerified(t *testing.T) {
	in := google("")
	first := in.Email.ID
	for _, step := range []struct {
		email            string
		proves, verified bool
	}{
		{first, false, false},
		{first, true, true},
		{first, false, true},
		{newEmail(), false, false},
		{first, false, true},
	} {
		in.Email = core.ThirdPartyEmail{ID: step.email, IsVerified: step.proves}
		u := ok(t, s.ThirdParty.SignInUp, in).User
		if m := u.LoginMethods[0]; m.Email != step.email || m.Verified != step.verified || !slices.Equal(u.Emails, []string{step.email}) {
			t.Errorf("after %+v: %s, verified %v", step, m.Email, m.Verified)
		}
		if got := ok(t, s.EmailVerification.IsVerified, core.UserEmail{UserID: u.ID, Email: step.email}).IsVerified; got != step.verified {
			t.Errorf("after %+v: verified is %v", step, got)
		}
	}
	in = google("")
	in.Email.IsVerified = true
	if !ok(t, s.ThirdParty.SignInUp, in).User.LoginMethods[0].Verified {
		t.Error("an address that is proved at sign-up is not verified")
	}
}

func (s suite) thirdPartyRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*core.ThirdPartySignInUp)
		text   string
	}{
		"no provider":   {func(in *core.ThirdPartySignInUp) { in.ThirdPartyID = "" }, "Field name 'thirdPartyId' cannot be an empty String"},
		"no user":       {func(in *core.ThirdPartySignInUp) { in.ThirdPartyUserID = "" }, "Field name 'thirdPartyUserId' cannot be an empty String"},
		"no email":      {func(in *core.ThirdPartySignInUp) { in.Email.ID = " " }, "Field name 'email' cannot be an empty String"},
		"long provider": {func(in *core.ThirdPartySignInUp) { in.ThirdPartyID = strings.Repeat("a", 29) }, "Field name 'thirdPartyId' is too long: at most 28 characters are allowed"},
		"long user":     {func(in *core.ThirdPartySignInUp) { in.ThirdPartyUserID = strings.Repeat("é", 257) }, "Field name 'thirdPartyUserId' is too long: at most 256 characters are allowed"},
		"ambiguous":     {func(in *core.ThirdPartySignInUp) { in.ThirdPartyID = "a::b" }, "Field name 'thirdPartyId' cannot contain '::' or end with ':'"},
		"ambiguous end": {func(in *core.ThirdPartySignInUp) { in.ThirdPartyID = "a:" }, "Field name 'thirdPartyId' cannot contain '::' or end with ':'"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := google("")
			tt.change(&in)
			bad(t, s.ThirdParty.SignInUp, in, tt.text)
		})
	}
	for name, text := range hostileTexts() {
		in := google("")
		in.ThirdPartyUserID = text
		if _, err := s.ThirdParty.SignInUp(t.Context(), in); outcomeOf(err) == "error" {
			t.Errorf("%s: %v", name, err)
		}
	}
	noTenant(t, s.ThirdParty.SignInUp, google(newID("no")))
}

// thirdPartyEmailTaken: the address of another person is not taken over.
func (s suite) thirdPartyEmailTaken(t *testing.T) {
	in := google("")
	mine := ok(t, s.ThirdParty.SignInUp, in).User
	other, email := s.signUp(t, "")
	changed := in
	changed.Email.ID = email
	ok(t, s.ThirdParty.SignInUp, changed) // nobody is a primary user yet
	ok(t, s.ThirdParty.SignInUp, in)
	s.makePrimary(t, mine.ID)
	s.makePrimary(t, other.ID)
	fails(t, s.ThirdParty.SignInUp, changed, "EMAIL_CHANGE_NOT_ALLOWED_ERROR")
	if got := ok(t, s.ThirdParty.SignInUp, in).User.Emails; !slices.Equal(got, []string{in.Email.ID}) {
		t.Errorf("emails %q, want only %q", got, in.Email.ID)
	}
}

// thirdPartyTenants: a login is another user in each tenant, until one is
// added to it.
func (s suite) thirdPartyTenants(t *testing.T) {
	first, second := s.newTenant(t), s.newTenant(t)
	in := google(first)
	user := ok(t, s.ThirdParty.SignInUp, in).User
	add := core.TenantUser{TenantID: second, RecipeUserID: user.ID}
	ok(t, s.Tenant.AddUser, add)
	in.TenantID = second
	if got := ok(t, s.ThirdParty.SignInUp, in); got.CreatedNewUser || got.User.ID != user.ID {
		t.Errorf("signed in as %+v, want %s", got, user.ID)
	}
	ok(t, s.Tenant.RemoveUser, add)
	if got := ok(t, s.ThirdParty.SignInUp, in); !got.CreatedNewUser {
		t.Error("a login that was taken out of a tenant signs in there")
	}
	fails(t, s.Tenant.AddUser, add, core.ThirdPartyUserAlreadyExists)
	for provider, want := range map[string]int{"GOO": 1, "git": 0, "git; goo": 1} {
		if got := ok(t, s.User.List, core.ListUsers{TenantID: first, Provider: provider}).Users; len(got) != want {
			t.Errorf("%d users by the provider %q, want %d", len(got), provider, want)
		}
	}
}
