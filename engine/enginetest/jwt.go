package enginetest

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

func (s suite) createJWT(t *testing.T) {
	in := core.CreateJWT{Payload: object(`{"a":{"b":[1.0]}}`), Algorithm: "rs256", JWKSDomain: "https://a.example.com", Validity: 100}
	header, body := claims(t, s.Core, ok(t, s.JWT.Create, in).JWT)
	if !strings.HasPrefix(header.KeyID, "s-") || header.ExtraHeaders[jose.HeaderType] != "JWT" {
		t.Errorf("header %+v, want a static key", header)
	}
	iat, _ := strconv.ParseInt(claim(body, "iat"), 10, 64)
	exp, _ := strconv.ParseInt(claim(body, "exp"), 10, 64)
	if iat < 1_500_000_000 || exp-iat != 100 || claim(body, "iss") != in.JWKSDomain || string(body["a"]) != `{"b":[1.0]}` {
		t.Errorf("claims %s", body)
	}
	in.Payload = object(`{"iss":"me","iat":1,"exp":2}`)
	in.UseStaticSigningKey = op.Some(false)
	header, body = claims(t, s.Core, ok(t, s.JWT.Create, in).JWT)
	if !strings.HasPrefix(header.KeyID, "d-") {
		t.Errorf("signed by %s, want a dynamic key", header.KeyID)
	}
	sameJSON(t, "claims", body, in.Payload)

	in.Validity = 0
	bad(t, s.JWT.Create, in, "validity must be greater than or equal to 0")
	in.Validity, in.Algorithm = 100, "HS256"
	fails(t, s.JWT.Create, in, core.UnsupportedAlgorithm)
	in.Algorithm = "none"
	fails(t, s.JWT.Create, in, core.UnsupportedAlgorithm)
}

func (s suite) keys(t *testing.T) {
	for _, dynamic := range []bool{true, false} {
		ok(t, s.Session.Create, core.CreateSession{UserID: newID("user"), UseDynamicSigningKey: op.Some(dynamic)})
	}
	set := ok(t, s.JWT.Keys, struct{}{})
	if set.MaxAge < 1 {
		t.Errorf("the keys may be kept for %d s", set.MaxAge)
	}
	kinds := map[string]int{}
	for _, key := range set.Keys {
		kinds[key.KeyID[:2]]++
		if !key.Valid() || !key.IsPublic() || key.Algorithm != "RS256" || key.Use != "sig" {
			t.Errorf("key %s: valid %v, public %v, alg %q, use %q", key.KeyID, key.Valid(), key.IsPublic(), key.Algorithm, key.Use)
		}
	}
	if kinds["d-"] == 0 || kinds["s-"] == 0 {
		t.Errorf("keys by kind: %v, want dynamic and static ones", kinds)
	}
	again := ok(t, s.JWT.Keys, struct{}{})
	if len(again.Keys) != len(set.Keys) || again.Keys[0].KeyID != set.Keys[0].KeyID {
		t.Error("asking for the keys changes them")
	}
}

// keyRotation: in a week another key signs; no token that is alive is ever
// refused by any instance, and the old key goes when its tokens are dead.
func (s suite) keyRotation(t *testing.T) {
	other := s.second(core.Public)
	sign := func() (token core.Secret, kid string) {
		t.Helper()
		token = start(t, s.Core, "", newID("user")).AccessToken.Token
		header, _ := claims(t, other, token)
		return token, header.KeyID
	}
	alive, first := sign()
	var kid string
	for range 200 { // a week in steps shorter than the life of a token
		s.advance(51 * time.Minute)
		ok(t, other.Session.Verify, core.VerifySession{AccessToken: alive})
		if alive, kid = sign(); kid != first {
			break
		}
	}
	isPublic := func(kid string) bool {
		t.Helper()
		return slices.ContainsFunc(ok(t, other.JWT.Keys, struct{}{}).Keys, func(k jose.JSONWebKey) bool { return k.KeyID == kid })
	}
	if kid == first || !isPublic(kid) || !isPublic(first) {
		t.Errorf("first %s signs, a week later %s; public: %v, %v", first, kid, isPublic(first), isPublic(kid))
	}
	s.advance(4 * time.Hour)
	if isPublic(first) {
		t.Errorf("%s is public long after its tokens", first)
	}
}
