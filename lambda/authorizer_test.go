package lambda_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/lambda"
	"github.com/posternauth/postern/recipe/emailverification"
	"github.com/posternauth/postern/recipe/session"
)

// guarded is an app that lets in who has proved the address, and an authorizer
// in front of it.
type guarded struct {
	*authtest.App
	browser *authtest.Browser
	id      string
	handle  string
}

func newGuarded(t *testing.T, change ...func(*postern.Config)) *guarded {
	t.Helper()
	a := authtest.New(t, authtest.Config{
		Verification: emailverification.Required,
		App: func(c *postern.Config) {
			for _, f := range change {
				f(c)
			}
		},
	})
	b := a.Browser()
	b.Mode = "header"
	g := &guarded{App: a, browser: b}
	g.id = b.SignUp(email, password)
	if handle, ok := b.Payload()["sessionHandle"].(string); ok {
		g.handle = handle
	}
	return g
}

// prove proves the user's address; the access token does not know.
func (g *guarded) prove(t *testing.T) {
	t.Helper()
	token, err := g.Core.EmailVerification.CreateToken(t.Context(), core.CreateVerificationToken{TenantID: "public", UserID: g.id, Email: email})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Core.EmailVerification.Verify(t.Context(), core.VerifyEmail{TenantID: "public", Method: "token", Token: token.Token}); err != nil {
		t.Fatal(err)
	}
	g.Clock.Advance(time.Minute) // a "no" is believed for a moment
}

func (g *guarded) function(a lambda.Authorizer, opts session.Options) *lambda.Function {
	a.Sessions = g.Sessions.Authorizer(opts)
	return lambda.Config{Authorizer: &a}.Handler(http.NotFoundHandler())
}

// The events of authorizers, for a token.
func authorizerEvents(token string) map[string]string {
	const arn = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/dev/GET/user"
	header := ""
	if token != "" {
		header = fmt.Sprintf(`"authorization":"Bearer %s"`, token)
	}
	return map[string]string{
		"REST":       fmt.Sprintf(`{"type":"REQUEST","methodArn":%q,"resource":"/user","path":"/user","httpMethod":"GET","headers":{%s},"multiValueHeaders":{},"requestContext":{"stage":"dev","path":"/dev/user"}}`, arn, header),
		"REST token": fmt.Sprintf(`{"type":"TOKEN","authorizationToken":"Bearer %s","methodArn":%q}`, token, arn),
		"HTTP 1.0":   fmt.Sprintf(`{"version":"1.0","type":"REQUEST","methodArn":%q,"httpMethod":"GET","path":"/user","headers":{%s}}`, arn, header),
		"HTTP 2.0":   fmt.Sprintf(`{"version":"2.0","type":"REQUEST","routeArn":%q,"rawPath":"/dev/user","headers":{%s},"requestContext":{"stage":"dev","http":{"method":"GET"}}}`, arn, header),
		"AppSync":    fmt.Sprintf(`{"authorizationToken":"x%s","requestContext":{"apiId":"a","queryString":"query"}}`, token),
	}
}

// TestAuthorizers is the table of who gets what from which gateway.
func TestAuthorizers(t *testing.T) {
	t.Parallel()
	g := newGuarded(t)
	f := g.function(lambda.Authorizer{}, session.Options{})
	const unauthorized = "error Unauthorized"
	invoke := func(event string) string {
		out, err := f.Invoke(t.Context(), []byte(strings.Replace(event, `"authorizationToken":"x`, `"authorizationToken":"`, 1)))
		switch {
		case err != nil:
			return "error " + err.Error()
		case strings.Contains(string(out), `"Effect":"Allow"`), strings.Contains(string(out), `"isAuthorized":true`):
			return "allow"
		case strings.Contains(string(out), `invalid claim`):
			return "deny, with claims"
		}
		return "deny"
	}
	check := func(what, token string, want map[string]string) {
		t.Helper()
		for kind, event := range authorizerEvents(token) {
			if got := invoke(event); got != want[kind] {
				t.Errorf("%s: %s is answered by %s, want %s", kind, what, got, want[kind])
			}
		}
	}
	nobody := map[string]string{"REST": unauthorized, "REST token": unauthorized, "HTTP 1.0": "deny", "HTTP 2.0": "deny", "AppSync": "deny"}
	claims := map[string]string{"REST": "deny, with claims", "REST token": "deny, with claims", "HTTP 1.0": "deny, with claims", "HTTP 2.0": "deny, with claims", "AppSync": "deny"}
	allow := map[string]string{"REST": "allow", "REST token": "allow", "HTTP 1.0": "allow", "HTTP 2.0": "allow", "AppSync": "allow"}
	check("junk", "junk", nobody)
	check("a token that asks for more", g.browser.Access, map[string]string{"REST": claims["REST"], "REST token": claims["REST"], "HTTP 1.0": claims["REST"], "HTTP 2.0": claims["REST"], "AppSync": "deny, with claims"})
	g.prove(t)
	check("a good token", g.browser.Access, allow)
	g.Clock.Advance(2 * time.Hour)
	check("an expired token", g.browser.Access, nobody)
}

