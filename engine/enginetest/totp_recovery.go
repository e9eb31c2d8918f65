package enginetest

import (
	"strings"
	"testing"

	"github.com/posternauth/postern/core"
)

// recovery: codes for a device that is lost, each good once.
func (s suite) recovery(t *testing.T) {
	user := newID("user")
	use := func(code core.Secret) core.UseRecoveryCode { return core.UseRecoveryCode{UserID: user, Code: code} }
	count := func(want int64) {
		t.Helper()
		if got := ok(t, s.TOTP.CountRecoveryCodes, core.TOTPUser{UserID: user}).Left; got != want {
			t.Errorf("%d codes are left, want %d", got, want)
		}
	}
	fails(t, s.TOTP.CreateRecoveryCodes, core.TOTPUser{UserID: user}, core.UnknownUserID)
	fails(t, s.TOTP.UseRecoveryCode, use("abcde-fghij"), core.UnknownUserID)
	bad(t, s.TOTP.UseRecoveryCode, core.UseRecoveryCode{Code: "a"}, "userId cannot be empty")
	noTenant(t, s.TOTP.UseRecoveryCode, core.UseRecoveryCode{TenantID: newID("tenant"), UserID: user, Code: "a"})
	phone := s.importDevice(t, user)
	count(0)
	before := ok(t, s.TOTP.CreateRecoveryCodes, core.TOTPUser{UserID: user}).Codes
	codes := ok(t, s.TOTP.CreateRecoveryCodes, core.TOTPUser{UserID: user}).Codes
	seen := map[core.Secret]bool{}
	for _, code := range codes {
		seen[code] = true
		if len(code) != 11 || code[5] != '-' {
			t.Errorf("a code is %q", string(code))
		}
	}
	if len(seen) != 10 {
		t.Errorf("%d different codes, want 10", len(seen))
	}
	checkTries(t, fails(t, s.TOTP.UseRecoveryCode, use(before[0]), "INVALID_TOTP_ERROR"), 1, 5)
	if got := ok(t, s.TOTP.UseRecoveryCode, use(codes[0])).Left; got != 9 {
		t.Errorf("%d codes are left, want 9", got)
	}
	fails(t, s.TOTP.UseRecoveryCode, use(codes[0]), "INVALID_TOTP_ERROR")
	written := " " + strings.ToUpper(strings.ReplaceAll(string(codes[1]), "-", " ")) + " "
	ok(t, s.TOTP.UseRecoveryCode, use(core.Secret(written)))
	other := newID("user")
	s.importDevice(t, other)
	fails(t, s.TOTP.UseRecoveryCode, core.UseRecoveryCode{UserID: other, Code: codes[2]}, "INVALID_TOTP_ERROR")
	count(8)
	// Wrong codes of both kinds are counted together.
	for i := range int64(5) {
		if i%2 == 0 {
			checkTries(t, fails(t, s.TOTP.UseRecoveryCode, use("wrong-wrong"), "INVALID_TOTP_ERROR"), i+1, 5)
		} else {
			checkTries(t, fails(t, s.TOTP.Verify, core.VerifyTOTP{UserID: user, TOTP: phone.wrong(t, 0)}, "INVALID_TOTP_ERROR"), i+1, 5)
		}
	}
	fails(t, s.TOTP.UseRecoveryCode, use(codes[3]), "LIMIT_REACHED_ERROR")
	ok(t, s.TOTP.RemoveDevice, core.TOTPDeviceName{UserID: user, DeviceName: "phone"})
	count(0)
}

// raceRecovery: one code is one sign-in.
func (s suite) raceRecovery(t *testing.T) {
	const n, most = 50, 5
	user := newID("user")
	s.importDevice(t, user)
	code := ok(t, s.TOTP.CreateRecoveryCodes, core.TOTPUser{UserID: user}).Codes[0]
	got := atOnce(t, n, func(i int) error {
		_, err := s.either(i).TOTP.UseRecoveryCode(t.Context(), core.UseRecoveryCode{UserID: user, Code: code})
		return err
	})
	if got["OK"] != 1 || got["INVALID_TOTP_ERROR"] != most || got["LIMIT_REACHED_ERROR"] != n-1-most {
		t.Errorf("the same code: outcomes %v, want one OK and %d wrong", got, most)
	}
}
