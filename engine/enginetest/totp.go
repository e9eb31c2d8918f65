package enginetest

import (
	"encoding/base32"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pquerna/otp/hotp"

	"github.com/posternauth/postern/core"
)

// authenticator is somebody's phone.
type authenticator struct {
	secret core.Secret
	period time.Duration
}

// code returns the code some steps from now, by a clock that is ahead.
func (a authenticator) code(t *testing.T, steps int64, ahead time.Duration) core.Secret {
	t.Helper()
	step := time.Now().Add(ahead).Unix()/int64(a.period.Seconds()) + steps
	code, err := hotp.GenerateCode(string(a.secret), uint64(step))
	if err != nil {
		t.Fatal(err)
	}
	return core.Secret(code)
}

// The device of the tests: codes of a minute, so that few runs see two.
const (
	totpPeriod = 60
	totpSkew   = 1
)

// newDevice makes a device that is not verified.
func (s suite) newDevice(t *testing.T, user, name string) (string, authenticator) {
	t.Helper()
	made := ok(t, s.TOTP.CreateDevice, core.CreateTOTPDevice{UserID: user, DeviceName: name, Skew: totpSkew, Period: totpPeriod})
	return made.DeviceName, authenticator{made.Secret, totpPeriod * time.Second}
}

// importDevice gives a user a device that is verified.
func (s suite) importDevice(t *testing.T, user string) authenticator {
	t.Helper()
	const secret = "JBSWY3DPEHPK3PXP"
	ok(t, s.TOTP.ImportDevice, core.ImportTOTPDevice{UserID: user, DeviceName: "phone", Skew: totpSkew, Period: totpPeriod, SecretKey: secret})
	return authenticator{secret, totpPeriod * time.Second}
}

// wrong returns a code that is right at no time near now.
func (a authenticator) wrong(t *testing.T, ahead time.Duration) core.Secret {
	t.Helper()
	var near []core.Secret
	for steps := int64(-3); steps <= 3; steps++ {
		near = append(near, a.code(t, steps, ahead))
	}
	for _, code := range []core.Secret{"000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777"} {
		if !slices.Contains(near, code) {
			return code
		}
	}
	return "too long to be right"
}

