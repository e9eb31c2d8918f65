package enginetest

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// claims returns the header and the payload of a token that the keys of c
// verify.
func claims(t *testing.T, c *core.Core, token core.Secret) (jose.Header, core.Object) {
	t.Helper()
	signed, err := jose.ParseSignedCompact(string(token), []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	header := signed.Signatures[0].Header
	for _, key := range ok(t, c.JWT.Keys, struct{}{}).Keys {
		if key.KeyID != header.KeyID {
			continue
		}
		payload, err := signed.Verify(key)
		if err != nil {
			t.Fatal(err)
		}
		return header, object(string(payload))
	}
	t.Fatalf("the key %s of the token is not public", header.KeyID)
	return header, nil
}

// claim returns a claim without its quotes.
func claim(payload core.Object, name string) string {
	return strings.Trim(string(payload[name]), `"`)
}

func (s suite) createSession(t *testing.T) {
	tenant := s.newTenant(t)
	user, _ := s.signUp(t, tenant)
	payload := object(`{"iss":"https://a.example.com","plan":"gold","n":12345678901234567890}`)
	got := ok(t, s.Session.Create, core.CreateSession{
		TenantID: tenant, UserID: user.ID, UserDataInJWT: payload, UserDataInDatabase: object(`{"cart":[1,2]}`),
	})
	info := got.Session
	if info.UserID != user.ID || info.RecipeUserID != user.ID || info.TenantID != tenant || info.Handle == "" {
		t.Errorf("session %+v of user %s in %s", info, user.ID, tenant)
	}
	sameJSON(t, "payload", info.UserDataInJWT, payload)
	if got.AntiCSRFToken != "" {
		t.Error("an anti-CSRF token that nobody asked for")
	}
	if !strings.HasSuffix(info.Handle, "_"+tenant) {
		t.Errorf("the handle %s does not end with its tenant", info.Handle)
	}
	if a, r := got.AccessToken, got.RefreshToken; a.CreatedTime >= a.Expiry || a.Expiry >= r.Expiry || a.Expiry%1000 != 0 {
		t.Errorf("access token from %d to %d, refresh token to %d", a.CreatedTime, a.Expiry, r.Expiry)
	}
	header, body := claims(t, s.Core, got.AccessToken.Token)
	if !strings.HasPrefix(header.KeyID, "d-") || header.ExtraHeaders["version"] != "5" || header.ExtraHeaders["typ"] != "JWT" {
		t.Errorf("header %+v", header)
	}
	for name, want := range map[string]string{
		core.ClaimSubject: user.ID, core.ClaimRecipeUserID: user.ID, core.ClaimTenantID: tenant,
		core.ClaimSessionHandle: info.Handle, core.ClaimParentHash: "null", core.ClaimAntiCSRF: "null",
		"plan": "gold", "n": "12345678901234567890", "iss": "https://a.example.com",
	} {
		if claim(body, name) != want {
			t.Errorf("claim %s = %s, want %s", name, body[name], want)
		}
	}
	if len(claim(body, core.ClaimRefreshHash)) != 64 {
		t.Errorf("claim %s = %s", core.ClaimRefreshHash, body[core.ClaimRefreshHash])
	}
}

func (s suite) createSessionRefuses(t *testing.T) {
	noTenant(t, s.Session.Create, core.CreateSession{TenantID: newID("no"), UserID: "u"})
	for _, name := range []string{"sub", "iat", "exp", "sessionHandle", "refreshTokenHash1", "parentRefreshTokenHash1", "antiCsrfToken", "tId", "rsub"} {
		payload := core.Object{name: json.RawMessage(`"x"`)}
		bad(t, s.Session.Create, core.CreateSession{UserID: "u", UserDataInJWT: payload}, "The user payload contains protected field")
	}
}

func (s suite) staticKey(t *testing.T) {
	got := ok(t, s.Session.Create, core.CreateSession{UserID: newID("u"), UseDynamicSigningKey: op.Some(false)})
	refreshed := ok(t, s.Session.Refresh, core.RefreshSession{RefreshToken: got.RefreshToken.Token})
	for _, token := range []core.Token{got.AccessToken, refreshed.AccessToken} {
		if header, _ := claims(t, s.Core, token.Token); !strings.HasPrefix(header.KeyID, "s-") {
			t.Errorf("signed by %s, want a static key", header.KeyID)
		}
	}
}

func (s suite) verifySession(t *testing.T) {
	user := newID("user")
	session := ok(t, s.Session.Create, core.CreateSession{UserID: user, UserDataInJWT: object(`{"plan":"gold"}`)})
	for _, checkDatabase := range []bool{false, true} {
		got := ok(t, s.Session.Verify, core.VerifySession{AccessToken: session.AccessToken.Token, CheckDatabase: checkDatabase})
		if got.Session.Handle != session.Session.Handle || got.Session.UserID != user || got.Session.TenantID != core.Public {
			t.Errorf("verified %+v, want %+v", got.Session, session.Session)
		}
		sameJSON(t, "payload", got.Session.UserDataInJWT, object(`{"plan":"gold"}`))
	}
	ok(t, s.Session.Revoke, core.RevokeSessions{SessionHandles: []string{session.Session.Handle}})
	ok(t, s.Session.Verify, core.VerifySession{AccessToken: session.AccessToken.Token})
	fails(t, s.Session.Verify, core.VerifySession{AccessToken: session.AccessToken.Token, CheckDatabase: true}, "UNAUTHORISED")
}

// verifyRefuses: what is no access token of this app never is one.
func (s suite) verifyRefuses(t *testing.T) {
	session := start(t, s.Core, "", newID("user"))
	parts := strings.Split(string(session.AccessToken.Token), ".")
	other := strings.Split(string(start(t, s.Core, "", newID("user")).AccessToken.Token), ".")
	fails(t, s.Session.Verify, core.VerifySession{AccessToken: core.Secret(parts[0] + "." + other[1] + "." + parts[2])}, "TRY_REFRESH_TOKEN")
	jwt := ok(t, s.JWT.Create, core.CreateJWT{Payload: object(`{"sub":"x"}`), Algorithm: "RS256", JWKSDomain: "x", Validity: 100}).JWT
	for name, token := range map[string]core.Secret{
		"empty": "", "nonsense": "a.b.c", "no dots": "abc", "no signature": core.Secret(parts[0] + "." + parts[1] + "."),
		"another JWT": jwt, "refresh token": session.RefreshToken.Token, "huge": core.Secret(strings.Repeat("a.", 50_000)),
	} {
		_, err := s.Session.Verify(t.Context(), core.VerifySession{AccessToken: token})
		if got := outcomeOf(err); got != "TRY_REFRESH_TOKEN" && got != "UNAUTHORISED" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func (s suite) antiCSRF(t *testing.T) {
	session := ok(t, s.Session.Create, core.CreateSession{UserID: newID("user"), EnableAntiCSRF: true})
	if session.AntiCSRFToken == "" {
		t.Fatal("no anti-CSRF token")
	}
	in := core.VerifySession{AccessToken: session.AccessToken.Token, DoAntiCSRFCheck: true, EnableAntiCSRF: true}
	fails(t, s.Session.Verify, in, "TRY_REFRESH_TOKEN")
	in.AntiCSRFToken = "wrong"
	fails(t, s.Session.Verify, in, "TRY_REFRESH_TOKEN")
	in.AntiCSRFToken = session.AntiCSRFToken
	ok(t, s.Session.Verify, in)
	in.DoAntiCSRFCheck, in.AntiCSRFToken = false, ""
	ok(t, s.Session.Verify, in)

	refresh := core.RefreshSession{RefreshToken: session.RefreshToken.Token, EnableAntiCSRF: true, AntiCSRFToken: "wrong"}
	fails(t, s.Session.Refresh, refresh, "UNAUTHORISED")
	refresh.AntiCSRFToken = session.AntiCSRFToken
	if got := ok(t, s.Session.Refresh, refresh); got.AntiCSRFToken == "" {
		t.Error("no anti-CSRF token after the refresh")
	}
}

func (s suite) refreshSession(t *testing.T) {
	session := ok(t, s.Session.Create, core.CreateSession{UserID: newID("user"), UserDataInJWT: object(`{"a":1}`)})
	ok(t, s.Session.SetPayload, core.SetSessionPayload{SessionHandle: session.Session.Handle, UserDataInJWT: object(`{"b":2}`)})
	got := ok(t, s.Session.Refresh, core.RefreshSession{RefreshToken: session.RefreshToken.Token})
	if got.Session.Handle != session.Session.Handle || got.Session.UserID != session.Session.UserID {
		t.Errorf("refreshed %+v, want %+v", got.Session, session.Session)
	}
	sameJSON(t, "payload", got.Session.UserDataInJWT, object(`{"b":2}`))
	if got.RefreshToken.Token == session.RefreshToken.Token {
		t.Error("the refresh token is the old one")
	}
	ok(t, s.Session.Verify, core.VerifySession{AccessToken: got.AccessToken.Token, CheckDatabase: true})
	ok(t, s.Session.Verify, core.VerifySession{AccessToken: session.AccessToken.Token, CheckDatabase: true})
	for _, token := range []core.Secret{"", "nonsense", "a.b.V2", session.AccessToken.Token, got.RefreshToken.Token[1:]} {
		fails(t, s.Session.Refresh, core.RefreshSession{RefreshToken: token}, "UNAUTHORISED")
	}
	ok(t, s.Session.Revoke, core.RevokeSessions{SessionHandles: []string{session.Session.Handle}})
	fails(t, s.Session.Refresh, core.RefreshSession{RefreshToken: got.RefreshToken.Token}, "UNAUTHORISED")
}

// refreshAgain: within the window a lost answer costs nothing, and whatever
// token of the family comes, the answer is the one that is valid now.
func (s suite) refreshAgain(t *testing.T) {
	refresh := func(token core.Secret) core.Secret {
		return ok(t, s.Session.Refresh, core.RefreshSession{RefreshToken: token}).RefreshToken.Token
	}
	first := start(t, s.Core, "", newID("user")).RefreshToken.Token
	second := refresh(first)
	if again := refresh(first); again != second {
		t.Error("the same token has two successors")
	}
	third := refresh(second)
	if again := refresh(second); again != third {
		t.Error("the second token has two successors")
	}
	if tip := refresh(first); tip != third {
		t.Error("an ancestor within the window does not lead to the token that is valid now")
	}
	refresh(third)
}

func (s suite) refreshTheft(t *testing.T) {
	user := newID("user")
	session := start(t, s.Core, "", user)
	got := ok(t, s.Session.Refresh, core.RefreshSession{RefreshToken: session.RefreshToken.Token})
	s.advance(s.grace + time.Second)
	err := fails(t, s.Session.Refresh, core.RefreshSession{RefreshToken: session.RefreshToken.Token}, "TOKEN_THEFT_DETECTED")
	var theft *core.TokenTheft
	if !errors.As(err, &theft) || theft.Session != (core.StolenSession{Handle: session.Session.Handle, UserID: user, RecipeUserID: user}) {
		t.Errorf("theft %+v of session %s of %s", theft, session.Session.Handle, user)
	}
	fails(t, s.Session.ByHandle, core.SessionByHandle{SessionHandle: session.Session.Handle}, "UNAUTHORISED")
	fails(t, s.Session.Refresh, core.RefreshSession{RefreshToken: got.RefreshToken.Token}, "UNAUTHORISED")
	fails(t, s.Session.Verify, core.VerifySession{AccessToken: got.AccessToken.Token, CheckDatabase: true}, "UNAUTHORISED")
}

// refreshLate: the window belongs to a rotation, so a token that is still
// valid is never too old to refresh but by the end of the session.
func (s suite) refreshLate(t *testing.T) {
	session := start(t, s.Core, "", newID("user"))
	s.advance(24 * time.Hour)
	fails(t, s.Session.Verify, core.VerifySession{AccessToken: session.AccessToken.Token}, "TRY_REFRESH_TOKEN")
	got := ok(t, s.Session.Refresh, core.RefreshSession{RefreshToken: session.RefreshToken.Token})
	if got.RefreshToken.Expiry <= session.RefreshToken.Expiry {
		t.Error("a refresh does not prolong the session")
	}
	ok(t, s.Session.Verify, core.VerifySession{AccessToken: got.AccessToken.Token, CheckDatabase: true})
	s.advance(time.Duration(got.RefreshToken.Expiry-got.RefreshToken.CreatedTime)*time.Millisecond + time.Minute)
	fails(t, s.Session.Refresh, core.RefreshSession{RefreshToken: got.RefreshToken.Token}, "UNAUTHORISED")
	fails(t, s.Session.ByHandle, core.SessionByHandle{SessionHandle: session.Session.Handle}, "UNAUTHORISED")
	if handles := ok(t, s.Session.ListHandles, core.ListSessions{UserID: session.Session.UserID}).SessionHandles; len(handles) != 0 {
		t.Errorf("sessions %q have expired", handles)
	}
}

func (s suite) regenerate(t *testing.T) {
	session := ok(t, s.Session.Create, core.CreateSession{UserID: newID("user"), UserDataInJWT: object(`{"a":1}`)})
	in := core.RegenerateToken{AccessToken: session.AccessToken.Token, UserDataInJWT: op.Some(object(`{"b":2}`))}
	got := ok(t, s.Session.Regenerate, in)
	if got.AccessToken.Expiry != session.AccessToken.Expiry {
		t.Errorf("it expires at %d, want %d as before", got.AccessToken.Expiry, session.AccessToken.Expiry)
	}
	sameJSON(t, "payload", got.Session.UserDataInJWT, object(`{"b":2}`))
	in = core.RegenerateToken{AccessToken: got.AccessToken.Token}
	sameJSON(t, "stored payload", ok(t, s.Session.Regenerate, in).Session.UserDataInJWT, object(`{"b":2}`))
	_, body := claims(t, s.Core, got.AccessToken.Token)
	if claim(body, "b") != "2" || body["a"] != nil {
		t.Errorf("the new token says %s", body)
	}
	in.UserDataInJWT = op.Some(object(`{"sub":"x"}`))
	bad(t, s.Session.Regenerate, in, "The user payload contains protected field")

	parts, other := strings.Split(string(session.AccessToken.Token), "."), start(t, s.Core, "", newID("user"))
	forged := parts[0] + "." + parts[1] + "." + strings.Split(string(other.AccessToken.Token), ".")[2]
	for _, token := range []core.Secret{core.Secret(forged), "nonsense", ""} {
		fails(t, s.Session.Regenerate, core.RegenerateToken{AccessToken: token}, "UNAUTHORISED")
	}
	ok(t, s.Session.Revoke, core.RevokeSessions{SessionHandles: []string{session.Session.Handle}})
	fails(t, s.Session.Regenerate, core.RegenerateToken{AccessToken: session.AccessToken.Token}, "UNAUTHORISED")
}

func (s suite) regenerateExpired(t *testing.T) {
	session := start(t, s.Core, "", newID("user"))
	s.advance(25 * time.Hour)
	got := ok(t, s.Session.Regenerate, core.RegenerateToken{AccessToken: session.AccessToken.Token, UserDataInJWT: op.Some(object(`{"b":2}`))})
	if got.AccessToken != (core.Token{}) || got.Session.Handle != session.Session.Handle {
		t.Errorf("got %+v, want the session without a token", got)
	}
	refreshed := ok(t, s.Session.Refresh, core.RefreshSession{RefreshToken: session.RefreshToken.Token})
	sameJSON(t, "payload", refreshed.Session.UserDataInJWT, object(`{"b":2}`))
}

func (s suite) sessionData(t *testing.T) {
	user := newID("user")
	session := ok(t, s.Session.Create, core.CreateSession{UserID: user, UserDataInJWT: object(`{"a":1}`), UserDataInDatabase: object(`{"x":[1.50,{"y":null}]}`)})
	by := core.SessionByHandle{SessionHandle: session.Session.Handle}
	got := ok(t, s.Session.ByHandle, by)
	if got.SessionHandle != by.SessionHandle || got.UserID != user || got.RecipeUserID != user || got.TenantID != core.Public ||
		got.Expiry != session.RefreshToken.Expiry || got.TimeCreated <= 0 || got.TimeCreated >= got.Expiry {
		t.Errorf("got %+v", got)
	}
	sameJSON(t, "data", got.UserDataInDatabase, object(`{"x":[1.50,{"y":null}]}`))
	sameJSON(t, "payload", got.UserDataInJWT, object(`{"a":1}`))

	ok(t, s.Session.SetData, core.SetSessionData{SessionHandle: by.SessionHandle, UserDataInDatabase: object(`{"z":1}`)})
	ok(t, s.Session.SetPayload, core.SetSessionPayload{SessionHandle: by.SessionHandle, UserDataInJWT: object(`{"b":2}`)})
	got = ok(t, s.Session.ByHandle, by)
	sameJSON(t, "data", got.UserDataInDatabase, object(`{"z":1}`))
	sameJSON(t, "payload", got.UserDataInJWT, object(`{"b":2}`))
	bad(t, s.Session.SetPayload, core.SetSessionPayload{SessionHandle: by.SessionHandle, UserDataInJWT: object(`{"exp":2}`)}, "The user payload contains protected field")

	for _, handle := range []string{newID("no"), newID("no") + "_" + newID("tenant"), "", "_", "a_b_c"} {
		err := fails(t, s.Session.ByHandle, core.SessionByHandle{SessionHandle: handle}, "UNAUTHORISED")
		var gone *core.Unauthorised
		if !errors.As(err, &gone) || gone.Message != "Session does not exist." {
			t.Errorf("handle %q: %v", handle, err)
		}
		fails(t, s.Session.SetData, core.SetSessionData{SessionHandle: handle, UserDataInDatabase: core.Object{}}, "UNAUTHORISED")
		fails(t, s.Session.SetPayload, core.SetSessionPayload{SessionHandle: handle, UserDataInJWT: core.Object{}}, "UNAUTHORISED")
	}
}

func (s suite) revokeSessions(t *testing.T) {
	user, tenant := newID("user"), s.newTenant(t)
	here, there := start(t, s.Core, "", user).Session.Handle, start(t, s.Core, tenant, user).Session.Handle
	list := func(in core.ListSessions) []string {
		t.Helper()
		in.UserID = user
		return slices.Sorted(slices.Values(ok(t, s.Session.ListHandles, in).SessionHandles))
	}
	both := slices.Sorted(slices.Values([]string{here, there}))
	if got := list(core.ListSessions{}); !slices.Equal(got, both) {
		t.Errorf("sessions %q, want %q", got, both)
	}
	if got := list(core.ListSessions{TenantID: tenant, FetchAcrossAllTenants: op.Some(false)}); !slices.Equal(got, []string{there}) {
		t.Errorf("sessions of the tenant %q, want %s", got, there)
	}
	revoke := func(in core.RevokeSessions) []string {
		t.Helper()
		return ok(t, s.Session.Revoke, in).SessionHandlesRevoked
	}
	if got := revoke(core.RevokeSessions{TenantID: tenant, UserID: user, RevokeAcrossAllTenants: op.Some(false)}); !slices.Equal(got, []string{there}) {
		t.Errorf("revoked %q, want %s", got, there)
	}
	if got := revoke(core.RevokeSessions{SessionHandles: []string{there, here, newID("no"), "x_" + newID("no")}}); !slices.Equal(got, []string{here}) {
		t.Errorf("revoked %q, want %s", got, here)
	}
	if got := revoke(core.RevokeSessions{UserID: user}); got == nil || len(got) != 0 {
		t.Errorf("revoked %#v, want an empty list", got)
	}
	if got := list(core.ListSessions{}); got != nil {
		t.Errorf("sessions %q are left", got)
	}
	handles := []string{here}
	bad(t, s.Session.Revoke, core.RevokeSessions{}, "Invalid JSON input - use one of userId or sessionHandles array")
	bad(t, s.Session.Revoke, core.RevokeSessions{UserID: user, SessionHandles: handles}, "Invalid JSON input - use one of userId or sessionHandles array")
	bad(t, s.Session.Revoke, core.RevokeSessions{SessionHandles: handles, RevokeAcrossAllTenants: op.Some(true)},
		"Invalid JSON input - revokeAcrossAllTenants can only be set if userId is set")
	bad(t, s.Session.Revoke, core.RevokeSessions{SessionHandles: handles, RevokeSessionsForLinkedAccounts: op.Some(true)},
		"Invalid JSON input - revokeSessionsForLinkedAccounts can only be set if userId is set")
}
