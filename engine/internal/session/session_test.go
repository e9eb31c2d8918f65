package session_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/roomtest"
	"github.com/posternauth/postern/engine/internal/session"
	"github.com/posternauth/postern/internal/testdb"
)

func refresh(t *testing.T, c *core.Core, token core.Secret) core.SessionTokens {
	t.Helper()
	return roomtest.OK(t, c.Session.Refresh, core.RefreshSession{RefreshToken: token})
}

// TestRestoredBackup: when the database has forgotten rotations, nobody is
// called a thief for it. Who is one rotation ahead goes on like the bearer of a
// successor that was handed out and never used, and so does who kept the token
// that the database knows; who is further ahead is refused.
func TestRestoredBackup(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		e := roomtest.Open(t, uri)
		app := e.App("")
		first := roomtest.Start(t, app, "u").RefreshToken.Token
		second := refresh(t, app, first).RefreshToken.Token
		var hash, rotated string
		_, err := e.DB().Reader.One(t.Context(), `SELECT refresh_hash, rotated_at FROM sessions WHERE app_id = $1`, db.Args{core.Public}, &hash, &rotated)
		if err != nil {
			t.Fatal(err)
		}
		third := refresh(t, app, second).RefreshToken.Token
		fourth := refresh(t, app, third).RefreshToken.Token
		restore := func() {
			e.Exec(t, `UPDATE sessions SET refresh_hash = $1, rotated_at = $2, generation = 1`, hash, rotated)
		}

		restore()
		roomtest.Fails[*core.Unauthorised](t, app.Session.Refresh, core.RefreshSession{RefreshToken: fourth})
		if got := refresh(t, app, second).RefreshToken.Token; got != third {
			t.Error("the same token has another successor than before")
		}
		refresh(t, app, third)

		restore()
		if got := refresh(t, app, third).RefreshToken.Token; got != fourth {
			t.Error("who is one rotation ahead does not go on")
		}
		refresh(t, app, fourth)
	})
}

// TestFarBehind: within the grace window a tab may lag a few rotations behind,
// but not more than are remembered.
func TestFarBehind(t *testing.T) {
	t.Parallel()
	for _, rotations := range []int{session.MaxRotations, session.MaxRotations + 1} {
		t.Run(fmt.Sprint(rotations), func(t *testing.T) {
			t.Parallel()
			app := roomtest.Open(t, testdb.SQLite(t), roomtest.WithClock(roomtest.NewClock())).App("")
			first := roomtest.Start(t, app, "u").RefreshToken.Token
			last := first
			for range rotations {
				last = refresh(t, app, last).RefreshToken.Token
			}
			if rotations > session.MaxRotations {
				roomtest.Fails[*core.TokenTheft](t, app.Session.Refresh, core.RefreshSession{RefreshToken: first})
				return
			}
			if got := refresh(t, app, first).RefreshToken.Token; got != last {
				t.Error("who lags behind does not get the current token")
			}
		})
	}
}

// TestGraceOfEachRotation: the window of a token begins when that token was
// replaced, and not with the last rotation.
func TestGraceOfEachRotation(t *testing.T) {
	t.Parallel()
	c := roomtest.NewClock()
	app := roomtest.Open(t, testdb.SQLite(t), roomtest.WithClock(c)).App("")
	first := roomtest.Start(t, app, "u").RefreshToken.Token
	second := refresh(t, app, first).RefreshToken.Token
	c.Advance(20 * time.Second)
	third := refresh(t, app, second).RefreshToken.Token
	c.Advance(11 * time.Second)
	if got := refresh(t, app, second).RefreshToken.Token; got != third {
		t.Error("the token before the last is refused within its window")
	}
	roomtest.Fails[*core.TokenTheft](t, app.Session.Refresh, core.RefreshSession{RefreshToken: first})
	roomtest.Fails[*core.Unauthorised](t, app.Session.Refresh, core.RefreshSession{RefreshToken: third})
}

// TestAntiCSRFSwitchedOn: while a setting changes from instance to instance,
// those who ask with and without it are one session still.
func TestAntiCSRFSwitchedOn(t *testing.T) {
	t.Parallel()
	app := roomtest.Open(t, testdb.SQLite(t)).App("")
	first := roomtest.Start(t, app, "u").RefreshToken.Token
	with := roomtest.OK(t, app.Session.Refresh, core.RefreshSession{RefreshToken: first, EnableAntiCSRF: true})
	without := refresh(t, app, first)
	if with.AntiCSRFToken == "" || without.RefreshToken.Token != with.RefreshToken.Token || without.AntiCSRFToken != with.AntiCSRFToken {
		t.Errorf("got %+v and %+v, want the same tokens", with, without)
	}
	in := core.RefreshSession{RefreshToken: with.RefreshToken.Token, EnableAntiCSRF: true}
	roomtest.Fails[*core.Unauthorised](t, app.Session.Refresh, in)
	in.AntiCSRFToken = with.AntiCSRFToken
	roomtest.OK(t, app.Session.Refresh, in)
}

// TestRemovedUserIsOut: no token of a deleted user is good for another one.
func TestRemovedUserIsOut(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, uri string) {
		app := roomtest.Open(t, uri).App("")
		user := roomtest.SignUp(t, app, "a@example.com")
		session := roomtest.Start(t, app, user.ID)
		roomtest.OK(t, app.User.Remove, core.RemoveUser{UserID: user.ID})
		roomtest.Fails[*core.Unauthorised](t, app.Session.Refresh, core.RefreshSession{RefreshToken: session.RefreshToken.Token})
		roomtest.Fails[*core.Unauthorised](t, app.Session.Regenerate, core.RegenerateToken{AccessToken: session.AccessToken.Token})
		roomtest.Fails[*core.Unauthorised](t, app.Session.Verify, core.VerifySession{AccessToken: session.AccessToken.Token, CheckDatabase: true})
		if again := roomtest.SignUp(t, app, "a@example.com"); again.ID == user.ID {
			t.Error("an id was given out twice")
		}
	})
}
