package enginetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

func (s suite) userByID(t *testing.T) {
	user, _ := s.signUp(t, "")
	if diff := cmp.Diff(user, ok(t, s.User.ByID, core.UserByID{UserID: user.ID}).User); diff != "" {
		t.Errorf("(-sign-up +by id):\n%s", diff)
	}
	for _, id := range []string{newID("nobody"), "", strings.ToUpper(user.ID), user.ID + " "} {
		fails(t, s.User.ByID, core.UserByID{UserID: id}, core.UnknownUserID)
	}
}

func (s suite) removeUser(t *testing.T) {
	user, email := s.signUp(t, "")
	role := newID("role")
	ok(t, s.Role.CreateOrAdd, core.RolePermissions{Role: role})
	ok(t, s.Role.AddToUser, core.UserRole{UserID: user.ID, Role: role})
	ok(t, s.Metadata.Update, core.UpdateMetadata{UserID: user.ID, MetadataUpdate: object(`{"a":1}`)})
	session := start(t, s.Core, "", user.ID)
	reset := ok(t, s.EmailPassword.CreateResetToken, core.CreateResetToken{UserID: user.ID, Email: email}).Token
	verify := ok(t, s.EmailVerification.CreateToken, core.CreateVerificationToken{UserID: user.ID, Email: email}).Token

	ok(t, s.User.Remove, core.RemoveUser{UserID: user.ID})
	ok(t, s.User.Remove, core.RemoveUser{UserID: user.ID, RemoveAllLinkedAccounts: op.Some(false)})
	fails(t, s.User.ByID, core.UserByID{UserID: user.ID}, core.UnknownUserID)
	fails(t, s.EmailPassword.SignIn, core.SignIn{Email: email, Password: password}, core.WrongCredentials)
	fails(t, s.EmailPassword.ConsumeResetToken, core.ConsumeToken{Token: reset}, core.InvalidResetToken)
	fails(t, s.EmailVerification.Verify, core.VerifyEmail{Method: "token", Token: verify}, core.InvalidVerificationToken)
	fails(t, s.Session.Refresh, core.RefreshSession{RefreshToken: session.RefreshToken.Token}, "UNAUTHORISED")
	sameJSON(t, "metadata", ok(t, s.Metadata.Read, core.ReadMetadata{UserID: user.ID}).Metadata, core.Object{})
	if got := ok(t, s.Role.OfUser, core.RolesOfUser{UserID: user.ID}).Roles; len(got) != 0 {
		t.Errorf("roles %q are left", got)
	}
	again := ok(t, s.EmailPassword.SignUp, core.SignUp{Email: email, Password: password}).User
	if again.ID == user.ID {
		t.Error("the id of a user who is gone is used again")
	}
}

// removeOne deletes a login method that is a whole user, when only the login
// method is asked for.
func (s suite) removeOne(t *testing.T) {
	user, _ := s.signUp(t, "")
	ok(t, s.User.Remove, core.RemoveUser{UserID: user.ID, RemoveAllLinkedAccounts: op.Some(false)})
	fails(t, s.User.ByID, core.UserByID{UserID: user.ID}, core.UnknownUserID)
}

func (s suite) listUsers(t *testing.T) {
	tenant := s.newTenant(t)
	var made []string
	for range 5 {
		user, _ := s.signUp(t, tenant)
		made = append(made, user.ID)
	}
	up := s.pages(t, core.ListUsers{TenantID: tenant, Limit: 2})
	down := s.pages(t, core.ListUsers{TenantID: tenant, Limit: 2, TimeJoinedOrder: "DESC"})
	for name, got := range map[string][]core.User{"ASC": up, "DESC": down} {
		var ids []string
		for _, user := range got {
			ids = append(ids, user.ID)
		}
		if !slices.Equal(slices.Sorted(slices.Values(ids)), slices.Sorted(slices.Values(made))) {
			t.Errorf("%s: %q, want each of %q once", name, ids, made)
		}
	}
	byTime := func(a, b core.User) int { return int(a.TimeJoined - b.TimeJoined) }
	if slices.Reverse(down); !slices.IsSortedFunc(up, byTime) || !slices.IsSortedFunc(down, byTime) {
		t.Error("not by the time they joined")
	}
	for recipe, want := range map[string]int{"emailpassword": 5, "passwordless": 0} {
		in := core.ListUsers{TenantID: tenant, IncludeRecipeIDs: []string{recipe}}
		if got := ok(t, s.User.List, in).Users; got == nil || len(got) != want {
			t.Errorf("%d users of %s, want %d", len(got), recipe, want)
		}
	}
	for text, in := range map[string]core.ListUsers{
		"max limit allowed is 500":                       {Limit: 501},
		"limit must a positive integer with min value 1": {Limit: -1},
		"timeJoinedOrder can be either ASC OR DESC":      {TimeJoinedOrder: "UP"},
		"invalid pagination token":                       {PaginationToken: "nonsense"},
		"Unknown recipe ID: nonsense":                    {IncludeRecipeIDs: []string{"nonsense"}},
	} {
		bad(t, s.User.List, in, text)
	}
	noTenant(t, s.User.List, core.ListUsers{TenantID: newID("no")})
}

// pages follows the pages of a list to their end.
func (s suite) pages(t *testing.T, in core.ListUsers) (users []core.User) {
	t.Helper()
	for range 10 {
		page := ok(t, s.User.List, in)
		if len(page.Users) > in.Limit {
			t.Fatalf("a page of %d users, want at most %d", len(page.Users), in.Limit)
		}
		users = append(users, page.Users...)
		if in.PaginationToken = page.NextPaginationToken; in.PaginationToken == "" {
			return users
		}
	}
	t.Fatal("the pages do not end")
	return nil
}

