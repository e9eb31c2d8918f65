package signin_test

import (
	"testing"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/recipe/signin"
)

// TestSignUpAllowed is the table of FDI §4.0.8, row by row.
func TestSignUpAllowed(t *testing.T) {
	t.Parallel()
	const email = "ada@example.com"
	none := func(*world) *session.Session { return nil }
	for _, row := range []struct {
		name     string
		policy   signin.Answer
		before   func(w *world) *session.Session // who is there, and who asks
		verified bool
		want     bool
	}{
		{"no user", withProof, none, false, true},
		{"no primary: the policy says no", no,
			func(w *world) *session.Session { w.password(email); return nil }, false, true},
		{"no primary: no proof wanted", withoutProof,
			func(w *world) *session.Session { w.password(email); return nil }, false, true},
		{"no primary: every other user has proved it", withProof,
			func(w *world) *session.Session { w.proved(email); w.provider(email, true); return nil }, false, true},
		{"no primary: all but the session's user have proved it", withProof,
			func(w *world) *session.Session { w.provider(email, true); return w.session(w.password(email)) }, false, true},
		{"no primary: somebody has not proved it", withProof,
			func(w *world) *session.Session { w.proved(email); w.provider(email, false); return nil }, false, false},
		{"no primary: somebody has not proved it, by who proves it", withProof,
			func(w *world) *session.Session { w.proved(email); w.provider(email, false); return nil }, true, true},
		{"no primary: a password without proof, by who has not proved it either", withProof,
			func(w *world) *session.Session { w.password(email); return nil }, false, false},
		{"no primary: a password without proof, by who proves it", withProof,
			func(w *world) *session.Session { w.password(email); return nil }, true, true},
		{"one primary: the policy says no", no,
			func(w *world) *session.Session { w.primary(w.proved(email)); return nil }, false, true},
		{"one primary: no proof wanted", withoutProof,
			func(w *world) *session.Session { w.primary(w.proved(email)); return nil }, false, true},
		{"one primary: not proved", withProof,
			func(w *world) *session.Session { w.primary(w.proved(email)); return nil }, false, false},
		{"one primary: it is the session's", withProof,
			func(w *world) *session.Session { return w.session(w.primary(w.password(email))) }, true, true},
		{"one primary: both have proved it", withProof,
			func(w *world) *session.Session { w.primary(w.proved(email)); return nil }, true, true},
		{"one primary: it has not proved it, by who proves it", withProof,
			func(w *world) *session.Session { w.primary(w.password(email)); return nil }, true, true},
		{"one primary: it has not proved it, by who has not either", withProof,
			func(w *world) *session.Session { w.primary(w.password(email)); return nil }, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, row.policy)
			s := row.before(w)
			got, err := w.flow.SignUpAllowed(w.ctx(), signin.Entry{
				TenantID: core.Public, Account: signin.Account{RecipeID: "passwordless", Email: email}, Verified: row.verified, Session: s,
			})
			w.must(err)
			if got != row.want {
				t.Errorf("allowed is %v, want %v", got, row.want)
			}
		})
	}
}

// TestSignInAllowed is the part of FDI §4.0.8 that only sign-ins have.
func TestSignInAllowed(t *testing.T) {
	t.Parallel()
	const email = "ada@example.com"
	for _, row := range []struct {
		name   string
		policy signin.Answer
		user   func(w *world) core.User
		proves bool
		want   bool
	}{
		{"a primary user", withProof, func(w *world) core.User { return w.primary(w.password(email)) }, false, true},
		{"a proved login method", withProof, func(w *world) core.User {
			w.primary(w.provider(email, true))
			return w.proved(email)
		}, false, true},
		{"a sign-in that proves it", withProof, func(w *world) core.User {
			w.primary(w.provider(email, true))
			return w.password(email)
		}, true, true},
		{"the only user", withProof, func(w *world) core.User { return w.password(email) }, false, true},
		{"beside a primary user", withProof, func(w *world) core.User {
			w.primary(w.provider(email, true))
			return w.password(email)
		}, false, false},
		{"beside a primary user, and nothing is linked", no, func(w *world) core.User {
			w.primary(w.provider(email, true))
			return w.password(email)
		}, false, true},
		{"beside a user who has proved it", withProof, func(w *world) core.User {
			w.provider(email, true)
			return w.password(email)
		}, false, true},
		{"beside a user who has not", withProof, func(w *world) core.User {
			w.provider(email, false)
			return w.password(email)
		}, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, row.policy)
			u := row.user(w)
			got, err := w.flow.SignInAllowed(w.ctx(), signin.Entry{
				TenantID: core.Public, Account: signin.AccountOf(u.LoginMethods[0]), User: &u, Verified: u.LoginMethods[0].Verified,
			}, row.proves)
			w.must(err)
			if got != row.want {
				t.Errorf("allowed is %v, want %v", got, row.want)
			}
		})
	}
}
