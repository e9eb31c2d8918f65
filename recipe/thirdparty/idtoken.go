package thirdparty

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	exact "github.com/go-jose/go-jose/v4/json"

	"github.com/posternauth/postern/core"
)

const (
	maxIDToken = 64 << 10
	// clockSkew is by how much the provider's clock may differ.
	clockSkew = time.Minute
)

// idClaims are the claims that are checked (OpenID Connect Core §3.1.3.7).
type idClaims struct {
	Issuer          string   `json:"iss"`
	Subject         string   `json:"sub"`
	Audience        audience `json:"aud"`
	AuthorizedParty string   `json:"azp"`
	ExpiresAt       float64  `json:"exp"`
	IssuedAt        float64  `json:"iat"`
	Nonce           string   `json:"nonce"`
	TenantID        string   `json:"tid"` // of Microsoft's directories
}

// audience is one client or several.
type audience []string

func (a *audience) UnmarshalJSON(b []byte) error {
	var one string
	if exact.Unmarshal(b, &one) == nil {
		*a = audience{one}
		return nil
	}
	var several []string
	err := exact.Unmarshal(b, &several)
	*a = several
	return err
}

// refusal is an ID token, or another answer of a provider, that is not taken.
type refusal struct{ why string }

func (e *refusal) Error() string { return e.why }

func refuse(format string, args ...any) error { return &refusal{fmt.Sprintf(format, args...)} }

// verifyIDToken checks an ID token and returns its claims.
func (p *provider) verifyIDToken(ctx context.Context, token core.Secret, nonce string) (map[string]any, error) {
	if p.JWKSURI == "" || p.Issuer == "" {
		return nil, errors.New("an ID token cannot be verified without JWKSURI and Issuer, or OIDCDiscoveryEndpoint")
	}
	if len(token) > maxIDToken {
		return nil, refuse("the ID token is longer than %d bytes", maxIDToken)
	}
	jws, err := jose.ParseSignedCompact(string(token), p.algorithms)
	if err != nil || len(jws.Signatures) != 1 {
		return nil, refuse("the ID token is none that is signed by %v", p.algorithms)
	}
	payload, err := p.verifySignature(ctx, jws)
	if err != nil {
		return nil, err
	}
	var c idClaims
	if err := exact.Unmarshal(payload, &c); err != nil {
		return nil, refuse("the claims of the ID token make no sense: %v", err)
	}
	if err := p.checkClaims(c, nonce); err != nil {
		return nil, err
	}
	return p.ownChecks(ctx, payload)
}

// verifySignature verifies by the provider's key with the token's key id, and
// by nothing that the token itself brings.
func (p *provider) verifySignature(ctx context.Context, jws *jose.JSONWebSignature) ([]byte, error) {
	header := jws.Signatures[0].Protected
	age := freshFor
	for {
		set, err := p.recipe.keys.find(ctx, p.JWKSURI, age)
		if err != nil {
			return nil, p.down(err)
		}
		for _, key := range candidates(set, header) {
			if payload, err := jws.Verify(key); err == nil {
				return payload, nil
			}
		}
		if age == 0 {
			return nil, refuse("the ID token is signed by no key of %s", p.JWKSURI)
		}
		age = 0 // the provider may have a new key
	}
}

// candidates are the keys that may have signed: the one with the key id, or,
// when the token names none, all of the algorithm.
func candidates(set jose.JSONWebKeySet, h jose.Header) []jose.JSONWebKey {
	return slices.DeleteFunc(slices.Clone(set.Keys), func(k jose.JSONWebKey) bool {
		return !k.Valid() || !k.IsPublic() || k.Use == "enc" || k.Algorithm != "" && k.Algorithm != h.Algorithm || h.KeyID != "" && k.KeyID != h.KeyID
	})
}

func (p *provider) checkClaims(c idClaims, nonce string) error {
	now := p.recipe.app.Now()
	seconds := func(at float64) time.Time { return time.Unix(int64(at), 0) }
	switch {
	case !p.isIssuer(c):
		return refuse("the ID token is from the issuer %q and not %q", c.Issuer, p.Issuer)
	case !slices.Contains(c.Audience, p.client.ClientID):
		return refuse("the ID token is for %q and not for the client %q", c.Audience, p.client.ClientID)
	case len(c.Audience) > 1 && c.AuthorizedParty != p.client.ClientID:
		return refuse("the ID token was asked for by %q and not by the client %q", c.AuthorizedParty, p.client.ClientID)
	case c.ExpiresAt == 0 || !seconds(c.ExpiresAt).After(now.Add(-clockSkew)):
		return refuse("the ID token has expired")
	case c.IssuedAt == 0 || seconds(c.IssuedAt).After(now.Add(clockSkew)):
		return refuse("the ID token is from the future, or does not say when it was made")
	case nonce != "" && c.Nonce != nonce:
		return refuse("the ID token belongs to another sign-in: its nonce is not the one that was sent")
	case c.Subject == "":
		return refuse("the ID token names nobody")
	}
	return nil
}

// isIssuer wants the issuer to the letter. Google has two spellings of its
// own, and Microsoft one for each directory.
func (p *provider) isIssuer(c idClaims) bool {
	switch {
	case c.Issuer == p.Issuer:
		return c.Issuer != ""
	case p.Issuer == "https://accounts.google.com":
		return c.Issuer == "accounts.google.com"
	case p.kind.prefix == "active-directory" && isDirectory(c.TenantID):
		return c.Issuer == strings.Replace(p.Issuer, anyTenant, c.TenantID, 1)
	}
	return false
}

// isDirectory reports whether this is the id of a directory, a UUID.
func isDirectory(id string) bool {
	return len(id) == 36 && strings.Trim(id, "0123456789abcdef-") == ""
}

// ownChecks are those of the built-in provider and of the application.
func (p *provider) ownChecks(ctx context.Context, payload []byte) (map[string]any, error) {
	claims := map[string]any{}
	if err := unmarshal(payload, &claims); err != nil {
		return nil, refuse("the claims of the ID token make no sense: %v", err)
	}
	if check := p.kind.idToken; check != nil {
		if err := check(p, claims); err != nil {
			return nil, refuse("%v", err)
		}
	}
	if check := p.ValidateIDToken; check != nil {
		object := core.Object{}
		if err := json.Unmarshal(payload, &object); err != nil {
			return nil, err
		}
		if err := check(ctx, object, p.client); err != nil {
			return nil, refuse("ValidateIDToken: %v", err)
		}
	}
	return claims, nil
}
