package session_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/roomtest"
	"github.com/posternauth/postern/internal/testdb"
)

// deferred refreshes as a client of CDI 5.4 does.
func deferred(t *testing.T, c *core.Core, token core.Secret) core.SessionTokens {
	t.Helper()
	return roomtest.OK(t, c.Session.Refresh, core.RefreshSession{RefreshToken: token, DeferRotation: true})
}

// generation is how often the token of the only session was replaced.
func generation(t *testing.T, e *roomtest.Engine) (n int64) {
	t.Helper()
	if _, err := e.DB().Reader.One(t.Context(), `SELECT generation FROM sessions WHERE app_id = $1`, db.Args{core.Public}, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestDeferredRotationRace lets many use the successor for the first time at
// once, some by its access token and some by itself: it is one rotation.
func TestDeferredRotationRace(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		e := roomtest.Open(t, uri)
		app := e.App("")
		next := deferred(t, app, roomtest.Start(t, app, "u").RefreshToken.Token)
		if n := generation(t, e); n != 0 {
			t.Fatalf("%d rotations before the first use", n)
		}
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				if i%2 == 0 {
					roomtest.OK(t, app.Session.Verify, core.VerifySession{AccessToken: next.AccessToken.Token})
				} else {
					deferred(t, app, next.RefreshToken.Token)
				}
			})
		}
		all.Wait()
		if n := generation(t, e); n != 1 {
			t.Errorf("%d rotations, want one", n)
		}
	})
}

// TestDeferredAntiCSRF: while anti-CSRF tokens are switched on from instance to
// instance, a successor has two forms, and both are the same session.
func TestDeferredAntiCSRF(t *testing.T) {
	t.Parallel()
	app := roomtest.Open(t, testdb.SQLite(t)).App("")
	first := roomtest.Start(t, app, "u").RefreshToken.Token
	without := deferred(t, app, first)
	with := roomtest.OK(t, app.Session.Refresh, core.RefreshSession{RefreshToken: first, DeferRotation: true, EnableAntiCSRF: true})
	roomtest.OK(t, app.Session.Verify, core.VerifySession{AccessToken: with.AccessToken.Token})
	deferred(t, app, without.RefreshToken.Token)
	roomtest.Fails[*core.Unauthorised](t, app.Session.Refresh, core.RefreshSession{RefreshToken: with.RefreshToken.Token, EnableAntiCSRF: true})
	roomtest.OK(t, app.Session.Refresh, core.RefreshSession{
		RefreshToken: with.RefreshToken.Token, EnableAntiCSRF: true, AntiCSRFToken: with.AntiCSRFToken,
	})
}

// browser is a browser whose tabs share what they were last told, in whatever
// order it arrives.
type browser struct {
	app             *core.Core
	defers          func() bool // whether the next backend speaks CDI 5.4
	refresh, access core.Secret
	spent           []core.Secret // refresh tokens that it had before
}

// use makes an API call, mostly, and refreshes the session with tabs that act
// at once: the answers come in any order, and one in ten never.
func (b *browser) use(t *testing.T, tabs int) {
	t.Helper()
	if rand.N(3) > 0 {
		out, err := b.app.Session.Verify(t.Context(), core.VerifySession{AccessToken: b.access})
		if err != nil {
			t.Fatalf("a false log-out by a call: %v", err)
		}
		if out.AccessToken != (core.Token{}) {
			b.access = out.AccessToken.Token
		}
	}
	var answers []core.SessionTokens
	for heard := false; !heard; { // whoever hears nothing asks again
		for range tabs {
			answer, err := b.app.Session.Refresh(t.Context(), core.RefreshSession{RefreshToken: b.refresh, DeferRotation: b.defers()})
			if err != nil {
				t.Fatalf("a false log-out by a refresh: %v", err)
			}
			if rand.N(10) > 0 {
				heard = true
				answers = append(answers, answer)
			}
		}
	}
	b.spent = append(b.spent, b.refresh)
	for _, i := range rand.Perm(len(answers)) {
		b.refresh, b.access = answers[i].RefreshToken.Token, answers[i].AccessToken.Token
	}
}

// TestChaoticClients has browsers with several tabs on backends of old and new
// versions, whose answers are lost and reordered: none is logged out. Then
// thieves replay what the browsers had half a minute ago, and lose all.
func TestChaoticClients(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		c := roomtest.NewClock()
		app := roomtest.Open(t, uri, roomtest.WithClock(c)).App("")
		kinds := []func() bool{
			func() bool { return true }, func() bool { return false }, func() bool { return rand.N(2) == 0 },
		}
		browsers := make([]*browser, 60)
		for i := range browsers {
			session := roomtest.Start(t, app, "u")
			browsers[i] = &browser{app: app, defers: kinds[i%len(kinds)], refresh: session.RefreshToken.Token, access: session.AccessToken.Token}
		}
		for range 8 {
			for i, b := range browsers {
				b.use(t, 1+i%5)
			}
			c.Advance(time.Duration(rand.N(50)) * time.Minute)
		}
		for _, b := range browsers { // each shows the token that it was given last
			b.use(t, 1)
		}
		c.Advance(31 * time.Second)
		for _, b := range browsers {
			stolen := b.spent[len(b.spent)-2]
			roomtest.Fails[*core.TokenTheft](t, app.Session.Refresh, core.RefreshSession{RefreshToken: stolen, DeferRotation: b.defers()})
			roomtest.Fails[*core.Unauthorised](t, app.Session.Refresh, core.RefreshSession{RefreshToken: b.refresh, DeferRotation: b.defers()})
		}
	})
}
