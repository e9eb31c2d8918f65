package totp_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/recipe/mfa"
	"github.com/posternauth/postern/recipe/totp"
)

const (
	email    = "ada+totp@example.com"
	password = "correct horse 1"
)

type world struct {
	*authtest.App
	mfa *mfa.Recipe
	t   *testing.T
}

func newWorld(t *testing.T, cfg totp.Config) *world {
	t.Helper()
	w := &world{mfa: mfa.New(mfa.Config{}), t: t}
	w.App = authtest.New(t, authtest.Config{
		App:     func(c *postern.Config) { c.App.Name = "Ada & Sons: Notes" },
		Recipes: func(*authtest.App) []postern.Recipe { return []postern.Recipe{w.mfa, totp.New(cfg)} },
	})
	return w
}

// device is one that is being set up.
type device struct{ DeviceName, Secret, QRCodeString string }

func (w *world) add(b *authtest.Browser, name string) (d device) {
	w.t.Helper()
	b.Post("/auth/totp/device", map[string]string{"deviceName": name}).OK().JSON(&d)
	return d
}

func (w *world) setUp(b *authtest.Browser, name string) authtest.Phone {
	w.t.Helper()
	d := w.add(b, name)
	p := w.Scan(d.QRCodeString)
	w.verifyDevice(b, d.DeviceName, p.Code(0)).OK()
	return p
}

func (w *world) verifyDevice(b *authtest.Browser, name, code string) *authtest.Answer {
	w.t.Helper()
	return b.Post("/auth/totp/device/verify", map[string]string{"deviceName": name, "totp": code})
}

func verify(b *authtest.Browser, code string) *authtest.Answer {
	return b.Post("/auth/totp/verify", map[string]string{"totp": code})
}

func (w *world) require(b *authtest.Browser) {
	w.t.Helper()
	if err := w.mfa.RequireFactor(w.t.Context(), b.Payload()["sub"].(string), "totp"); err != nil {
		w.t.Fatal(err)
	}
}

func TestDevices(t *testing.T) {
	t.Parallel()
	w := newWorld(t, totp.Config{Period: time.Minute})
	b := w.Browser()
	b.SignUp(email, password)
	d := w.add(b, "")
	u, err := url.Parse(d.QRCodeString)
	if err != nil {
		t.Fatal(err)
	}
	if q := u.Query(); u.Scheme != "otpauth" || u.Host != "totp" || u.EscapedPath() != "/Ada%20%26%20Sons%3A%20Notes:ada%2Btotp%40example.com" ||
		q.Get("issuer") != "Ada & Sons: Notes" || q.Get("secret") != d.Secret || q.Get("digits") != "6" || q.Get("period") != "60" || strings.Contains(d.QRCodeString, "+") {
		t.Errorf("the address is %s", d.QRCodeString)
	}
	b.Get("/auth/totp/device/list").OK().Has(`"name":"TOTP Device 0","period":60,"skew":1,"verified":false`)
	w.verifyDevice(b, "another", "123456").Status("UNKNOWN_DEVICE_ERROR")
	w.verifyDevice(b, d.DeviceName, "000000").Status("INVALID_TOTP_ERROR").Has(`"currentNumberOfFailedAttempts":1`)
	p := w.Scan(d.QRCodeString)
	w.verifyDevice(b, d.DeviceName, p.Code(0)).OK().Has(`"wasAlreadyVerified":false`)
	b.Get("/auth/totp/device/list").OK().Has(`"verified":true`)
	b.Post("/auth/totp/device", map[string]string{"deviceName": d.DeviceName}).Status("DEVICE_ALREADY_EXISTS_ERROR")
	remove := func(name string) *authtest.Answer {
		return b.Post("/auth/totp/device/remove", map[string]string{"deviceName": name})
	}
	remove(d.DeviceName).OK().Has(`"didDeviceExist":true`)
	remove(d.DeviceName).OK().Has(`"didDeviceExist":false`)
}

// TestVerifiedDeviceProvesNothing: a device that is verified already says OK
// without looking at the code, and that completes no factor.
func TestVerifiedDeviceProvesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, totp.Config{})
	b := w.Browser()
	b.SignUp(email, password)
	w.setUp(b, "phone")
	w.require(b)
	b = w.Browser()
	b.SignIn(email, password)
	b.Get("/me").Want(403)
	w.verifyDevice(b, "phone", "000000").Want(403)
	b.Get("/me").Want(403)

	// Where it may be set up, it still is no proof.
	own := w.Browser()
	own.SignUp("other@example.com", password)
	w.setUp(own, "phone")
	own = w.Browser()
	own.SignIn("other@example.com", password)
	w.verifyDevice(own, "phone", "000000").OK().Has(`"wasAlreadyVerified":true`)
	if c, _ := json.Marshal(own.Payload()["st-mfa"]); strings.Contains(string(c), "totp") {
		t.Errorf("the factors are %s", c)
	}
}

// TestRemovalNeedsTheFactor: who has only the password cannot take the second
// factor away, nor make codes for its loss.
func TestRemovalNeedsTheFactor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, totp.Config{})
	b := w.Browser()
	b.SignUp(email, password)
	w.setUp(b, "phone")
	w.require(b)
	b = w.Browser()
	b.SignIn(email, password)
	b.Post("/auth/totp/device/remove", map[string]string{"deviceName": "phone"}).Want(403)
	b.Post("/auth/totp/device", map[string]string{"deviceName": "mine"}).Want(403)
	b.Post("/auth/totp/recovery/codes", map[string]string{}).Want(403)
	b.Get("/auth/totp/device/list").OK().Has(`"name":"phone"`)
}

