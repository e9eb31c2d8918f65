package lambda_test

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/authtest/idp"
	"github.com/posternauth/postern/internal/lambdalocal"
	"github.com/posternauth/postern/lambda"
)

// TestConversations holds conversations of a browser with the APIs over
// net/http, and through every kind of gateway: what is said is the same, to
// the header.
func TestConversations(t *testing.T) {
	t.Parallel()
	modes := map[string][]*lambdalocal.Gateway{
		"cookie": transports(),
		"header": {
			{Shape: lambdalocal.ALB}, // it can carry one cookie, and a session has two
			{Shape: lambdalocal.REST, Stage: "dev"},
			{Shape: lambdalocal.HTTP, Stage: "dev"},
		},
	}
	all := conversations()
	maps.Copy(all, talksOfWays())
	for name, say := range all {
		for mode, gateways := range modes {
			t.Run(name+", "+mode, func(t *testing.T) {
				t.Parallel()
				want := converse(t, nil, mode, say)
				if len(want) == 0 {
					t.Fatal("nothing was said")
				}
				for _, g := range gateways {
					through := *g
					if diff := cmp.Diff(want, converse(t, &through, mode, say)); diff != "" {
						t.Errorf("%s at %q (-net/http +gateway):\n%s", g.Shape, prefixOf(g), diff)
					}
				}
			})
		}
	}
}

// transports are the gateways that carry cookies.
func transports() []*lambdalocal.Gateway {
	return []*lambdalocal.Gateway{
		{Shape: lambdalocal.REST, Stage: "dev"},
		{Shape: lambdalocal.REST, Stage: "dev", Mapping: "/api"},
		{Shape: lambdalocal.HTTP},
		{Shape: lambdalocal.HTTP, Stage: "auth"}, // like the base path
		{Shape: lambdalocal.HTTP1, Stage: "prod"},
		{Shape: lambdalocal.FunctionURL},
		{Shape: lambdalocal.ALBMulti},
	}
}

// prefixOf is what a gateway adds to the paths of the app.
func prefixOf(g *lambdalocal.Gateway) string {
	switch {
	case g == nil:
		return ""
	case g.Mapping != "":
		return g.Mapping
	case g.Stage != "":
		return "/" + g.Stage
	}
	return ""
}

// converse has a conversation through a gateway, or without one, and returns
// what was said.
func converse(t *testing.T, g *lambdalocal.Gateway, mode string, say func(*talk)) []string {
	t.Helper()
	prefix, provider := prefixOf(g), startProvider(t)
	a := authtest.New(t, authtest.Config{
		App:     func(c *postern.Config) { c.App.APIGatewayPath = prefix },
		Recipes: ways(provider),
		Via: func(h http.Handler) http.Handler {
			if g == nil {
				return h
			}
			g.Function = lambda.Config{Log: slog.New(slog.DiscardHandler)}.Handler(h)
			return g
		},
	})
	b := a.Browser()
	b.Mode = mode
	b.Headers.Set("Origin", a.URL)
	tk := &talk{app: a, Browser: b, provider: provider, prefix: prefix}
	say(tk)
	return tk.said
}

// talk is a conversation that is written down.
type talk struct {
	*authtest.Browser
	app      *authtest.App
	provider *idp.Server
	prefix   string
	said     []string
}

func (k *talk) do(method, path string, body any) *authtest.Answer {
	answer := k.Do(method, k.prefix+path, body)
	k.said = append(k.said, k.lasting(method+" "+path+" "+k.written(answer)))
	return answer
}

func (k *talk) get(path string) *authtest.Answer            { return k.do(http.MethodGet, path, nil) }
func (k *talk) post(path string, body any) *authtest.Answer { return k.do(http.MethodPost, path, body) }

