package lambda_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/internal/lambdalocal"
	"github.com/posternauth/postern/lambda"
	"github.com/posternauth/postern/recipe/session"
)

// TestJWTAuthorizer holds that the JWT authorizer of an HTTP API accepts our
// tokens by nothing but the issuer and the audience, behind a stage too.
func TestJWTAuthorizer(t *testing.T) {
	t.Parallel()
	for _, g := range []*lambdalocal.Gateway{{Shape: lambdalocal.REST, Stage: "dev"}, {Shape: lambdalocal.HTTP}} {
		a := authtest.New(t, authtest.Config{
			Engine:  func(c *engine.Config) { c.SigningAlgorithm = "RS256" },
			Session: session.Config{Audience: "postern"},
			App:     func(c *postern.Config) { c.App.APIGatewayPath = prefixOf(g) },
			Via: func(h http.Handler) http.Handler {
				g.Function = lambda.Handler(h)
				return g
			},
		})
		b := a.Browser()
		b.Mode = "header"
		b.Post(prefixOf(g)+"/auth/signup", fields(email, password)).OK()
		issuer := a.URL + prefixOf(g) + "/auth"
		if err := authorizeJWT(issuer, "postern", b.Access, a.Clock.Now()); err != nil {
			t.Errorf("%s: %v", issuer, err)
		}
		b.Post(prefixOf(g)+"/auth/session/refresh", nil).Want(200)
		if err := authorizeJWT(issuer, "postern", b.Access, a.Clock.Now()); err != nil {
			t.Errorf("%s, after a refresh: %v", issuer, err)
		}
		if err := authorizeJWT(issuer, "another", b.Access, a.Clock.Now()); err == nil {
			t.Error("a token for somebody else is accepted")
		}
	}
}

// authorizeJWT does what the JWT authorizer does: discovery, key set, RSA only,
// and the claims to the byte.
func authorizeJWT(issuer, audience, token string, now time.Time) error {
	var discovery struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	var keys jose.JSONWebKeySet
	if err := getJSON(issuer+"/.well-known/openid-configuration", &discovery); err != nil {
		return err
	}
	if err := getJSON(discovery.Keys, &keys); err != nil {
		return err
	}
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return err
	}
	key := keys.Key(jws.Signatures[0].Header.KeyID)
	if len(key) != 1 || key[0].Use != "sig" {
		return fmt.Errorf("%d keys with the token's kid", len(key))
	}
	payload, err := jws.Verify(key[0])
	if err != nil {
		return err
	}
	var claims struct {
		Iss, Aud string
		Exp, Iat int64
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return err
	}
	if claims.Iss != issuer || discovery.Issuer != issuer || claims.Aud != audience || claims.Exp <= now.Unix() || claims.Iat > now.Unix() {
		return fmt.Errorf("the claims are %+v, the issuer %s", claims, discovery.Issuer)
	}
	return nil
}

// getJSON gets a document as somebody without credentials does.
func getJSON(url string, to any) error {
	res, err := http.Get(url) //nolint:noctx // a test
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") || res.Header.Get("Access-Control-Allow-Origin") != "*" {
		return errors.New(url + " answers " + res.Status)
	}
	return json.NewDecoder(res.Body).Decode(to)
}
