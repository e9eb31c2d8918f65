package authtest

import (
	"net/url"
	"strconv"

	"github.com/pquerna/otp/hotp"
)

// Phone is an app on a phone that shows codes (RFC 6238), by the app's clock.
type Phone struct {
	secret string
	period int64
	app    *App
}

// Scan sets a phone up by the address that a QR code shows.
func (a *App) Scan(address string) Phone {
	a.t.Helper()
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" {
		a.t.Fatalf("%q is no address of a device: %v", address, err)
	}
	period, err := strconv.ParseInt(u.Query().Get("period"), 10, 64)
	if err != nil || period < 1 {
		a.t.Fatalf("%q has no period: %v", address, err)
	}
	return Phone{u.Query().Get("secret"), period, a}
}

// Code is what the phone shows, or will show some codes from now.
func (p Phone) Code(steps int64) string {
	p.app.t.Helper()
	code, err := hotp.GenerateCode(p.secret, uint64(p.app.Clock.Now().Unix()/p.period+steps))
	if err != nil {
		p.app.t.Fatal(err)
	}
	return code
}