// TestRecovery gets in without the phone.
func TestRecovery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, totp.Config{})
	b := w.Browser()
	b.SignUp(email, password)
	w.setUp(b, "phone")
	w.require(b)
	var out core.RecoveryCodes
	b.Post("/auth/totp/recovery/codes", map[string]string{}).OK().JSON(&out)
	if len(out.Codes) != 10 {
		t.Fatalf("%d codes", len(out.Codes))
	}
	use := func(code core.Secret) *authtest.Answer {
		return b.Post("/auth/totp/recovery/verify", map[string]string{"code": string(code)})
	}
	b = w.Browser()
	b.SignIn(email, password)
	b.Get("/me").Want(403)
	use("wrong-wrong").Status("INVALID_TOTP_ERROR")
	use(out.Codes[0]).OK().Has(`"left":9`)
	b.Get("/me").Want(200)
	b.Get("/auth/totp/recovery").OK().Has(`"left":9`)
	b = w.Browser()
	b.SignIn(email, password)
	use(out.Codes[0]).Status("INVALID_TOTP_ERROR")
}

// TestBruteForce is row 25 of the security table: many sessions, devices and
// spellings have five wrong codes together.
func TestBruteForce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, totp.Config{})
	b := w.Browser()
	b.SignUp(email, password)
	phone := w.setUp(b, "phone")
	w.require(b)
	w.Clock.Advance(2 * time.Minute)
	var sessions []*authtest.Browser
	for range 20 {
		b := w.Browser()
		b.SignIn(email, password)
		sessions = append(sessions, b)
		w.Clock.Advance(time.Minute) // the limits on sign-ins are others
	}
	var wrong, limited atomic.Int64
	var wait sync.WaitGroup
	for _, b := range sessions {
		wait.Go(func() {
			for _, guess := range []string{"000000", "00 00 00", "０００００００", "0000000000000000", ""} {
				switch a := verify(b, guess); {
				case strings.Contains(a.Text, "INVALID_TOTP_ERROR"):
					wrong.Add(1)
				case strings.Contains(a.Text, "LIMIT_REACHED_ERROR"):
					limited.Add(1)
				case a.StatusCode == http.StatusTooManyRequests:
				default:
					t.Errorf("%q: %d %s", guess, a.StatusCode, a.Text)
				}
			}
		})
	}
	wait.Wait()
	if wrong.Load() != 5 || limited.Load() == 0 {
		t.Errorf("%d wrong codes were looked at and %d refused, want five looked at", wrong.Load(), limited.Load())
	}
	w.Clock.Advance(2 * time.Minute) // the limit of the address is another
	verify(sessions[0], phone.Code(0)).Status("LIMIT_REACHED_ERROR").Has(`"retryAfterMs":`)
	w.Clock.Advance(16 * time.Minute)
	verify(sessions[0], phone.Code(0)).OK()
}

// TestCodeRace uses one code many times at once.
func TestCodeRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, totp.Config{})
	b := w.Browser()
	b.SignUp(email, password)
	phone := w.setUp(b, "phone")
	w.Clock.Advance(2 * time.Minute)
	code := phone.Code(0)
	var sessions []*authtest.Browser
	for range 10 {
		b := w.Browser()
		b.SignIn(email, password)
		sessions = append(sessions, b)
		w.Clock.Advance(time.Second)
	}
	var ok atomic.Int64
	var wait sync.WaitGroup
	for _, b := range sessions {
		wait.Go(func() {
			if strings.Contains(verify(b, code).Text, `"OK"`) {
				ok.Add(1)
			}
		})
	}
	wait.Wait()
	if ok.Load() != 1 {
		t.Errorf("the code served %d times", ok.Load())
	}
}

func TestInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t, totp.Config{})
	b := w.Browser()
	for _, path := range []string{"/auth/totp/device", "/auth/totp/device/verify", "/auth/totp/device/remove", "/auth/totp/verify", "/auth/totp/recovery/codes", "/auth/totp/recovery/verify"} {
		b.Post(path, map[string]string{}).Want(401)
	}
	b.SignUp(email, password)
	for _, row := range []struct{ path, body, says string }{
		{"/auth/totp/device", `{"deviceName":1}`, "deviceName must not be a JSON number"},
		{"/auth/totp/device/verify", `{}`, "deviceName is required and must be a string"},
		{"/auth/totp/device/verify", `{"deviceName":"a"}`, "totp is required and must be a string"},
		{"/auth/totp/device/verify", `{"deviceName":"a","totp":123456}`, "totp must not be a JSON number"},
		{"/auth/totp/device/remove", `{"deviceName":""}`, "deviceName is required and must be a non-empty string"},
		{"/auth/totp/verify", `{}`, "totp is required and must be a string"},
		{"/auth/totp/recovery/verify", `{}`, "code is required and must be a string"},
	} {
		b.Post(row.path, row.body).Want(400).Has(row.says)
	}
	verify(b, "123456").Status("UNKNOWN_USER_ID_ERROR")
}