// What is another each time: ids, tokens, times, ports.
var passing = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|"[\w+/]{43}="|\bstate=[^&\s]+|eyJ[\w.+/=-]+|[A-Za-z0-9_-]{40,}=*|\b[A-Z2-7]{26,32}\b|\bd-\d+|max-age=\d+|\b1\d{9,12}\b|127\.0\.0\.1(:|%3A)\d+`)

// lasting is what of a text is the same each time, and without a gateway.
func (k *talk) lasting(text string) string {
	below := strings.NewReplacer("…"+k.prefix+"/auth", "…/auth", "…"+url.QueryEscape(k.prefix)+"%2Fauth", "…%2Fauth")
	return below.Replace(passing.ReplaceAllString(text, "…"))
}

// written is an answer as it is written down.
func (k *talk) written(a *authtest.Answer) string {
	var lines []string
	for name, values := range a.Header {
		switch {
		case name == "Date", name == "Content-Length", name == "Content-Type" && a.Text == "": // gateways give every answer a type
			continue
		case name == "Set-Cookie" && k.Mode == "header": // see TestVainClearings
			continue
		case name == "Set-Cookie":
			values = k.cookies(a.Cookies())
		}
		lines = append(lines, name+": "+strings.Join(values, " | "))
	}
	slices.Sort(lines)
	return fmt.Sprintf("%d\n%s\n%s", a.StatusCode, strings.Join(lines, "\n"), a.Text)
}

// cookies are without their values and times, and below the gateway.
func (k *talk) cookies(all []*http.Cookie) (lines []string) {
	for _, c := range all {
		if c.Value != "" {
			c.Value = "x"
		}
		c.Expires, c.Path = time.Time{}, strings.Replace(c.Path, k.prefix+"/auth", "/auth", 1)
		lines = append(lines, c.String())
	}
	return lines
}

const (
	email    = "ada@example.com"
	password = "correct horse 1"
)

func fields(email, password string) map[string]any {
	return authtest.Fields("email", email, "password", password)
}

// mailed returns what a pattern finds in the newest mail.
func (k *talk) mailed(pattern string) string { return k.sentTo(email, pattern) }

// conversations are one of each kind that the protocol knows.
func conversations() map[string]func(*talk) {
	return map[string]func(*talk){
		"sign up": func(k *talk) {
			k.get("/auth/signup/email/exists?email=ada%40example.com").OK()
			k.post("/auth/signup", fields(email, password)).OK()
			k.get("/auth/signup/email/exists?email=ada%40example.com").OK()
			k.get("/me").Want(200)
			k.post("/me", nil).Want(200)
			k.post("/auth/signup", fields(email, password)).Status("FIELD_ERROR")
		},
		"field errors": func(k *talk) {
			k.post("/auth/signup", fields("nobody", "short")).Status("FIELD_ERROR")
			k.post("/auth/signup", fields("ada@example.com", "pässwörter")).Status("FIELD_ERROR")
			k.post("/auth/signup", `{"formFields":"x"}`).Want(400)
			k.post("/auth/signup", `{"formFields":`).Want(400)
			k.post("/auth/signup", `not json`).Want(400)
			k.post("/auth/signup", "").Want(400)
			k.post("/auth/signup", nil).Want(400)
		},
		"sign in": func(k *talk) {
			k.post("/auth/signup", fields(email, "pässwörd 1 日")).OK()
			k.post("/auth/signout", nil).OK()
			k.get("/me").Want(401)
			k.post("/auth/signin", fields(email, "wrong horse 1")).Status("WRONG_CREDENTIALS_ERROR")
			k.post("/auth/signin", fields("bob@example.com", "wrong horse 1")).Status("WRONG_CREDENTIALS_ERROR")
			k.post("/auth/public/signin/", fields(email, "pässwörd 1 日")).OK()
			k.get("/maybe").Want(200)
		},
		"limits": func(k *talk) {
			for range 11 {
				k.post("/auth/signin", fields(email, "wrong horse 1"))
			}
		},
		"refresh": func(k *talk) {
			k.post("/auth/signup", fields(email, password)).OK()
			k.app.Clock.Advance(2 * time.Hour)
			k.get("/me").Want(401).Has("try refresh token")
			k.post("/auth/session/refresh", nil).Want(200)
			k.get("/me").Want(200)
			k.app.Clock.Advance(101 * 24 * time.Hour)
			k.post("/auth/session/refresh", nil).Want(401)
			k.post("/auth/session/refresh", nil).Want(401)
		},
		"verify": func(k *talk) {
			k.post("/auth/signup", fields(email, password)).OK()
			k.get("/auth/user/email/verify").OK()
			k.post("/auth/user/email/verify/token", nil).OK()
			token := k.mailed(`verify-email\?token=([\w-]+)`)
			code := strings.ReplaceAll(k.mailed(`\b(\d{4} ?\d{4})\b`), " ", "")
			k.post("/auth/user/email/verify", map[string]string{"method": "code", "code": "00000000"}).Status("EMAIL_VERIFICATION_INVALID_TOKEN_ERROR")
			k.post("/auth/user/email/verify", map[string]string{"method": "code", "code": code}).OK()
			k.post("/auth/user/email/verify", map[string]string{"method": "token", "token": token})
			k.post("/auth/user/email/verify/token", nil).Status("EMAIL_ALREADY_VERIFIED_ERROR")
		},
		"reset": func(k *talk) {
			k.post("/auth/signup", fields(email, password)).OK()
			k.post("/auth/user/password/reset/token", authtest.Fields("email", email)).OK()
			form := authtest.Fields("password", "another horse 2")
			form["method"], form["token"] = "token", k.mailed(`reset-password\?token=([\w-]+)`)
			k.post("/auth/user/password/reset", form).OK()
			k.post("/auth/user/password/reset", form).Status("RESET_PASSWORD_INVALID_TOKEN_ERROR")
			k.post("/auth/signin", fields(email, "another horse 2")).OK()
		},
		"sign out": func(k *talk) {
			k.post("/auth/signup", fields(email, password)).OK()
			k.post("/auth/signout", map[string]any{}).OK()
			k.post("/auth/signout", map[string]any{}).Want(401)
		},
		"preflight and other origins": func(k *talk) {
			k.Headers.Set("Access-Control-Request-Method", "POST")
			k.Headers.Set("Access-Control-Request-Headers", "rid,fdi-version")
			k.do(http.MethodOptions, "/auth/signin", nil).Want(204)
			k.do(http.MethodOptions, "/me", nil).Want(204)
			k.Headers.Set("Origin", "https://evil.example")
			k.do(http.MethodOptions, "/auth/signin", nil).Want(204)
			k.post("/auth/signin", fields(email, password)).Status("WRONG_CREDENTIALS_ERROR")
		},
		"what is not served": func(k *talk) {
			k.get("/nowhere").Want(404)
			k.get("/auth/nowhere").Want(404)
			k.do(http.MethodPut, "/auth/signin", nil).Want(404)
			k.do(http.MethodHead, "/me", nil).Want(401)
			k.do(http.MethodDelete, "/me", nil).Want(401)
		},
		"discovery": func(k *talk) {
			k.get("/auth/.well-known/openid-configuration").Want(200)
			k.post("/auth/signup", fields(email, password)).OK()
			k.get("/auth/jwt/jwks.json").Want(200)
		},
	}
}