func (s suite) totpDevices(t *testing.T) {
	user := newID("user")
	list := func() []core.TOTPDevice { return ok(t, s.TOTP.Devices, core.TOTPUser{UserID: user}).Devices }
	if got := list(); got == nil || len(got) != 0 {
		t.Errorf("nobody has the devices %v", got)
	}
	name, first := s.newDevice(t, user, "")
	again, second := s.newDevice(t, user, "")
	if name != "TOTP Device 0" || again != name || first.secret == second.secret {
		t.Errorf("devices %q and %q, want the same name with another secret", name, again)
	}
	if raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(string(first.secret)); err != nil || len(raw) != 20 {
		t.Errorf("a secret of %d bytes: %v", len(raw), err)
	}
	s.importDevice(t, user)
	fails(t, s.TOTP.CreateDevice, core.CreateTOTPDevice{UserID: user, DeviceName: "phone", Period: 30}, core.TOTPDeviceExists)
	fails(t, s.TOTP.ImportDevice, core.ImportTOTPDevice{UserID: user, DeviceName: "phone", Period: 30, SecretKey: "JBSWY3DP"}, core.TOTPDeviceExists)
	if name, _ := s.newDevice(t, user, ""); name != "TOTP Device 1" {
		t.Errorf("the device beside a verified one is %q", name)
	}

	rename := core.RenameTOTPDevice{UserID: user, ExistingDeviceName: "phone", NewDeviceName: "TOTP Device 1"}
	fails(t, s.TOTP.RenameDevice, rename, core.TOTPDeviceExists)
	rename.NewDeviceName = "old phone"
	ok(t, s.TOTP.RenameDevice, rename)
	fails(t, s.TOTP.RenameDevice, rename, core.UnknownTOTPDevice)
	want := []core.TOTPDevice{
		{Name: "TOTP Device 0", Period: totpPeriod, Skew: totpSkew}, {Name: "TOTP Device 1", Period: totpPeriod, Skew: totpSkew},
		{Name: "old phone", Period: totpPeriod, Skew: totpSkew, Verified: true},
	}
	got := list()
	slices.SortFunc(got, func(a, b core.TOTPDevice) int { return strings.Compare(a.Name, b.Name) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("devices (-want +got):\n%s", diff)
	}
	for _, existed := range []bool{true, false} {
		if got := ok(t, s.TOTP.RemoveDevice, core.TOTPDeviceName{UserID: user, DeviceName: "old phone"}).DidDeviceExist; got != existed {
			t.Errorf("the device existed: %v, want %v", got, existed)
		}
	}
	ok(t, s.User.Remove, core.RemoveUser{UserID: user})
	if got := list(); len(got) != 0 {
		t.Errorf("a user that is gone has the devices %v", got)
	}
}

// mappedTOTP: a device is the user's by either id.
func (s suite) mappedTOTP(t *testing.T) {
	user, _ := s.signUp(t, "")
	mine := newID("mine")
	ok(t, s.UserIDMapping.Create, core.CreateUserIDMapping{SuperTokensUserID: user.ID, ExternalUserID: mine})
	phone := s.importDevice(t, user.ID)
	ok(t, s.TOTP.Verify, core.VerifyTOTP{UserID: mine, TOTP: phone.code(t, 0, 0)})
	fails(t, s.TOTP.Verify, core.VerifyTOTP{UserID: user.ID, TOTP: phone.code(t, 0, 0)}, "INVALID_TOTP_ERROR")
	ok(t, s.TOTP.RenameDevice, core.RenameTOTPDevice{UserID: user.ID, ExistingDeviceName: "phone", NewDeviceName: "p"})
	if got := ok(t, s.TOTP.Devices, core.TOTPUser{UserID: mine}).Devices; len(got) != 1 || got[0].Name != "p" {
		t.Errorf("devices %v, want the one", got)
	}
	bad(t, s.UserIDMapping.Delete, core.DeleteUserIDMapping{UserID: mine}, "UserId is already in use in TOTP recipe")
	ok(t, s.User.Remove, core.RemoveUser{UserID: mine})
	if got := ok(t, s.TOTP.Devices, core.TOTPUser{UserID: mine}).Devices; len(got) != 0 {
		t.Errorf("a user that is gone has the devices %v", got)
	}
}

func (s suite) totpRefuses(t *testing.T) {
	create := core.CreateTOTPDevice{UserID: "u", Period: 30}
	for text, change := range map[string]func(*core.CreateTOTPDevice){
		"userId cannot be empty": func(in *core.CreateTOTPDevice) { in.UserID = "" },
		"skew must be >= 0":      func(in *core.CreateTOTPDevice) { in.Skew = -1 },
		"period must be > 0":     func(in *core.CreateTOTPDevice) { in.Period = 0 },
	} {
		in := create
		change(&in)
		bad(t, s.TOTP.CreateDevice, in, text)
	}
	bad(t, s.TOTP.ImportDevice, core.ImportTOTPDevice{UserID: "u", Period: 30, SecretKey: " "}, "secretKey cannot be empty")
	bad(t, s.TOTP.RenameDevice, core.RenameTOTPDevice{UserID: "u", NewDeviceName: "a"}, "existingDeviceName cannot be empty")
	bad(t, s.TOTP.RenameDevice, core.RenameTOTPDevice{UserID: "u", ExistingDeviceName: "a"}, "newDeviceName cannot be empty")
	bad(t, s.TOTP.RemoveDevice, core.TOTPDeviceName{UserID: "u"}, "deviceName cannot be empty")
	bad(t, s.TOTP.Devices, core.TOTPUser{}, "userId cannot be empty")
	bad(t, s.TOTP.Verify, core.VerifyTOTP{TOTP: "123456"}, "userId cannot be empty")
	noTenant(t, s.TOTP.Verify, core.VerifyTOTP{TenantID: newID("tenant"), UserID: "u", TOTP: "123456"})
	if _, err := s.TOTP.ImportDevice(t.Context(), core.ImportTOTPDevice{UserID: "u", Period: 30, SecretKey: "0189!"}); outcomeOf(err) != "400" {
		t.Errorf("a secret that is not base32: %v", err)
	}
}

// verifyTOTP: a device counts from its first code on, and each code once.
func (s suite) verifyTOTP(t *testing.T) {
	user := newID("user")
	verify := func(code core.Secret) core.VerifyTOTP { return core.VerifyTOTP{UserID: user, TOTP: code} }
	fails(t, s.TOTP.Verify, verify("123456"), core.UnknownUserID)
	name, phone := s.newDevice(t, user, "")
	fails(t, s.TOTP.Verify, verify(phone.code(t, 0, 0)), "INVALID_TOTP_ERROR") // not verified

	device := core.VerifyTOTPDevice{UserID: user, DeviceName: "nonsense", TOTP: phone.code(t, 0, 0)}
	fails(t, s.TOTP.VerifyDevice, device, core.UnknownTOTPDevice)
	device.DeviceName, device.TOTP = name, phone.wrong(t, 0)
	checkTries(t, fails(t, s.TOTP.VerifyDevice, device, "INVALID_TOTP_ERROR"), 2, 5)
	device.TOTP = phone.code(t, -1, 0)
	for _, was := range []bool{false, true} {
		if got := ok(t, s.TOTP.VerifyDevice, device).WasAlreadyVerified; got != was {
			t.Errorf("the device was verified already: %v, want %v", got, was)
		}
	}
	checkTries(t, fails(t, s.TOTP.Verify, verify(device.TOTP), "INVALID_TOTP_ERROR"), 1, 5) // used
	ok(t, s.TOTP.Verify, verify(phone.code(t, 0, 0)[:3]+" "+phone.code(t, 0, 0)[3:]))
	checkTries(t, fails(t, s.TOTP.Verify, verify(phone.code(t, 0, 0)), "INVALID_TOTP_ERROR"), 1, 5)
	ok(t, s.TOTP.Verify, verify(phone.code(t, 1, 0)))
	fails(t, s.TOTP.Verify, verify(phone.code(t, 4, 0)), "INVALID_TOTP_ERROR")
	fails(t, s.TOTP.Verify, verify("1234567890123456"), "INVALID_TOTP_ERROR")
}

func checkTries(t *testing.T, err error, current, most int64) {
	t.Helper()
	var invalid *core.InvalidTOTP
	if !errors.As(err, &invalid) || *invalid != (core.InvalidTOTP{CurrentNumberOfFailedAttempts: current, MaxNumberOfFailedAttempts: most}) {
		t.Errorf("%v, want %d of %d tries", err, current, most)
	}
}

// totpLimit: five wrong codes in a row lock the user out, from all tenants and
// devices, for a while that trying does not prolong.
func (s suite) totpLimit(t *testing.T) {
	user, tenant := newID("user"), s.newTenant(t)
	phone, ahead := s.importDevice(t, user), time.Duration(0)
	fail := func(times int64) {
		t.Helper()
		for i := range times {
			in := core.VerifyTOTP{UserID: user, TOTP: phone.wrong(t, ahead)}
			if i%2 == 1 {
				in.TenantID = tenant
			}
			checkTries(t, fails(t, s.TOTP.Verify, in, "INVALID_TOTP_ERROR"), i+1, 5)
		}
	}
	fail(4)
	ok(t, s.TOTP.Verify, core.VerifyTOTP{UserID: user, TOTP: phone.code(t, 0, 0)})
	fail(5)
	name, other := s.newDevice(t, user, "")
	fails(t, s.TOTP.VerifyDevice, core.VerifyTOTPDevice{UserID: user, DeviceName: name, TOTP: other.code(t, 0, 0)}, "LIMIT_REACHED_ERROR")
	s.advance(10 * time.Minute)
	err := fails(t, s.TOTP.Verify, core.VerifyTOTP{UserID: user, TOTP: phone.code(t, 0, 10*time.Minute)}, "LIMIT_REACHED_ERROR")
	var limit *core.LimitReached
	if !errors.As(err, &limit) || limit.CurrentNumberOfFailedAttempts != 5 || limit.MaxNumberOfFailedAttempts != 5 ||
		limit.RetryAfterMs < 4*60_000 || limit.RetryAfterMs > 5*60_000 {
		t.Errorf("%+v, want 5 of 5 tries, and five minutes", limit)
	}
	s.advance(5*time.Minute + time.Second)
	ahead = 15*time.Minute + time.Second
	fail(2)
	s.advance(16 * time.Minute) // those are too long ago to count
	ahead += 16 * time.Minute
	fail(1)
	ok(t, s.TOTP.Verify, core.VerifyTOTP{UserID: user, TOTP: phone.code(t, 0, ahead)})
}

// raceTOTP: one code is one sign-in, and wrong codes are counted exactly.
func (s suite) raceTOTP(t *testing.T) {
	const n, most = 50, 5
	try := func(user string, code core.Secret) func(int) error {
		return func(i int) error {
			_, err := s.either(i).TOTP.Verify(t.Context(), core.VerifyTOTP{UserID: user, TOTP: code})
			return err
		}
	}
	user := newID("user")
	got := atOnce(t, n, try(user, s.importDevice(t, user).code(t, 0, 0)))
	if got["OK"] != 1 || got["INVALID_TOTP_ERROR"] != most || got["LIMIT_REACHED_ERROR"] != n-1-most {
		t.Errorf("the same code: outcomes %v, want one OK and %d wrong", got, most)
	}
	user = newID("user")
	got = atOnce(t, n, try(user, s.importDevice(t, user).wrong(t, 0)))
	if got["INVALID_TOTP_ERROR"] != most || got["LIMIT_REACHED_ERROR"] != n-most {
		t.Errorf("wrong codes: outcomes %v, want %d wrong and the others refused", got, most)
	}
}
