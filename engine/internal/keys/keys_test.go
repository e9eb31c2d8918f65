package keys_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/engine/internal/roomtest"
	"github.com/posternauth/postern/internal/testdb"
	"github.com/posternauth/postern/op"
)

func published(t *testing.T, e *roomtest.Engine) (kids []string) {
	t.Helper()
	for _, k := range roomtest.OK(t, e.App("").JWT.Keys, struct{}{}).Keys {
		kids = append(kids, k.KeyID)
	}
	return kids
}

// TestKeyRotation takes two instances through ten slots: each slot has one
// key, which everybody can read before it signs, and no live token is refused.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		c := roomtest.NewClock()
		c.AtBegin(time.Hour) // where a slot begins
		hourly := func(cfg *engine.Config) {
			cfg.SigningKeyInterval, cfg.KeyOverlap, cfg.AccessTokenValidity = time.Hour, 10*time.Minute, 30*time.Minute
		}
		engines := []*roomtest.Engine{roomtest.Open(t, uri, roomtest.WithClock(c), hourly), roomtest.Open(t, uri, roomtest.WithClock(c), hourly)}
		var known []string // what a verifier has read that asks every 10 minutes
		var live []core.Secret
		seen := map[string]bool{}
		for minute := range 10 * 60 {
			if minute%10 == 0 {
				known = published(t, engines[minute/10%2])
				for _, kid := range known {
					seen[kid] = true
				}
			}
			if minute%5 == 0 {
				token := roomtest.Start(t, engines[minute/5%2].App(""), "u").AccessToken.Token
				if !slices.Contains(known, roomtest.KeyID(t, token)) && minute > 0 {
					t.Fatalf("minute %d: %s signs and is not in %q", minute, roomtest.KeyID(t, token), known)
				}
				live = append(live, token)
				live = live[max(0, len(live)-5):] // they live 30 minutes
			}
			for _, token := range live {
				roomtest.OK(t, engines[minute%2].App("").Session.Verify, core.VerifySession{AccessToken: token})
			}
			c.Advance(time.Minute)
		}
		// While keys are read in the background nobody waits for the next one.
		for began := time.Now(); len(seen) < 11 && time.Since(began) < 10*time.Second; {
			for _, kid := range published(t, engines[0]) {
				seen[kid] = true
			}
		}
		if len(seen) != 11 {
			t.Errorf("%d keys were made for ten slots and the next, want 11", len(seen))
		}
		if n := engines[0].Count(t, "signing_keys"); n > 4 {
			t.Errorf("%d keys are kept, dead ones among them", n)
		}
	})
}

// TestKeyRace lets many instances want the first keys at once.
func TestKeyRace(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		c := roomtest.NewClock()
		var wg sync.WaitGroup
		kids := make([]string, 8)
		for i := range kids {
			e := roomtest.Open(t, uri, roomtest.WithClock(c), func(cfg *engine.Config) { cfg.MaxConnections = 2 })
			wg.Go(func() {
				dynamic := roomtest.Start(t, e.App(""), "u").AccessToken.Token
				static := roomtest.OK(t, e.App("").Session.Create, core.CreateSession{UserID: "u", UseDynamicSigningKey: op.Some(false)}).AccessToken.Token
				kids[i] = roomtest.KeyID(t, dynamic) + roomtest.KeyID(t, static)
			})
		}
		wg.Wait()
		if slices.Sort(kids); kids[0] != kids[len(kids)-1] {
			t.Errorf("several keys signed: %q", kids)
		}
		if n := roomtest.Open(t, uri).Count(t, "signing_keys"); n != 2 {
			t.Errorf("%d keys, want one of each kind", n)
		}
	})
}

// TestDeletedKey: a key that an operator deletes verifies for a minute at most.
func TestDeletedKey(t *testing.T) {
	t.Parallel()
	c := roomtest.NewClock()
	e := roomtest.Open(t, testdb.SQLite(t), roomtest.WithClock(c))
	app := e.App("")
	token := roomtest.Start(t, app, "u").AccessToken.Token
	e.Exec(t, `DELETE FROM signing_keys WHERE app_id = 'public'`)
	c.Advance(61 * time.Second)
	refused := func() bool {
		_, err := app.Session.Verify(t.Context(), core.VerifySession{AccessToken: token})
		return errors.As(err, new(*core.TryRefreshToken))
	}
	for began := time.Now(); !refused(); { // the first call has the keys read again, and does not wait for it
		if time.Since(began) > 10*time.Second {
			t.Fatal("a token of a deleted key is accepted")
		}
	}
}
