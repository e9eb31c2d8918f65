package enginetest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// atOnce calls f n times at the same moment and counts the outcomes. Who is
// told to try again does so when the others are done.
func atOnce(t *testing.T, n int, f func(i int) error) map[op.Status]int {
	t.Helper()
	var start, done sync.WaitGroup
	errs := make([]error, n)
	start.Add(1)
	for i := range n {
		done.Go(func() {
			start.Wait()
			errs[i] = f(i)
		})
	}
	began := time.Now()
	start.Done()
	done.Wait()
	took, again, outcomes := time.Since(began), 0, map[op.Status]int{}
	for i, err := range errs {
		if outcomeOf(err) == "503" {
			again++
			err = f(i)
		}
		outcome := outcomeOf(err)
		if outcome == "503" || outcome == "error" {
			outcome = op.Status(err.Error())
		}
		outcomes[outcome]++
	}
	t.Logf("%d at once in %v, %d tried again", n, took.Round(time.Millisecond), again)
	return outcomes
}

// exactlyOne fails unless one of n was OK and the others had the outcome other.
func exactlyOne(t *testing.T, got map[op.Status]int, n int, other op.Status) {
	t.Helper()
	if got["OK"] != 1 || got[other] != n-1 {
		t.Errorf("outcomes %v, want one OK and %d %s", got, n-1, other)
	}
}

// either returns the core that call i uses: half of them use another instance.
func (s suite) either(i int) *core.Core {
	if i%2 == 1 {
		return s.second(core.Public)
	}
	return s.Core
}

func (s suite) raceSignUp(t *testing.T) {
	const n = 500
	email := newEmail()
	spellings := []string{email, strings.ToUpper(email), " " + email, email + "\t", strings.ToUpper(email[:6]) + email[6:]}
	cores := []*core.Core{s.Core, s.second(core.Public)}
	got := atOnce(t, n, func(i int) error {
		_, err := cores[i%2].EmailPassword.SignUp(t.Context(), core.SignUp{Email: spellings[i%len(spellings)], Password: password})
		return err
	})
	exactlyOne(t, got, n, core.EmailAlreadyExists)
	if users := ok(t, s.User.ByAccountInfo, core.UsersByAccountInfo{Email: email}).Users; len(users) != 1 {
		t.Errorf("%d users have the address", len(users))
	}
}

// raceRefresh: a thousand tabs refresh the same token, and are one session
// with one successor.
func (s suite) raceRefresh(t *testing.T) {
	const n = 1000
	session := start(t, s.Core, "", newID("user"))
	cores := []*core.Core{s.Core, s.second(core.Public)}
	var mu sync.Mutex
	successors := map[core.Secret]int{}
	got := atOnce(t, n, func(i int) error {
		out, err := cores[i%2].Session.Refresh(t.Context(), core.RefreshSession{RefreshToken: session.RefreshToken.Token})
		if err == nil {
			mu.Lock()
			defer mu.Unlock()
			successors[out.RefreshToken.Token]++
		}
		return err
	})
	if got["OK"] != n || len(successors) != 1 {
		t.Fatalf("outcomes %v with %d distinct successors, want %d OK with one", got, len(successors), n)
	}
	for successor := range successors {
		next := ok(t, s.Session.Refresh, core.RefreshSession{RefreshToken: successor})
		ok(t, s.Session.Verify, core.VerifySession{AccessToken: next.AccessToken.Token, CheckDatabase: true})
	}
}

// raceTokens: what can be used once is used once, whichever instance is asked.
func (s suite) raceTokens(t *testing.T) {
	const n = 50
	user, email := s.signUp(t, "")
	reset := ok(t, s.EmailPassword.CreateResetToken, core.CreateResetToken{UserID: user.ID, Email: email}).Token
	exactlyOne(t, atOnce(t, n, func(i int) error {
		_, err := s.either(i).EmailPassword.ConsumeResetToken(t.Context(), core.ConsumeToken{Token: reset})
		return err
	}), n, core.InvalidResetToken)

	reset = ok(t, s.EmailPassword.CreateResetToken, core.CreateResetToken{UserID: user.ID, Email: email}).Token
	exactlyOne(t, atOnce(t, n, func(i int) error {
		in := core.ResetPassword{Method: "token", Token: reset, NewPassword: core.Secret(fmt.Sprintf("number %d", i))}
		_, err := s.either(i).EmailPassword.ResetPassword(t.Context(), in)
		return err
	}), n, core.InvalidResetToken)

	create := core.CreateVerificationToken{UserID: newID("user"), Email: email}
	link := ok(t, s.EmailVerification.CreateToken, create).Token
	exactlyOne(t, atOnce(t, n, func(i int) error {
		_, err := s.either(i).EmailVerification.Verify(t.Context(), core.VerifyEmail{Method: "token", Token: link})
		return err
	}), n, core.InvalidVerificationToken)

	create.UserID = newID("user")
	code := ok(t, s.EmailVerification.CreateToken, create).Code
	exactlyOne(t, atOnce(t, n, func(i int) error {
		_, err := s.either(i).EmailVerification.VerifyCode(t.Context(), s.codeOf(create, code))
		return err
	}), n, core.InvalidVerificationToken)
}

