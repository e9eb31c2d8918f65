package signin_test

import (
	"errors"
	"testing"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/recipe/signin"
)

// TestLinkByAddress is FDI §4.0.7, branch by branch.
func TestLinkByAddress(t *testing.T) {
	t.Parallel()
	const email = "ada@example.com"
	const alone, primary, linked = "alone", "primary", "linked"
	for _, row := range []struct {
		name   string
		policy signin.Answer
		before func(w *world) // who is there
		user   func(w *world) core.User
		want   string
	}{
		{"already primary", withProof, nil, func(w *world) core.User { return w.primary(w.password(email)) }, primary},
		{"nobody else, proved", withProof, nil, func(w *world) core.User { return w.proved(email) }, primary},
		{"nobody else, not proved", withProof, nil, func(w *world) core.User { return w.password(email) }, alone},
		{"nobody else, no proof wanted", withoutProof, nil, func(w *world) core.User { return w.password(email) }, primary},
		{"nobody else, the policy says no", no, nil, func(w *world) core.User { return w.proved(email) }, alone},
		{"a primary user, both proved", withProof,
			func(w *world) { w.primary(w.provider(email, true)) }, func(w *world) core.User { return w.proved(email) }, linked},
		{"a primary user, the policy says no", no,
			func(w *world) { w.primary(w.provider(email, true)) }, func(w *world) core.User { return w.proved(email) }, alone},
		{"a primary user who has not proved it", withProof,
			func(w *world) { w.primary(w.provider(email, false)) }, func(w *world) core.User { return w.proved(email) }, primary},
		{"a primary user, the user has not proved it", withProof,
			func(w *world) { w.primary(w.provider(email, true)) }, func(w *world) core.User { return w.password(email) }, alone},
		{"a primary user, nobody proved it, no proof wanted", withoutProof,
			func(w *world) { w.primary(w.provider(email, false)) }, func(w *world) core.User { return w.password(email) }, alone},
		{"an older user, both proved", withProof,
			func(w *world) { w.provider(email, true) }, func(w *world) core.User { return w.proved(email) }, linked},
		{"an older user who has proved it, the user has not", withProof,
			func(w *world) { w.provider(email, true) }, func(w *world) core.User { return w.password(email) }, alone},
		{"an older user who has not proved it", withProof,
			func(w *world) { w.provider(email, false) }, func(w *world) core.User { return w.proved(email) }, primary},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, row.policy)
			if row.before != nil {
				row.before(w)
			}
			u := row.user(w)
			got, err := w.flow.LinkByAddress(w.ctx(), core.Public, u, nil)
			w.must(err)
			is := alone
			switch {
			case len(got.LoginMethods) > 1:
				is = linked
			case got.IsPrimaryUser:
				is = primary
			}
			if is != row.want {
				t.Errorf("the user is %s, want %s", is, row.want)
			}
			if stored := w.load(u.ID); stored.IsPrimaryUser != got.IsPrimaryUser || len(stored.LoginMethods) != len(got.LoginMethods) {
				t.Errorf("LinkByAddress returns %+v, the core has %+v", got, stored)
			}
		})
	}
}

// TestLinkByAddressMakesTheOlderUserPrimary is the branch in which the user
// itself stays alone.
func TestLinkByAddressMakesTheOlderUserPrimary(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withProof)
	older := w.provider("ada@example.com", true)
	_, err := w.flow.LinkByAddress(w.ctx(), core.Public, w.password("ada@example.com"), nil)
	w.must(err)
	if !w.load(older.ID).IsPrimaryUser {
		t.Error("the older user, who has proved the address, is not primary")
	}
}

// TestDisarm signs up with somebody's address before that person does.
func TestDisarm(t *testing.T) {
	t.Parallel()
	const email = "victim@example.com"
	w := newWorld(t, withProof)
	intruder := w.Browser()
	intruderID := intruder.SignUp(email, password)
	victim := w.provider(email, true)
	victim, err := w.flow.LinkByAddress(w.ctx(), core.Public, victim, nil)
	w.must(err)
	if _, has := victim.LoginMethod(intruderID); has || !victim.IsPrimaryUser {
		t.Errorf("the victim is %+v", victim)
	}
	intruder.RefreshSession().Want(401)
	_, err = w.EmailPassword.VerifyCredentials(w.ctx(), core.Public, email, password)
	if !errors.Is(err, core.WrongCredentials) {
		t.Errorf("the intruder's password: %v", err)
	}
}

