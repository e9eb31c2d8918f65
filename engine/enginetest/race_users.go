package enginetest

import (
	"sync"
	"testing"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// raceThirdParty: one login is one user, however often it comes at once.
func (s suite) raceThirdParty(t *testing.T) {
	const n = 200
	in := google("")
	in.Email.IsVerified = true
	var mu sync.Mutex
	created, ids := 0, map[string]bool{}
	got := atOnce(t, n, func(i int) error {
		out, err := s.either(i).ThirdParty.SignInUp(t.Context(), in)
		mu.Lock()
		defer mu.Unlock()
		if err == nil {
			ids[out.User.ID] = true
		}
		if out.CreatedNewUser {
			created++
		}
		return err
	})
	if got["OK"] != n || created != 1 || len(ids) != 1 {
		t.Errorf("outcomes %v, %d new users of %d", got, created, len(ids))
	}
}

// raceCodes: a code and a link sign in once.
func (s suite) raceCodes(t *testing.T) {
	const n = 50
	for name, use := range map[string]func(core.CreatedCode) core.ConsumeCode{"code": byCode, "link": byLink} {
		email := newEmail()
		in := use(ok(t, s.Passwordless.CreateCode, core.CreateCode{Email: email}))
		got := atOnce(t, n, func(i int) error {
			_, err := s.either(i).Passwordless.ConsumeCode(t.Context(), in)
			return err
		})
		t.Log(name)
		exactlyOne(t, got, n, core.RestartFlow)
		if users := ok(t, s.User.ByAccountInfo, core.UsersByAccountInfo{Email: email}).Users; len(users) != 1 {
			t.Errorf("%d users have the address", len(users))
		}
	}
}

// raceTries: wrong codes at once are as many as wrong codes after each other.
func (s suite) raceTries(t *testing.T) {
	const n = 50
	code := ok(t, s.Passwordless.CreateCode, core.CreateCode{Email: newEmail()})
	wrong := byCode(code)
	wrong.UserInputCode = otherThan(code.UserInputCode)
	got := atOnce(t, n, func(i int) error {
		if i%4 < 2 {
			_, err := s.either(i).Passwordless.ConsumeCode(t.Context(), wrong)
			return err
		}
		_, err := s.either(i).Passwordless.CheckCode(t.Context(), wrong)
		return err
	})
	if got[core.IncorrectUserInputCode] != 4 || got[core.RestartFlow] != n-4 {
		t.Errorf("outcomes %v, want 4 wrong codes and then no device", got)
	}
	fails(t, s.Passwordless.ConsumeCode, byCode(code), core.RestartFlow)
}

// raceAddresses: two devices of an address sign in at once; it is one user.
func (s suite) raceAddresses(t *testing.T) {
	email := newEmail()
	var links []core.ConsumeCode
	for range 6 {
		links = append(links, byLink(ok(t, s.Passwordless.CreateCode, core.CreateCode{Email: email})))
	}
	got := atOnce(t, len(links), func(i int) error {
		_, err := s.either(i).Passwordless.ConsumeCode(t.Context(), links[i])
		return err
	})
	if got["OK"] == 0 || got["OK"]+got[core.RestartFlow] != len(links) {
		t.Errorf("outcomes %v", got)
	}
	if users := ok(t, s.User.ByAccountInfo, core.UsersByAccountInfo{Email: email}).Users; len(users) != 1 {
		t.Errorf("%d users have the address", len(users))
	}
}

// primaries returns the primary users of a tenant who have an email.
func (s suite) primaries(t *testing.T, tenant, email string) (ids []string) {
	t.Helper()
	for _, u := range ok(t, s.User.ByAccountInfo, core.UsersByAccountInfo{TenantID: tenant, Email: email}).Users {
		if u.IsPrimaryUser {
			ids = append(ids, u.ID)
		}
	}
	return ids
}

// racePrimary: of many who have one address one becomes a primary user.
func (s suite) racePrimary(t *testing.T) {
	const n = 20
	in := google("")
	ids := make([]string, n)
	for i := range ids {
		in.ThirdPartyUserID = newID("g")
		ids[i] = ok(t, s.ThirdParty.SignInUp, in).User.ID
	}
	got := atOnce(t, n, func(i int) error {
		_, err := s.either(i).AccountLinking.MakePrimary(t.Context(), core.PrimaryCheck{RecipeUserID: ids[i]})
		return err
	})
	exactlyOne(t, got, n, core.AccountInfoTaken)
	if got := s.primaries(t, "", in.Email.ID); len(got) != 1 {
		t.Errorf("%d primary users have the address", len(got))
	}
}

// raceLink: a login is linked to one of those who want it.
func (s suite) raceLink(t *testing.T) {
	const n = 10
	second := ok(t, s.ThirdParty.SignInUp, google("")).User
	ids := make([]string, n)
	for i := range ids {
		user, _ := s.signUp(t, "")
		ids[i] = user.ID
		s.makePrimary(t, user.ID)
	}
	got := atOnce(t, n, func(i int) error {
		_, err := s.either(i).AccountLinking.Link(t.Context(), core.LinkAccounts{RecipeUserID: second.ID, PrimaryUserID: ids[i]})
		return err
	})
	exactlyOne(t, got, n, core.AlreadyLinkedToOther)
	if got := ok(t, s.User.ByID, core.UserByID{UserID: second.ID}).User; len(got.LoginMethods) != 2 {
		t.Errorf("the user is %+v", got)
	}
}

// raceEmail: while one person is linked to an address, another takes it as its
// own and a third comes into the tenant with it. One of them has it.
func (s suite) raceEmail(t *testing.T) {
	for round := range 8 {
		tenant := s.newTenant(t)
		in := google(tenant)
		want := in.Email.ID
		login := ok(t, s.ThirdParty.SignInUp, in).User
		linking, _ := s.signUp(t, tenant)
		changing, _ := s.signUp(t, tenant)
		coming := ok(t, s.EmailPassword.SignUp, core.SignUp{Email: want, Password: password}).User
		for _, id := range []string{linking.ID, changing.ID, coming.ID} {
			s.makePrimary(t, id)
		}
		outcomes := make([]op.Status, 3)
		atOnce(t, 3, func(i int) (err error) {
			c := s.either(i + round)
			switch i {
			case 0:
				_, err = c.AccountLinking.Link(t.Context(), core.LinkAccounts{RecipeUserID: login.ID, PrimaryUserID: linking.ID})
			case 1:
				_, err = c.EmailPassword.Update(t.Context(), core.UpdateEmailPassword{RecipeUserID: changing.ID, Email: want})
			case 2:
				_, err = c.Tenant.AddUser(t.Context(), core.TenantUser{TenantID: tenant, RecipeUserID: coming.ID})
			}
			outcomes[i] = outcomeOf(err)
			return err
		})
		oks := 0
		for _, outcome := range outcomes {
			if outcome == "OK" {
				oks++
			}
		}
		if got := s.primaries(t, tenant, want); len(got) != 1 || oks != 1 {
			t.Errorf("outcomes %q, and the primary users %q have the address", outcomes, got)
		}
	}
}

// raceGroup: much happens to one person at once, and it stays one person.
func (s suite) raceGroup(t *testing.T) {
	const n = 12
	primary, _ := s.signUp(t, "")
	s.makePrimary(t, primary.ID)
	ids := make([]string, n)
	for i := range ids {
		ids[i] = ok(t, s.ThirdParty.SignInUp, google("")).User.ID
	}
	got := atOnce(t, n, func(i int) error {
		_, err := s.either(i).AccountLinking.Link(t.Context(), core.LinkAccounts{RecipeUserID: ids[i], PrimaryUserID: primary.ID})
		return err
	})
	user := ok(t, s.User.ByID, core.UserByID{UserID: primary.ID}).User
	if got["OK"] != n || len(user.LoginMethods) != n+1 {
		t.Fatalf("outcomes %v, and %d login methods", got, len(user.LoginMethods))
	}
	got = atOnce(t, n, func(i int) error {
		if i%2 == 0 {
			_, err := s.either(i/2).AccountLinking.Unlink(t.Context(), core.PrimaryCheck{RecipeUserID: ids[i]})
			return err
		}
		in := core.RemoveUser{UserID: ids[i], RemoveAllLinkedAccounts: op.Some(false)}
		_, err := s.either(i/2).User.Remove(t.Context(), in)
		return err
	})
	user = ok(t, s.User.ByID, core.UserByID{UserID: primary.ID}).User
	if got["OK"] != n || len(user.LoginMethods) != 1 {
		t.Errorf("outcomes %v, and %d login methods are left", got, len(user.LoginMethods))
	}
	for i := 0; i < n; i += 2 {
		s.makePrimary(t, ids[i])
	}
}

// raceMapping: an id of the application belongs to one user, and a user has
// one.
func (s suite) raceMapping(t *testing.T) {
	const n, exists = 20, "USER_ID_MAPPING_ALREADY_EXISTS_ERROR"
	external := newID("external")
	ids := make([]string, n)
	for i := range ids {
		user, _ := s.signUp(t, "")
		ids[i] = user.ID
	}
	exactlyOne(t, atOnce(t, n, func(i int) error {
		in := core.CreateUserIDMapping{SuperTokensUserID: ids[i], ExternalUserID: external}
		_, err := s.either(i).UserIDMapping.Create(t.Context(), in)
		return err
	}), n, exists)
	user, _ := s.signUp(t, "")
	exactlyOne(t, atOnce(t, n, func(i int) error {
		in := core.CreateUserIDMapping{SuperTokensUserID: user.ID, ExternalUserID: newID("external")}
		_, err := s.either(i).UserIDMapping.Create(t.Context(), in)
		return err
	}), n, exists)
}
