package totp_test

import (
	"testing"

	"github.com/posternauth/postern/recipe/totp"
)

// TestChangesEndSessions: a change of the factors ends the user's other sessions,
// and no other request does.
func TestChangesEndSessions(t *testing.T) {
	t.Parallel()
	for _, keep := range []bool{false, true} {
		w := newWorld(t, totp.Config{KeepSessions: keep})
		b := w.Browser()
		b.SignUp(email, password)
		elsewhere := func(what string, ends bool, do func()) {
			t.Helper()
			other := w.Browser()
			other.SignIn(email, password)
			do()
			want := 200
			if ends && !keep {
				want = 401
			}
			if got := other.RefreshSession().StatusCode; got != want {
				t.Errorf("%s, sessions are kept %v: another session answers %d, want %d", what, keep, got, want)
			}
			b.RefreshSession().Want(200)
		}
		var d device
		elsewhere("a device is begun", false, func() { d = w.add(b, "phone") })
		elsewhere("a wrong code", false, func() { w.verifyDevice(b, d.DeviceName, "000000") })
		elsewhere("a device is verified", true, func() { w.verifyDevice(b, d.DeviceName, w.Scan(d.QRCodeString).Code(0)).OK() })
		elsewhere("and again", false, func() { w.verifyDevice(b, d.DeviceName, "000000").OK() })
		elsewhere("recovery codes", true, func() { b.Post("/auth/totp/recovery/codes", map[string]string{}).OK() })
		elsewhere("a device that does not count is removed", false, func() {
			w.add(b, "tablet")
			b.Post("/auth/totp/device/remove", map[string]string{"deviceName": "tablet"}).OK()
		})
		elsewhere("a device is removed", true, func() { b.Post("/auth/totp/device/remove", map[string]string{"deviceName": "phone"}).OK() })
	}
}