// TestDisarmNobodyElse keeps the password where the policy would not link, and
// where the address is not proved.
func TestDisarmNobodyElse(t *testing.T) {
	t.Parallel()
	const email = "ada@example.com"
	for _, row := range []struct {
		name     string
		policy   func(signin.Question) signin.Answer
		verified bool
	}{
		{"not proved", func(signin.Question) signin.Answer { return withProof }, false},
		{"the policy links no passwords", func(q signin.Question) signin.Answer {
			if q.New.RecipeID == signin.EmailPassword {
				return no
			}
			return withProof
		}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorldBy(t, row.policy)
			w.password(email)
			_, err := w.flow.LinkByAddress(w.ctx(), core.Public, w.provider(email, row.verified), nil)
			w.must(err)
			_, err = w.EmailPassword.VerifyCredentials(w.ctx(), core.Public, email, password)
			w.must(err)
		})
	}
}

// TestMayChangeEmail is FDI §4.0.9, row by row.
func TestMayChangeEmail(t *testing.T) {
	t.Parallel()
	const email, other = "ada@example.com", "new@example.com"
	for _, row := range []struct {
		name     string
		policy   signin.Answer
		before   func(w *world)
		user     func(w *world) core.User
		email    string
		verified bool
		want     error
	}{
		{"primary: another primary has it", no, func(w *world) { w.primary(w.provider(other, true)) }, nil, other, true, signin.PrimaryUserConflict},
		{"primary: proved", withProof, func(w *world) { w.provider(other, true) }, nil, other, true, nil},
		{"primary: no others", withProof, nil, nil, other, false, nil},
		{"primary: a login method has proved it", withProof, func(w *world) { w.password(other) },
			func(w *world) core.User {
				return w.link(w.provider(other, true), w.primary(w.proved(email)))
			}, other, false, nil},
		{"primary: others, the policy says no", no, func(w *world) { w.provider(other, true) }, nil, other, false, nil},
		{"primary: others, no proof wanted", withoutProof, func(w *world) { w.provider(other, true) }, nil, other, false, nil},
		{"primary: others", withProof, func(w *world) { w.provider(other, true) }, nil, other, false, signin.AccountTakeoverRisk},
		{"not primary: proved", withProof, func(w *world) { w.primary(w.provider(other, true)) },
			func(w *world) core.User { return w.password(email) }, other, true, nil},
		{"not primary: the same", withProof, func(w *world) { w.primary(w.provider(email, true)) },
			func(w *world) core.User { return w.password(email) }, email, false, nil},
		{"not primary: no primary has it", withProof, func(w *world) { w.provider(other, true) },
			func(w *world) core.User { return w.password(email) }, other, false, nil},
		{"not primary: a primary has it, the policy says no", no, func(w *world) { w.primary(w.provider(other, true)) },
			func(w *world) core.User { return w.password(email) }, other, false, nil},
		{"not primary: a primary has it, no proof wanted", withoutProof, func(w *world) { w.primary(w.provider(other, true)) },
			func(w *world) core.User { return w.password(email) }, other, false, nil},
		{"not primary: a primary has it", withProof, func(w *world) { w.primary(w.provider(other, true)) },
			func(w *world) core.User { return w.password(email) }, other, false, signin.AccountTakeoverRisk},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, row.policy)
			if row.before != nil {
				row.before(w)
			}
			if row.user == nil {
				row.user = func(w *world) core.User { return w.primary(w.proved(email)) }
			}
			u := row.user(w)
			err := w.flow.MayChangeEmail(w.ctx(), signin.EmailChange{
				User: u, RecipeUserID: u.ID, Email: row.email, Verified: row.verified,
			})
			if !errors.Is(err, row.want) || (err == nil) != (row.want == nil) {
				t.Errorf("got %v, want %v", err, row.want)
			}
		})
	}
}
