package signin_test

import (
	"strings"
	"testing"

	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/recipe/signin"
)

// TestSessionLinking is FDI §4.0.1 to §4.0.5: what becomes of somebody who is
// signed in and signs up by another login method.
func TestSessionLinking(t *testing.T) {
	t.Parallel()
	const first, second = "ada@example.com", "second@example.com"
	const replaced, kept = "another user's session", "the same session"
	for _, row := range []struct {
		name   string
		policy signin.Answer
		link   any // shouldTryLinkingWithSessionUser
		fdi    string
		before func(w *world, b *authtest.Browser) // somebody signs in
		code   int
		want   string // a status, or what becomes of the session
	}{
		{"false: the session is ignored", withoutProof, false, "3.1", signedUp, 200, replaced},
		{"not said: as false", withoutProof, nil, "3.1", signedUp, 200, replaced},
		{"true, nobody signed in", withoutProof, true, "3.1", func(*world, *authtest.Browser) {}, 401, ""},
		{"an older client, nobody signed in", withoutProof, nil, "3.0", func(*world, *authtest.Browser) {}, 200, replaced},
		{"an older client, the policy says no", no, nil, "3.0", signedUp, 200, replaced},
		{"an older client, the policy says yes", withoutProof, nil, "3.0", signedUp, 200, kept},
		{"true, the policy says no", no, true, "3.1", signedUp, 400, ""},
		{"true, no proof wanted", withoutProof, true, "3.1", signedUp, 200, kept},
		{"true, the session's address is not proved", withProof, true, "3.1", signedUp, 403, ""},
		{"true, the new address is not proved", withProof, true, "3.1", func(w *world, b *authtest.Browser) {
			signedUp(w, b)
			prove(w, first)
		}, 200, "SIGN_UP_NOT_ALLOWED ERR_CODE_013"},
		{"true, the new address belongs to another primary user", withoutProof, true, "3.1", func(w *world, b *authtest.Browser) {
			signedUp(w, b)
			w.primary(w.provider(second, true))
		}, 200, "SIGN_UP_NOT_ALLOWED ERR_CODE_015"},
		{"true, the session's address belongs to another primary user", withoutProof, true, "3.1", func(w *world, b *authtest.Browser) {
			signedUp(w, b)
			// The sign-up has made it primary: take that back.
			id := w.user(first).ID
			_, err := w.Core.AccountLinking.Unlink(w.ctx(), core.PrimaryCheck{RecipeUserID: id})
			w.must(err)
			w.primary(w.provider(first, true))
		}, 200, "SIGN_UP_NOT_ALLOWED ERR_CODE_016"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, row.policy)
			b := w.Browser()
			row.before(w, b)
			before := handle(b)
			body := authtest.Fields("email", second, "password", password)
			if row.link != nil {
				body["shouldTryLinkingWithSessionUser"] = row.link
			}
			b.Headers.Set("fdi-version", row.fdi)
			answer := b.Post("/auth/signup", body).Want(row.code)
			if row.code != 200 {
				return
			}
			if row.want != replaced && row.want != kept {
				status, code, _ := strings.Cut(row.want, " ")
				answer.Status(status).Has(code)
				return
			}
			answer.OK()
			if same := handle(b) == before; same != (row.want == kept) {
				t.Errorf("the client has the same session: %v, want %s", same, row.want)
			}
			if linked := len(w.user(second).LoginMethods) > 1; linked != (row.want == kept) {
				t.Errorf("the users are linked: %v, want %s", linked, row.want)
			}
		})
	}
}

func signedUp(_ *world, b *authtest.Browser) { b.SignUp("ada@example.com", password) }

func prove(w *world, email string) {
	w.t.Helper()
	w.must(w.Verification.ProveAddress(w.ctx(), core.Public, w.user(email).ID, email))
}

// user is the only user with an address who has a password.
func (w *world) user(email string) core.User {
	w.t.Helper()
	out, err := w.Core.User.ByAccountInfo(w.ctx(), core.UsersByAccountInfo{Email: email})
	w.must(err)
	for _, u := range out.Users {
		for _, m := range u.LoginMethods {
			if m.RecipeID == signin.EmailPassword && m.Email == email {
				return u
			}
		}
	}
	w.t.Fatalf("nobody has a password and %s", email)
	return core.User{}
}

// handle is that of the browser's session, or nothing.
func handle(b *authtest.Browser) string {
	if !b.SignedIn() {
		return ""
	}
	h, _ := b.Payload()["sessionHandle"].(string)
	return h
}
