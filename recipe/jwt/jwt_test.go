package jwt_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/recipe/jwt"
	"github.com/posternauth/postern/recipe/openid"
)

// TestVerifyByDiscovery does what another service would: it reads the
// discovery document, then the keys, then a token.
func TestVerifyByDiscovery(t *testing.T) {
	t.Parallel()
	// Other services may know only RSA.
	a := authtest.New(t, authtest.Config{Engine: func(c *engine.Config) { c.SigningAlgorithm = "RS256" }})
	b := a.Browser()
	b.Mode = "header"
	id := b.SignUp("ada@example.com", "correct horse 1")

	var discovery openid.Configuration
	document := a.Browser().Get("/auth/.well-known/openid-configuration").Want(200)
	document.JSON(&discovery)
	if discovery.Issuer != a.URL+"/auth" || document.Header.Get("Access-Control-Allow-Origin") != "*" || strings.Contains(document.Text, "status") {
		t.Errorf("discovery: %s", document.Text)
	}
	var keys jose.JSONWebKeySet
	set := a.Browser().Get(strings.TrimPrefix(discovery.JWKSURI, a.URL)).Want(200)
	set.JSON(&keys)
	if cc := set.Header.Get("Cache-Control"); !strings.HasPrefix(cc, "max-age=") || !strings.HasSuffix(cc, ", must-revalidate") {
		t.Errorf("Cache-Control: %s", cc)
	}
	for _, k := range keys.Keys {
		if !k.IsPublic() || k.Use != "sig" || k.KeyID == "" || k.Algorithm != "RS256" {
			t.Errorf("key %+v", k)
		}
	}

	ours := postern.All[*jwt.Recipe](a.App)[0]
	other, err := ours.Sign(t.Context(), map[string]any{"sub": "billing", "n": 1}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	set = a.Browser().Get("/auth/jwt/jwks.json").Want(200) // a static key was just made
	set.JSON(&keys)
	for token, sub := range map[string]string{b.Access: id, string(other): "billing"} {
		jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
		if err != nil {
			t.Fatal(err)
		}
		payload, err := jws.Verify(keys)
		if err != nil {
			t.Fatal(err)
		}
		var claims struct {
			Sub, Iss string
			Iat, Exp int64
		}
		if err := json.Unmarshal(payload, &claims); err != nil || claims.Sub != sub || claims.Iss != discovery.Issuer || claims.Exp <= claims.Iat {
			t.Errorf("claims %+v, %v", claims, err)
		}
	}
	if _, err := ours.Sign(t.Context(), []int{1}, 0); err == nil {
		t.Error("a payload that is no object was signed")
	}
}