// TestAuthorizerAnswers holds the answers to the fixtures.
func TestAuthorizerAnswers(t *testing.T) {
	t.Parallel()
	g := newGuarded(t)
	golden := func(name string) (want any) {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.NewReplacer("7c9e6679-7425-40de-944b-e07fc1f90ae7", g.id, "3d8f2a51-0000-4000-8000-000000000001", g.handle).Replace(string(b))
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		return want
	}
	answer := func(f *lambda.Function, kind string) (got any) {
		event := strings.Replace(authorizerEvents(g.browser.Access)[kind], `"authorizationToken":"x`, `"authorizationToken":"`, 1)
		out, err := f.Invoke(t.Context(), []byte(event))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatal(err)
		}
		return got
	}
	same := func(name string, want, got any) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	plain := g.function(lambda.Authorizer{}, session.Options{})
	same("a refusal", golden("response-authorizer-iam-deny.json"), answer(plain, "REST"))
	g.prove(t)
	same("REST", golden("response-authorizer-iam-allow.json"), answer(plain, "REST"))
	same("HTTP API, policy", golden("response-authorizer-iam-allow.json"), answer(g.function(lambda.Authorizer{Policy: true}, session.Options{}), "HTTP 2.0"))

	told := g.function(lambda.Authorizer{Context: func(context.Context, postern.Identity) (map[string]any, error) {
		return map[string]any{"roles": []string{"admin"}}, nil
	}}, session.Options{})
	simple, _ := golden("response-authorizer-simple-allow.json").(map[string]any)
	simple["context"].(map[string]any)["sessionHandle"] = g.handle
	same("HTTP API, simple", any(simple), answer(told, "HTTP 2.0"))
	sync, _ := golden("response-appsync-allow.json").(map[string]any)
	sync["resolverContext"].(map[string]any)["sessionHandle"] = g.handle
	sync["resolverContext"].(map[string]any)["roles"] = `["admin"]`
	same("AppSync", any(sync), answer(told, "AppSync"))
}

// TestAuthorizerChangesNothing holds that a verdict writes nothing and gives
// no tokens, and that what is not known is no verdict.
func TestAuthorizerChangesNothing(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, func(c *postern.Config) {
		c.Core.Session.Regenerate = func(context.Context, core.RegenerateToken) (core.VerifiedSession, error) {
			t.Error("the authorizer had a token made")
			return core.VerifiedSession{}, nil
		}
	})
	g.prove(t)
	f := g.function(lambda.Authorizer{}, session.Options{})
	out, err := f.Invoke(t.Context(), []byte(authorizerEvents(g.browser.Access)["HTTP 2.0"]))
	if err != nil || !strings.Contains(string(out), `"isAuthorized":true`) || strings.Contains(string(out), "eyJ") {
		t.Errorf("%s, %v", out, err)
	}

	var dead atomic.Bool
	down := newGuarded(t, func(c *postern.Config) {
		alive := c.Core.EmailVerification.IsVerified
		c.Core.EmailVerification.IsVerified = func(ctx context.Context, in core.UserEmail) (core.Verified, error) {
			if dead.Load() {
				return core.Verified{}, &core.Unavailable{Err: errors.New("down")}
			}
			return alive(ctx, in)
		}
	})
	dead.Store(true)
	down.Clock.Advance(time.Minute)
	out, err = down.function(lambda.Authorizer{}, session.Options{}).Invoke(t.Context(), []byte(authorizerEvents(down.browser.Access)["REST"]))
	if err == nil || err.Error() == "Unauthorized" {
		t.Errorf("a database that does not answer is the verdict %s, %v", out, err)
	}
}

// TestOptionalAuthorizer lets in who is not signed in, as nobody.
func TestOptionalAuthorizer(t *testing.T) {
	t.Parallel()
	g := newGuarded(t)
	f := g.function(lambda.Authorizer{}, session.Options{Optional: true})
	out, err := f.Invoke(t.Context(), []byte(authorizerEvents("")["REST"]))
	if err != nil || !strings.Contains(string(out), `"Effect":"Allow"`) || strings.Contains(string(out), "userId") {
		t.Errorf("%s, %v", out, err)
	}
	if out, err := lambda.Handler(http.NotFoundHandler()).Invoke(t.Context(), []byte(authorizerEvents("")["REST"])); err == nil {
		t.Errorf("without a Config.Authorizer: %s", out)
	}
}