// raceWrongCodes: tries are counted exactly, however many come at once.
func (s suite) raceWrongCodes(t *testing.T) {
	const n = 50
	create := core.CreateVerificationToken{UserID: newID("user"), Email: newEmail()}
	made := ok(t, s.EmailVerification.CreateToken, create)
	got := atOnce(t, n, func(i int) error {
		_, err := s.either(i).EmailVerification.VerifyCode(t.Context(), s.codeOf(create, otherThan(made.Code)))
		return err
	})
	if got[core.InvalidVerificationToken] != n {
		t.Errorf("outcomes %v, want %d refusals", got, n)
	}
	fails(t, s.EmailVerification.VerifyCode, s.codeOf(create, made.Code), core.InvalidVerificationToken)
}

// raceKeys: instances that start together make one key of each kind.
func (s suite) raceKeys(t *testing.T) {
	id, app := s.newApp(t)
	cores := []*core.Core{app, s.second(id)}
	got := atOnce(t, 20, func(i int) error {
		in := core.CreateSession{UserID: "u", UseDynamicSigningKey: op.Some(i%4 < 2)}
		_, err := cores[i%2].Session.Create(t.Context(), in)
		return err
	})
	if keys := ok(t, app.JWT.Keys, struct{}{}).Keys; got["OK"] != 20 || len(keys) != 2 {
		t.Errorf("outcomes %v, and %d keys, want two", got, len(keys))
	}
}

// raceLimit: two instances count together, and exactly.
func (s suite) raceLimit(t *testing.T) {
	const n, burst = 50, 10
	in := budget(burst)
	got := atOnce(t, n, func(i int) error {
		_, err := s.either(i).Limit.Take(t.Context(), in)
		return err
	})
	if got["OK"] != burst || got["LIMIT_REACHED_ERROR"] != n-burst {
		t.Errorf("outcomes %v, want %d OK and the others refused", got, burst)
	}
}

// raceAllOrNone: of many who share a budget, those who do not get the last of it
// keep what they have of their own.
func (s suite) raceAllOrNone(t *testing.T) {
	const n, burst = 50, 10
	shared := budget(burst + 1)
	ok(t, s.Limit.Take, shared)
	own, refused := make([]core.TakeLimits, n), make([]bool, n)
	got := atOnce(t, n, func(i int) error {
		own[i] = budget(1)
		_, err := s.either(i).Limit.Take(t.Context(), core.TakeLimits{Budgets: append(own[i].Budgets, shared.Budgets...)})
		refused[i] = outcomeOf(err) == "LIMIT_REACHED_ERROR"
		return err
	})
	if got["OK"] != burst || got["LIMIT_REACHED_ERROR"] != n-burst {
		t.Errorf("outcomes %v, want %d OK and the others refused", got, burst)
	}
	for i, in := range own {
		if _, err := s.Limit.Take(t.Context(), in); (err == nil) != refused[i] {
			t.Errorf("%d was refused: %v; then it takes its own: %v", i, refused[i], err)
		}
	}
}

// raceMetadata: updates of different keys lose none.
func (s suite) raceMetadata(t *testing.T) {
	const n = 50
	user := newID("user")
	got := atOnce(t, n, func(i int) error {
		in := core.UpdateMetadata{UserID: user, MetadataUpdate: object(fmt.Sprintf(`{"key%d":%d}`, i, i))}
		_, err := s.either(i).Metadata.Update(t.Context(), in)
		return err
	})
	if left := len(ok(t, s.Metadata.Read, core.ReadMetadata{UserID: user}).Metadata); got["OK"] != n || left != n {
		t.Errorf("outcomes %v, and %d keys are left of %d", got, left, n)
	}
}

// raceCreation: a tenant, a role and a user's role are new for one caller.
func (s suite) raceCreation(t *testing.T) {
	const n = 20
	user, tenant, role, given := newID("user"), newID("tenant"), newID("role"), newID("role")
	ok(t, s.Role.CreateOrAdd, core.RolePermissions{Role: given})
	for name, create := range map[string]func(*core.Core) (isNew bool, err error){
		"tenant": func(c *core.Core) (bool, error) {
			out, err := c.Tenant.CreateOrUpdate(t.Context(), core.TenantSettings{TenantID: tenant})
			return out.CreatedNew, err
		},
		"role": func(c *core.Core) (bool, error) {
			out, err := c.Role.CreateOrAdd(t.Context(), core.RolePermissions{Role: role, Permissions: []string{"read"}})
			return out.CreatedNewRole, err
		},
		"role of a user": func(c *core.Core) (bool, error) {
			out, err := c.Role.AddToUser(t.Context(), core.UserRole{UserID: user, Role: given})
			return !out.DidUserAlreadyHaveRole, err
		},
	} {
		var mu sync.Mutex
		created := 0
		got := atOnce(t, n, func(i int) error {
			isNew, err := create(s.either(i))
			mu.Lock()
			defer mu.Unlock()
			if isNew && err == nil {
				created++
			}
			return err
		})
		if got["OK"] != n || created != 1 {
			t.Errorf("%s: outcomes %v, new for %d callers, want one", name, got, created)
		}
	}
}
