package enginetest

import (
	"sync"
	"testing"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// deferred refreshes a session and leaves the token in its place.
func deferred(t *testing.T, c *core.Core, token core.Secret) core.SessionTokens {
	t.Helper()
	return ok(t, c.Session.Refresh, core.RefreshSession{RefreshToken: token, DeferRotation: true})
}

// refreshed refreshes a session as everybody does.
func refreshed(t *testing.T, c *core.Core, token core.Secret) core.SessionTokens {
	t.Helper()
	return ok(t, c.Session.Refresh, core.RefreshSession{RefreshToken: token})
}

// parentOf returns the claim of an access token that names the token which is
// replaced when this one is used.
func (s suite) parentOf(t *testing.T, tokens core.SessionTokens) string {
	t.Helper()
	_, body := claims(t, s.Core, tokens.AccessToken.Token)
	return claim(body, core.ClaimParentHash)
}

// deferRotation: until somebody uses the successor, all get the same one, and
// the presented token stays good.
func (s suite) deferRotation(t *testing.T) {
	session := start(t, s.Core, "", newID("user"))
	first := session.RefreshToken.Token
	_, body := claims(t, s.Core, session.AccessToken.Token)
	next := deferred(t, s.Core, first)
	if got := s.parentOf(t, next); got != claim(body, core.ClaimRefreshHash) {
		t.Errorf("the access token names the parent %s, want %s", got, claim(body, core.ClaimRefreshHash))
	}
	if again := deferred(t, s.Core, first); again.RefreshToken.Token != next.RefreshToken.Token || next.RefreshToken.Token == first {
		t.Error("the same token has two successors, or itself")
	}
	verified := ok(t, s.Session.Verify, core.VerifySession{AccessToken: session.AccessToken.Token})
	if verified.AccessToken != (core.Token{}) {
		t.Error("the access token from before the refresh is replaced")
	}

	verified = ok(t, s.Session.Verify, core.VerifySession{AccessToken: next.AccessToken.Token})
	if verified.Session.Handle != session.Session.Handle {
		t.Errorf("verified %+v, want the session %s", verified.Session, session.Session.Handle)
	}
	if _, body := claims(t, s.Core, verified.AccessToken.Token); claim(body, core.ClaimParentHash) != "null" {
		t.Errorf("once it is used the access token still names the parent %s", body[core.ClaimParentHash])
	}
	again := ok(t, s.Session.Verify, core.VerifySession{AccessToken: next.AccessToken.Token})
	if again.AccessToken == (core.Token{}) {
		t.Error("who comes second with the same access token gets none without a parent")
	}
	if late := deferred(t, s.Core, first); late.RefreshToken.Token != next.RefreshToken.Token || s.parentOf(t, late) != "null" {
		t.Error("after its rotation the first token does not lead to the current one")
	}
}

// deferByRefresh: a refresh with the successor is its first use, too.
func (s suite) deferByRefresh(t *testing.T) {
	first := start(t, s.Core, "", newID("user")).RefreshToken.Token
	second := deferred(t, s.Core, first).RefreshToken.Token
	third := deferred(t, s.Core, second)
	if got := deferred(t, s.Core, first); got.RefreshToken.Token != second || s.parentOf(t, got) != "null" {
		t.Error("the first token does not lead to the second, which is current")
	}
	if got := deferred(t, s.Core, second); got.RefreshToken.Token != third.RefreshToken.Token || s.parentOf(t, got) != s.parentOf(t, third) {
		t.Error("the second token has another successor than before")
	}
}

// deferMixed: backends of both kinds drive one session in turns.
func (s suite) deferMixed(t *testing.T) {
	session := start(t, s.Core, "", newID("user"))
	second := deferred(t, s.Core, session.RefreshToken.Token)
	third := refreshed(t, s.Core, second.RefreshToken.Token) // uses the second, and replaces it
	if got := s.parentOf(t, third); got != "null" {
		t.Errorf("a refresh that rotates at once names the parent %s", got)
	}
	if got := deferred(t, s.Core, second.RefreshToken.Token); got.RefreshToken.Token != third.RefreshToken.Token {
		t.Error("the second token does not lead to the third, which is current")
	}
	if got := ok(t, s.Session.Verify, core.VerifySession{AccessToken: second.AccessToken.Token}); got.AccessToken != (core.Token{}) {
		t.Error("the access token of a token that was replaced is renewed")
	}
	fourth := deferred(t, s.Core, third.RefreshToken.Token)
	if at := refreshed(t, s.Core, third.RefreshToken.Token); at.RefreshToken.Token != fourth.RefreshToken.Token {
		t.Error("a token has one successor for a refresh that defers and another for one that does not")
	}
	renewed := ok(t, s.Session.Verify, core.VerifySession{AccessToken: fourth.AccessToken.Token, CheckDatabase: true})
	if renewed.AccessToken == (core.Token{}) {
		t.Error("an access token that names a replaced parent is not renewed")
	}
	refreshed(t, s.Core, fourth.RefreshToken.Token)

	ok(t, s.Session.Revoke, core.RevokeSessions{SessionHandles: []string{session.Session.Handle}})
	fails(t, s.Session.Verify, core.VerifySession{AccessToken: fourth.AccessToken.Token}, "UNAUTHORISED")
	fails(t, s.Session.Refresh, core.RefreshSession{RefreshToken: fourth.RefreshToken.Token, DeferRotation: true}, "UNAUTHORISED")
}

// deferPayload: the first use brings the payload of the moment; a new payload
// alone is none.
func (s suite) deferPayload(t *testing.T) {
	session := start(t, s.Core, "", newID("user"))
	next := ok(t, s.Session.Refresh, core.RefreshSession{
		RefreshToken: session.RefreshToken.Token, DeferRotation: true, UseDynamicSigningKey: op.Some(false),
	})
	regenerated := ok(t, s.Session.Regenerate, core.RegenerateToken{
		AccessToken: next.AccessToken.Token, UserDataInJWT: op.Some(object(`{"plan":"gold"}`)),
	})
	header, body := claims(t, s.Core, regenerated.AccessToken.Token)
	if claim(body, core.ClaimParentHash) != s.parentOf(t, next) || claim(body, "plan") != "gold" || header.KeyID[:2] != "s-" {
		t.Errorf("regenerated with the key %s: %s", header.KeyID, body)
	}
	ok(t, s.Session.SetPayload, core.SetSessionPayload{SessionHandle: session.Session.Handle, UserDataInJWT: object(`{"plan":"free"}`)})
	used := ok(t, s.Session.Verify, core.VerifySession{AccessToken: regenerated.AccessToken.Token})
	sameJSON(t, "payload", used.Session.UserDataInJWT, object(`{"plan":"free"}`))
}

// deferTheft: a token whose rotation is deferred is good as long as its
// session; after the rotation it is as any other.
func (s suite) deferTheft(t *testing.T) {
	session := start(t, s.Core, "", newID("user"))
	first := session.RefreshToken.Token
	next := deferred(t, s.Core, first)
	s.advance(24 * time.Hour)
	later := deferred(t, s.Core, first)
	if later.RefreshToken.Token != next.RefreshToken.Token {
		t.Error("a day later the same token has another successor")
	}
	if later.RefreshToken.Expiry <= next.RefreshToken.Expiry {
		t.Error("a refresh does not prolong the session")
	}
	ok(t, s.Session.Verify, core.VerifySession{AccessToken: later.AccessToken.Token})
	s.advance(s.grace - time.Second)
	deferred(t, s.Core, first)
	s.advance(2 * time.Second)
	fails(t, s.Session.Refresh, core.RefreshSession{RefreshToken: first, DeferRotation: true}, "TOKEN_THEFT_DETECTED")
	fails(t, s.Session.Refresh, core.RefreshSession{RefreshToken: next.RefreshToken.Token, DeferRotation: true}, "UNAUTHORISED")
	fails(t, s.Session.ByHandle, core.SessionByHandle{SessionHandle: session.Session.Handle}, "UNAUTHORISED")
}

// raceDeferred: many refresh one token at once, as old and as new clients do.
// There is one successor, whose first use by many is one as well.
func (s suite) raceDeferred(t *testing.T) {
	for name, defers := range map[string]func(i int) bool{
		"all defer":   func(int) bool { return true },
		"some rotate": func(i int) bool { return i%10 > 0 },
	} {
		const n = 500
		session := start(t, s.Core, "", newID("user"))
		var mu sync.Mutex
		given := map[core.Secret]core.SessionTokens{}
		got := atOnce(t, n, func(i int) error {
			out, err := s.either(i).Session.Refresh(t.Context(), core.RefreshSession{RefreshToken: session.RefreshToken.Token, DeferRotation: defers(i)})
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				given[out.RefreshToken.Token] = out
			}
			return err
		})
		if got["OK"] != n || len(given) != 1 {
			t.Fatalf("%s: outcomes %v with %d distinct successors, want %d OK with one", name, got, len(given), n)
		}
		for _, next := range given {
			s.raceFirstUse(t, next)
		}
	}
}

// raceFirstUse uses a successor in all ways at once.
func (s suite) raceFirstUse(t *testing.T, next core.SessionTokens) {
	t.Helper()
	const n = 100
	got := atOnce(t, n, func(i int) error {
		c := s.either(i).Session
		if i%4 == 0 {
			_, err := c.Refresh(t.Context(), core.RefreshSession{RefreshToken: next.RefreshToken.Token, DeferRotation: true})
			return err
		}
		_, err := c.Verify(t.Context(), core.VerifySession{AccessToken: next.AccessToken.Token})
		return err
	})
	if got["OK"] != n {
		t.Errorf("outcomes %v of the first use, want %d OK", got, n)
	}
	last := refreshed(t, s.Core, next.RefreshToken.Token)
	ok(t, s.Session.Verify, core.VerifySession{AccessToken: last.AccessToken.Token, CheckDatabase: true})
}
