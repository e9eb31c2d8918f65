package enginetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/posternauth/postern/core"
)

func (s suite) changePayload(t *testing.T) {
	session := ok(t, s.Session.Create, core.CreateSession{UserID: newID("user"), UserDataInJWT: object(`{"a":1,"b":{"c":1},"d":4}`)})
	in := core.ChangePayload{
		SessionHandle: session.Session.Handle, AccessToken: session.AccessToken.Token,
		Set: object(`{"a":[1.50],"n":null,"e":"new"}`), Remove: []string{"d", "never there"},
	}
	got := ok(t, s.Session.ChangePayload, in)
	want := object(`{"a":[1.50],"b":{"c":1},"e":"new"}`)
	sameJSON(t, "payload", got.Session.UserDataInJWT, want)
	if got.AccessToken.Expiry != session.AccessToken.Expiry {
		t.Errorf("it expires at %d, want %d as before", got.AccessToken.Expiry, session.AccessToken.Expiry)
	}
	if _, body := claims(t, s.Core, got.AccessToken.Token); claim(body, "e") != "new" || body["d"] != nil {
		t.Errorf("the new token says %s", body)
	}
	stored := ok(t, s.Session.ByHandle, core.SessionByHandle{SessionHandle: in.SessionHandle})
	sameJSON(t, "stored payload", stored.UserDataInJWT, want)

	in.AccessToken, in.Set, in.Remove = "", object(`{"b":null}`), nil
	if got = ok(t, s.Session.ChangePayload, in); got.AccessToken != (core.Token{}) {
		t.Errorf("a token %+v for who has sent none", got.AccessToken)
	}
	sameJSON(t, "payload", got.Session.UserDataInJWT, object(`{"a":[1.50],"e":"new"}`))

	in.Set = object(`{"sub":"x"}`)
	bad(t, s.Session.ChangePayload, in, "The user payload contains protected field")
	in.Set = object(`{"large":"` + strings.Repeat("x", 11<<10) + `"}`)
	bad(t, s.Session.ChangePayload, in, "userDataInJWT is too large: at most 10240 bytes of JSON fit into an access token")
	other := start(t, s.Core, "", newID("user"))
	in = core.ChangePayload{SessionHandle: session.Session.Handle, AccessToken: other.AccessToken.Token}
	bad(t, s.Session.ChangePayload, in, "The accessToken is not one of the session with this sessionHandle")
	fails(t, s.Session.ChangePayload, core.ChangePayload{SessionHandle: newID("no")}, "UNAUTHORISED")
	in.AccessToken = "nonsense"
	fails(t, s.Session.ChangePayload, in, "UNAUTHORISED")
	ok(t, s.Session.Revoke, core.RevokeSessions{SessionHandles: []string{in.SessionHandle}})
	in.AccessToken = session.AccessToken.Token
	fails(t, s.Session.ChangePayload, in, "UNAUTHORISED")
}

// changeByOldToken: what was taken away stays away, whatever an older token
// says.
func (s suite) changeByOldToken(t *testing.T) {
	session := ok(t, s.Session.Create, core.CreateSession{UserID: newID("user"), UserDataInJWT: object(`{"role":"admin"}`)})
	handle := session.Session.Handle
	ok(t, s.Session.ChangePayload, core.ChangePayload{SessionHandle: handle, Remove: []string{"role"}})
	got := ok(t, s.Session.ChangePayload, core.ChangePayload{
		SessionHandle: handle, AccessToken: session.AccessToken.Token, Set: object(`{"seen":1}`),
	})
	sameJSON(t, "payload", got.Session.UserDataInJWT, object(`{"seen":1}`))
	if _, body := claims(t, s.Core, got.AccessToken.Token); body["role"] != nil {
		t.Errorf("the new token says %s", body)
	}
}

// racePayload: of many changes at once, those of different keys all stay.
func (s suite) racePayload(t *testing.T) {
	const n = 50
	session := ok(t, s.Session.Create, core.CreateSession{UserID: newID("user"), UserDataInJWT: object(`{"old":1}`)})
	handle := session.Session.Handle
	got := atOnce(t, n, func(i int) error {
		in := core.ChangePayload{SessionHandle: handle, Set: object(fmt.Sprintf(`{"k%d":%d}`, i, i))}
		if i%5 == 0 {
			in.AccessToken, in.Remove = session.AccessToken.Token, []string{"old"}
		}
		_, err := s.either(i).Session.ChangePayload(t.Context(), in)
		return err
	})
	if got["OK"] != n {
		t.Fatalf("outcomes %v, want %d times OK", got, n)
	}
	stored := ok(t, s.Session.ByHandle, core.SessionByHandle{SessionHandle: handle}).UserDataInJWT
	if len(stored) != n || stored["old"] != nil {
		t.Errorf("%d keys are stored, want %d", len(stored), n)
	}
}
