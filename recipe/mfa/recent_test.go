package mfa_test

import (
	"testing"
	"time"

	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/recipe/mfa"
)

// TestLinkingWantsARecentFactor: no login is added to an account by a session that
// was left open; to sign in by one that the user has makes it recent again.
func TestLinkingWantsARecentFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, mfa.Config{})
	b := w.Browser()
	b.SignUp(email, password)
	w.Clock.Advance(40 * 24 * time.Hour)
	b.RefreshSession().Want(200)
	linking := func(email string) map[string]any {
		body := authtest.Fields("email", email, "password", password)
		body["shouldTryLinkingWithSessionUser"] = true
		return body
	}
	b.Post("/auth/signup", linking("evil@example.com")).Want(403).Has(`"id":"auth_time"`)
	b.Post("/auth/signin", linking(email)).OK()
	b.Post("/auth/signup", linking("lovelace@example.com")).OK()
}

// TestInferredFactorsAreOld: a factor of which nobody knows when it was completed
// is not recent, and a refresh makes none younger.
func TestInferredFactorsAreOld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, mfa.Config{})
	b := w.Browser()
	b.SignUp(email, password)
	handle, _ := b.Payload()["sessionHandle"].(string)
	for name, gone := range map[string]core.Object{
		"the claim":                 {"st-mfa": []byte("null")},
		"the claim and when it was": {"st-mfa": []byte("null"), "auth_time": []byte("null")},
	} {
		if ok, err := w.Sessions.MergeHandle(ctx(t), handle, gone); !ok || err != nil {
			t.Fatal(err)
		}
		w.Clock.Advance(10 * time.Minute)
		b.RefreshSession().Want(200)
		b.Get("/me").Want(200)
		info, _, err := w.Sessions.DemandHandle(ctx(t), handle, w.mfa.CompletedSince(5*time.Minute))
		w.must(err)
		if len(info) == 0 {
			t.Errorf("without %s a factor is recent", name)
		}
	}
}