func (s suite) searchUsers(t *testing.T) {
	tenant := s.newTenant(t)
	for _, email := range []string{"ann@search.example", "anna@other.example", "bob@search.example", "b%b@x.example", "b_b@x.example"} {
		ok(t, s.EmailPassword.SignUp, core.SignUp{TenantID: tenant, Email: email, Password: password})
	}
	for name, tt := range map[string]struct {
		in   core.ListUsers
		want []string
	}{
		"prefix":        {core.ListUsers{Email: " ANN"}, []string{"ann@search.example", "anna@other.example"}},
		"domain":        {core.ListUsers{Email: "search"}, []string{"ann@search.example", "bob@search.example"}},
		"several":       {core.ListUsers{Email: "anna; bob"}, []string{"anna@other.example", "bob@search.example"}},
		"percent":       {core.ListUsers{Email: "b%"}, []string{"b%b@x.example"}},
		"underscore":    {core.ListUsers{Email: "b_"}, []string{"b_b@x.example"}},
		"backslash":     {core.ListUsers{Email: `b\`}, nil},
		"nobody":        {core.ListUsers{Email: "zoe"}, nil},
		"other tag too": {core.ListUsers{Email: "ann", Phone: "+1"}, nil},
		"provider":      {core.ListUsers{Provider: "google"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.in.TenantID = tenant
			var got []string
			for _, user := range ok(t, s.User.List, tt.in).Users {
				got = append(got, user.Emails...)
			}
			if slices.Sort(got); !slices.Equal(got, tt.want) {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
	if got := ok(t, s.User.SearchTags, struct{}{}).Tags; !slices.Equal(got, []string{"email", "phone", "provider"}) {
		t.Errorf("tags %q", got)
	}
}

func (s suite) countUsers(t *testing.T) {
	_, app := s.newApp(t)
	first, second := newTenantOf(t, app), newTenantOf(t, app)
	for _, tenant := range []string{first, second, second} {
		ok(t, app.EmailPassword.SignUp, core.SignUp{TenantID: tenant, Email: newEmail(), Password: password})
	}
	for name, tt := range map[string]struct {
		in   core.CountUsers
		want int64
	}{
		"tenant":         {core.CountUsers{TenantID: second}, 2},
		"public":         {core.CountUsers{}, 0},
		"app":            {core.CountUsers{IncludeAllTenants: true}, 3},
		"recipe":         {core.CountUsers{IncludeAllTenants: true, IncludeRecipeIDs: []string{"emailpassword"}}, 3},
		"another recipe": {core.CountUsers{TenantID: first, IncludeRecipeIDs: []string{"thirdparty", "webauthn"}}, 0},
	} {
		if got := ok(t, app.User.Count, tt.in).Count; got != tt.want {
			t.Errorf("%s: %d users, want %d", name, got, tt.want)
		}
	}
	bad(t, app.User.Count, core.CountUsers{IncludeRecipeIDs: []string{"nonsense"}}, "Unknown recipe ID: nonsense")
}

func (s suite) countActive(t *testing.T) {
	session := s.signUpActive(t)
	if got := ok(t, s.User.CountActive, core.CountActiveUsers{}).Count; got != 1 {
		t.Errorf("%d active users, want 1", got)
	}
	s.advance(48 * time.Hour)
	since := core.CountActiveUsers{Since: session.AccessToken.CreatedTime + 24*3600*1000}
	if got := ok(t, s.User.CountActive, since).Count; got != 0 {
		t.Errorf("%d users were active since, want 0", got)
	}
	ok(t, s.Session.Refresh, core.RefreshSession{RefreshToken: session.RefreshToken.Token})
	if got := ok(t, s.User.CountActive, since).Count; got != 1 {
		t.Errorf("%d users were active since, want the one who refreshed", got)
	}
	bad(t, s.User.CountActive, core.CountActiveUsers{Since: -1}, "'since' query parameter must be >= 0")
}

func (s suite) signUpActive(t *testing.T) core.SessionTokens {
	t.Helper()
	user, _ := s.signUp(t, "")
	return start(t, s.Core, "", user.ID)
}

func (s suite) byAccountInfo(t *testing.T) {
	tenant := s.newTenant(t)
	user, email := s.signUp(t, tenant)
	google := core.UsersByAccountInfo{TenantID: tenant, Email: " " + strings.ToUpper(email), ThirdPartyID: "google", ThirdPartyUserID: "1"}
	union := google
	union.DoUnionOfAccountInfo = true
	for name, tt := range map[string]struct {
		in   core.UsersByAccountInfo
		want []string
	}{
		"email":        {core.UsersByAccountInfo{TenantID: tenant, Email: email}, []string{user.ID}},
		"union":        {union, []string{user.ID}},
		"intersection": {google, nil},
		"phone":        {core.UsersByAccountInfo{TenantID: tenant, PhoneNumber: "+15551234567"}, nil},
		"other tenant": {core.UsersByAccountInfo{Email: email}, nil},
		"nothing":      {core.UsersByAccountInfo{TenantID: tenant}, nil},
	} {
		users := ok(t, s.User.ByAccountInfo, tt.in).Users
		var got []string
		for _, user := range users {
			got = append(got, user.ID)
		}
		if users == nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: %#v, want %q", name, users, tt.want)
		}
	}
	bad(t, s.User.ByAccountInfo, core.UsersByAccountInfo{ThirdPartyID: "google"},
		"If 'thirdPartyId' is provided, 'thirdPartyUserId' must also be provided, and vice versa")
}
