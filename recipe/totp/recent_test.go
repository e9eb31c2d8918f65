package totp_test

import (
	"strings"
	"testing"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/recipe/mfa"
	"github.com/posternauth/postern/recipe/totp"
)

// changes are what is wanted of a recent factor.
func changes(device string) map[string]map[string]string {
	return map[string]map[string]string{
		"/auth/totp/recovery/codes": {},
		"/auth/totp/device":         {"deviceName": "another"},
		"/auth/totp/device/verify":  {"deviceName": "begun", "totp": "000000"},
		"/auth/totp/device/remove":  {"deviceName": device},
	}
}

// TestStepUp: a session whose factors are old changes none, however often it was
// refreshed; a code, or a password, makes it good again.
func TestStepUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, totp.Config{})
	b := w.Browser()
	b.SignUp(email, password)
	p := w.setUp(b, "phone")
	w.add(b, "begun")
	refused := func() {
		t.Helper()
		for path, body := range changes("phone") {
			b.Post(path, body).Want(403).Has(`{"id":"auth_time","reason":{"message":"The sign-in is not recent enough","ageInSeconds":`).Has(`"maxAgeInSeconds":300`)
		}
		b.Get("/me").Want(200)
		b.Post("/auth/totp/device/remove", map[string]string{"deviceName": "unknown"}).OK()
	}
	w.Clock.Advance(5*time.Minute + time.Second)
	refused()
	for range 3 {
		w.Clock.Advance(24 * time.Hour)
		b.RefreshSession().Want(200)
		refused()
	}
	b.Post("/auth/totp/verify", map[string]string{"totp": p.Code(0)}).OK()
	w.Clock.Advance(4 * time.Minute)
	b.RefreshSession().Want(200)
	b.Post("/auth/totp/recovery/codes", map[string]string{}).OK()
	w.Clock.Advance(2 * time.Minute)
	refused()
	b.SignIn(email, password)
	w.add(b, "another")
	b.Post("/auth/totp/device/remove", map[string]string{"deviceName": "phone"}).OK()
}

// TestAnyAge leaves it to the application.
func TestAnyAge(t *testing.T) {
	t.Parallel()
	for _, age := range []time.Duration{-1, time.Hour} {
		a := authtest.New(t, authtest.Config{Recipes: func(*authtest.App) []postern.Recipe {
			return []postern.Recipe{mfa.New(mfa.Config{MaxFactorAge: age}), totp.New(totp.Config{})}
		}})
		b := a.Browser()
		b.SignUp(email, password)
		a.Clock.Advance(30 * time.Minute)
		b.Post("/auth/totp/device", map[string]string{}).OK()
	}
}

// TestChangesAreTold: people hear of what was changed, and of nothing else.
func TestChangesAreTold(t *testing.T) {
	t.Parallel()
	own := new(delivery.Outbox)
	for name, cfg := range map[string]totp.Config{"by emailpassword": {}, "by its own": {Email: own}, "by the application": {NoMail: true}} {
		w := newWorld(t, cfg)
		b := w.Browser()
		b.SignUp(email, password)
		box := w.Mail
		if cfg.Email != nil {
			box = own
		}
		told := func(want string, do func()) {
			t.Helper()
			before := len(box.Messages())
			do()
			got := box.Messages()[:len(box.Messages())-before]
			switch {
			case want == "" || cfg.NoMail:
				if len(got) != 0 {
					t.Errorf("%s: told %q", name, got[0].Text)
				}
			case len(got) != 1 || got[0].To != email || !strings.Contains(got[0].Text, want) || !strings.Contains(got[0].Text, w.URL+"/auth/reset-password"):
				t.Errorf("%s: told %+v, want %q", name, got, want)
			}
		}
		var d device
		told("", func() { d = w.add(b, "phone") })
		told("A device was added", func() { w.verifyDevice(b, d.DeviceName, w.Scan(d.QRCodeString).Code(0)).OK() })
		told("", func() { w.verifyDevice(b, d.DeviceName, "000000").OK() })
		told("New recovery codes", func() { b.Post("/auth/totp/recovery/codes", map[string]string{}).OK() })
		told("was removed", func() { b.Post("/auth/totp/device/remove", map[string]string{"deviceName": "phone"}).OK() })
		told("", func() { b.Post("/auth/totp/device/remove", map[string]string{"deviceName": "phone"}).OK() })
	}
}
