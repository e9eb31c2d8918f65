package mfa_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/recipe/accountlinking"
	"github.com/posternauth/postern/recipe/mfa"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/recipe/totp"
)

const (
	email    = "ada@example.com"
	password = "correct horse 1"
)

// world is an app with second factors.
type world struct {
	*authtest.App
	mfa  *mfa.Recipe
	totp *totp.Recipe
	t    *testing.T
}

func newWorld(t *testing.T, cfg mfa.Config) *world {
	t.Helper()
	w := &world{mfa: mfa.New(cfg), totp: totp.New(totp.Config{}), t: t}
	w.App = authtest.New(t, authtest.Config{
		Linking: accountlinking.Config{ShouldLink: func(context.Context, accountlinking.Question) (accountlinking.Answer, error) {
			return accountlinking.Answer{Link: true, WithoutProof: true}, nil
		}},
		Recipes: func(*authtest.App) []postern.Recipe { return []postern.Recipe{w.mfa, w.totp} },
	})
	return w
}

// setUp sets up a device, and returns the phone with its codes.
func (w *world) setUp(b *authtest.Browser) authtest.Phone {
	w.t.Helper()
	var out struct{ DeviceName, QRCodeString string }
	b.Post("/auth/totp/device", map[string]string{}).OK().JSON(&out)
	p := w.Scan(out.QRCodeString)
	b.Post("/auth/totp/device/verify", map[string]string{"deviceName": out.DeviceName, "totp": p.Code(0)}).OK()
	return p
}

// later lets the phone show a code that was not used.
func (w *world) later() { w.Clock.Advance(2 * time.Minute) }

// value is what the browser's session says of its factors.
func (w *world) value(b *authtest.Browser) (completed []string, satisfied bool) {
	w.t.Helper()
	v, _ := b.Payload()["st-mfa"].(map[string]any)
	c, _ := v["c"].(map[string]any)
	for factor := range c {
		completed = append(completed, factor)
	}
	satisfied, _ = v["v"].(bool)
	return completed, satisfied
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// userID is whose the browser's session is.
func userID(b *authtest.Browser) string { id, _ := b.Payload()["sub"].(string); return id }

// info is where the browser's sign-in stands.
type info struct {
	Factors struct{ Next, AlreadySetup, AllowedToSetup []string }
	Emails  map[string][]string
}

func (w *world) info(b *authtest.Browser) (out info) {
	w.t.Helper()
	b.Do("PUT", "/auth/mfa/info", "").OK().JSON(&out)
	return out
}

func ctx(t *testing.T) context.Context { t.Helper(); return t.Context() }

func asError(err error, to **session.Error) bool { return errors.As(err, to) }
