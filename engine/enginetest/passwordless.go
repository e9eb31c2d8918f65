package enginetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

func newPhone() string { return fmt.Sprintf("+1415%07d", 2_000_000+rand.IntN(7_999_999)) }

func byCode(c core.CreatedCode) core.ConsumeCode {
	return core.ConsumeCode{PreAuthSessionID: c.PreAuthSessionID, DeviceID: c.DeviceID, UserInputCode: c.UserInputCode}
}

func byLink(c core.CreatedCode) core.ConsumeCode {
	return core.ConsumeCode{PreAuthSessionID: c.PreAuthSessionID, LinkCode: c.LinkCode}
}

func (s suite) byPhone(t *testing.T, number string) core.User {
	t.Helper()
	return ok(t, s.Passwordless.ConsumeCode, byCode(ok(t, s.Passwordless.CreateCode, core.CreateCode{PhoneNumber: number}))).User
}

func (s suite) byMail(t *testing.T, tenant, email string) core.User {
	t.Helper()
	in := byLink(ok(t, s.Passwordless.CreateCode, core.CreateCode{TenantID: tenant, Email: email}))
	in.TenantID = tenant
	return ok(t, s.Passwordless.ConsumeCode, in).User
}

func (s suite) passwordlessSignInUp(t *testing.T) {
	email, phone := newEmail(), newPhone()
	for name, tt := range map[string]struct {
		create   core.CreateCode
		use      func(core.CreatedCode) core.ConsumeCode
		verified bool
	}{
		"link to an email": {core.CreateCode{Email: " " + strings.ToUpper(email)}, byLink, true},
		"code to a phone":  {core.CreateCode{PhoneNumber: " " + phone[:2] + " (" + phone[2:5] + ") " + phone[5:]}, byCode, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var id string
			for _, isNew := range []bool{true, false} {
				code := ok(t, s.Passwordless.CreateCode, tt.create)
				got := ok(t, s.Passwordless.ConsumeCode, tt.use(code))
				m := got.User.LoginMethods[0]
				if got.CreatedNewUser != isNew || m.RecipeID != "passwordless" || got.RecipeUserID != m.RecipeUserID || m.Verified != tt.verified {
					t.Errorf("consumed %+v", got)
				}
				want := core.Device{PreAuthSessionID: code.PreAuthSessionID, Email: m.Email, PhoneNumber: m.PhoneNumber}
				if got.ConsumedDevice != want || m.Email != email && m.PhoneNumber != phone {
					t.Errorf("device %+v, want %+v", got.ConsumedDevice, want)
				}
				if !isNew && got.User.ID != id {
					t.Errorf("signed in as %s, want %s", got.User.ID, id)
				}
				id = got.User.ID
				fails(t, s.Passwordless.ConsumeCode, tt.use(code), core.RestartFlow)
			}
			if diff := cmp.Diff(ok(t, s.User.ByID, core.UserByID{UserID: id}).User.ID, id); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func (s suite) passwordlessCodes(t *testing.T) {
	email := newEmail()
	first := ok(t, s.Passwordless.CreateCode, core.CreateCode{Email: email})
	if len(first.UserInputCode) != 6 || len(first.DeviceID) != 44 || len(first.LinkCode) != 43 || len(first.PreAuthSessionID) != 43 ||
		first.CodeLifetime != 900_000 || first.TimeCreated < 1_500_000_000_000 {
		t.Errorf("created %+v", first)
	}
	again := ok(t, s.Passwordless.CreateCode, core.CreateCode{DeviceID: first.DeviceID, UserInputCode: "my code"})
	if again.PreAuthSessionID != first.PreAuthSessionID || again.UserInputCode != "my code" || again.LinkCode == first.LinkCode {
		t.Errorf("another code is %+v", again)
	}
	fails(t, s.Passwordless.CreateCode, core.CreateCode{DeviceID: first.DeviceID, UserInputCode: "my code"}, core.UserInputCodeAlreadyUsed)
	fails(t, s.Passwordless.CreateCode, core.CreateCode{DeviceID: "bm9ib2R5"}, core.RestartFlow)

	want := core.DeviceCodes{Device: core.Device{PreAuthSessionID: first.PreAuthSessionID, Email: email}, Codes: []core.Code{
		{CodeID: first.CodeID, TimeCreated: first.TimeCreated, CodeLifetime: 900_000},
		{CodeID: again.CodeID, TimeCreated: again.TimeCreated, CodeLifetime: 900_000},
	}}
	slices.SortFunc(want.Codes, func(a, b core.Code) int {
		return strings.Compare(fmt.Sprint(a.TimeCreated, a.CodeID), fmt.Sprint(b.TimeCreated, b.CodeID))
	})
	for name, in := range map[string]core.ListCodes{
		"email": {Email: email}, "device": {DeviceID: first.DeviceID}, "session": {PreAuthSessionID: first.PreAuthSessionID + "="},
	} {
		if diff := cmp.Diff([]core.DeviceCodes{want}, ok(t, s.Passwordless.ListCodes, in).Devices); diff != "" {
			t.Errorf("by %s (-want +got):\n%s", name, diff)
		}
	}
	ok(t, s.Passwordless.RevokeCode, core.RevokeCode{CodeID: first.CodeID})
	fails(t, s.Passwordless.ConsumeCode, byLink(first), core.RestartFlow)
	ok(t, s.Passwordless.CheckCode, byCode(again))
	ok(t, s.Passwordless.RevokeCode, core.RevokeCode{CodeID: again.CodeID})
	if got := ok(t, s.Passwordless.ListCodes, core.ListCodes{Email: email}).Devices; got == nil || len(got) != 0 {
		t.Errorf("devices %+v are left without a code", got)
	}
	other := ok(t, s.Passwordless.CreateCode, core.CreateCode{Email: email})
	ok(t, s.Passwordless.RevokeCode, core.RevokeCode{PreAuthSessionID: other.PreAuthSessionID})
	fails(t, s.Passwordless.ConsumeCode, byLink(other), core.RestartFlow)
	other = ok(t, s.Passwordless.CreateCode, core.CreateCode{Email: email})
	ok(t, s.Passwordless.RevokeCodes, core.RevokeCodes{Email: " " + strings.ToUpper(email)})
	fails(t, s.Passwordless.CheckCode, byLink(other), core.RestartFlow)
}

// passwordlessTries: wrong codes are counted, right ones are not.
func (s suite) passwordlessTries(t *testing.T) {
	code := ok(t, s.Passwordless.CreateCode, core.CreateCode{PhoneNumber: newPhone()})
	wrong := byCode(code)
	wrong.UserInputCode = otherThan(code.UserInputCode)
	for i := range 4 {
		try := fails[core.ConsumeCode, core.ConsumedCode]
		var err error
		if i%2 == 0 {
			err = try(t, s.Passwordless.ConsumeCode, wrong, core.IncorrectUserInputCode)
		} else {
			err = fails(t, s.Passwordless.CheckCode, wrong, core.IncorrectUserInputCode)
		}
		var w *core.WrongCode
		if errors.As(err, &w); w.FailedCodeInputAttemptCount != int64(i+1) || w.MaximumCodeInputAttempts != 5 {
			t.Errorf("try %d: %+v", i+1, w)
		}
		if got := ok(t, s.Passwordless.CheckCode, byCode(code)).ConsumedDevice.FailedCodeInputAttemptCount; got != int64(i+1) {
			t.Errorf("after try %d: %d wrong codes", i+1, got)
		}
	}
	fails(t, s.Passwordless.CheckCode, wrong, core.RestartFlow)
	fails(t, s.Passwordless.ConsumeCode, byCode(code), core.RestartFlow)
	fails(t, s.Passwordless.CreateCode, core.CreateCode{DeviceID: code.DeviceID}, core.RestartFlow)
}

// passwordlessCaps: there are not many codes to guess at once.
func (s suite) passwordlessCaps(t *testing.T) {
	email := newEmail()
	first := ok(t, s.Passwordless.CreateCode, core.CreateCode{Email: email})
	var last core.CreatedCode
	for range 30 {
		last = ok(t, s.Passwordless.CreateCode, core.CreateCode{DeviceID: first.DeviceID})
	}
	if got := ok(t, s.Passwordless.ListCodes, core.ListCodes{Email: email}).Devices[0].Codes; len(got) > 5 {
		t.Errorf("a device has %d codes", len(got))
	}
	ok(t, s.Passwordless.CheckCode, byLink(last))
	for range 30 {
		last = ok(t, s.Passwordless.CreateCode, core.CreateCode{Email: email})
	}
	if got := ok(t, s.Passwordless.ListCodes, core.ListCodes{Email: email}).Devices; len(got) > 20 {
		t.Errorf("an address has %d devices", len(got))
	}
	ok(t, s.Passwordless.ConsumeCode, byLink(last))
	if got := ok(t, s.Passwordless.ListCodes, core.ListCodes{Email: email}).Devices; len(got) != 0 {
		t.Errorf("after signing in %d devices are left", len(got))
	}
}

func (s suite) passwordlessExpires(t *testing.T) {
	email := newEmail()
	code := ok(t, s.Passwordless.CreateCode, core.CreateCode{Email: email})
	s.advance(16 * time.Minute)
	fails(t, s.Passwordless.ConsumeCode, byLink(code), core.RestartFlow)
	var w *core.WrongCode
	if err := fails(t, s.Passwordless.ConsumeCode, byCode(code), core.ExpiredUserInputCode); !errors.As(err, &w) || w.FailedCodeInputAttemptCount != 1 {
		t.Errorf("expired: %+v", w)
	}
	fails(t, s.Passwordless.CheckCode, byCode(code), core.ExpiredUserInputCode)
	fresh := ok(t, s.Passwordless.CreateCode, core.CreateCode{DeviceID: code.DeviceID})
	if got := ok(t, s.Passwordless.ConsumeCode, byCode(fresh)).ConsumedDevice.FailedCodeInputAttemptCount; got != 2 {
		t.Errorf("%d wrong codes before, want 2", got)
	}
}

func (s suite) passwordlessRefuses(t *testing.T) {
	const oneToCreate = "Please provide exactly one of email, phoneNumber or deviceId"
	for _, in := range []core.CreateCode{{}, {Email: newEmail(), PhoneNumber: newPhone()}, {DeviceID: "YQ==", Email: newEmail()}} {
		bad(t, s.Passwordless.CreateCode, in, oneToCreate)
	}
	bad(t, s.Passwordless.CreateCode, core.CreateCode{DeviceID: "%"}, "Input encoding error in deviceId")
	code, other := ok(t, s.Passwordless.CreateCode, core.CreateCode{Email: newEmail()}), ok(t, s.Passwordless.CreateCode, core.CreateCode{Email: newEmail()})
	const oneToUse = "Please provide exactly one of linkCode or deviceId+userInputCode"
	for name, tt := range map[string]struct {
		change func(*core.ConsumeCode)
		text   string
	}{
		"nothing":       {func(in *core.ConsumeCode) { in.LinkCode = "" }, oneToUse},
		"both":          {func(in *core.ConsumeCode) { in.DeviceID, in.UserInputCode = code.DeviceID, code.UserInputCode }, oneToUse},
		"half":          {func(in *core.ConsumeCode) { in.LinkCode, in.DeviceID = "", code.DeviceID }, oneToUse},
		"no base64":     {func(in *core.ConsumeCode) { in.LinkCode = "%" }, "Input encoding error in linkCode"},
		"other session": {func(in *core.ConsumeCode) { in.PreAuthSessionID = other.PreAuthSessionID }, "preAuthSessionId and deviceId doesn't match"},
		"other device": {func(in *core.ConsumeCode) {
			in.LinkCode, in.DeviceID, in.UserInputCode = "", other.DeviceID, code.UserInputCode
		}, "preAuthSessionId and deviceId doesn't match"},
		"no device": {func(in *core.ConsumeCode) { in.LinkCode, in.DeviceID, in.UserInputCode = "", "%", "1" }, "Input encoding error in deviceId"},
	} {
		t.Run(name, func(t *testing.T) {
			in := byLink(code)
			tt.change(&in)
			bad(t, s.Passwordless.ConsumeCode, in, tt.text)
			bad(t, s.Passwordless.CheckCode, in, tt.text)
		})
	}
	tenant := s.newTenant(t)
	elsewhere := byLink(code)
	elsewhere.TenantID = tenant
	fails(t, s.Passwordless.ConsumeCode, elsewhere, core.RestartFlow)
	ok(t, s.Passwordless.CheckCode, byLink(code))
	bad(t, s.Passwordless.RevokeCodes, core.RevokeCodes{}, "Please provide exactly one of email or phoneNumber")
	bad(t, s.Passwordless.RevokeCode, core.RevokeCode{}, "Please provide either 'codeId' or 'preAuthSessionId'")
	bad(t, s.Passwordless.RevokeCode, core.RevokeCode{CodeID: "a", PreAuthSessionID: "b"}, "Please provide only one of 'codeId' or 'preAuthSessionId'")
	bad(t, s.Passwordless.ListCodes, core.ListCodes{}, "Please provide exactly one of email, phoneNumber, deviceId or preAuthSessionId")
	noTenant(t, s.Passwordless.CreateCode, core.CreateCode{TenantID: newID("no"), Email: newEmail()})
}

func (s suite) passwordlessHostile(t *testing.T) {
	for name, text := range hostileTexts() {
		device := ok(t, s.Passwordless.CreateCode, core.CreateCode{Email: newEmail()})
		calls := map[string]func() error{
			"phone": func() error {
				_, err := s.Passwordless.CreateCode(t.Context(), core.CreateCode{PhoneNumber: text})
				return err
			},
			"code": func() error {
				_, err := s.Passwordless.CreateCode(t.Context(), core.CreateCode{DeviceID: device.DeviceID, UserInputCode: core.Secret(text)})
				return err
			},
			"consumed": func() error {
				in := byCode(device)
				in.UserInputCode = core.Secret(text)
				_, err := s.Passwordless.ConsumeCode(t.Context(), in)
				return err
			},
			"code id": func() error {
				_, err := s.Passwordless.RevokeCode(t.Context(), core.RevokeCode{CodeID: text})
				return err
			},
		}
		for field, call := range calls {
			if err := call(); outcomeOf(err) == "error" || outcomeOf(err) == "503" {
				t.Errorf("%s as %s: %v", name, field, err)
			}
		}
	}
}

func (s suite) updatePasswordless(t *testing.T) {
	email, phone := newEmail(), newPhone()
	user := s.byMail(t, "", email)
	update := func(email, phone op.Optional[string]) core.UpdatePasswordless {
		return core.UpdatePasswordless{RecipeUserID: user.ID, Email: email, PhoneNumber: phone}
	}
	var same op.Optional[string]
	pending := ok(t, s.Passwordless.CreateCode, core.CreateCode{Email: email})
	ok(t, s.Passwordless.Update, update(same, op.Some(" "+phone)))
	ok(t, s.Passwordless.CheckCode, byLink(pending)) // nothing was said of the email
	if got := s.byPhone(t, phone); got.ID != user.ID || !slices.Equal(got.PhoneNumbers, []string{phone}) || !slices.Equal(got.Emails, []string{email}) {
		t.Errorf("by phone the user is %+v", got)
	}
	fails(t, s.Passwordless.CheckCode, byLink(pending), core.RestartFlow) // whoever signed in has both
	pending = ok(t, s.Passwordless.CreateCode, core.CreateCode{Email: email})
	ok(t, s.Passwordless.Update, update(op.Null[string](), same))
	fails(t, s.Passwordless.CheckCode, byLink(pending), core.RestartFlow)
	bad(t, s.Passwordless.Update, update(same, op.Null[string]()), "You cannot clear both email and phone number of a user")
	bad(t, s.Passwordless.Update, update(op.Null[string](), op.Null[string]()), "You cannot clear both email and phone number of a user")
	if other := s.byMail(t, "", email); other.ID == user.ID {
		t.Error("an email that was given up signs in")
	}
	fails(t, s.Passwordless.Update, update(op.Some(email), same), core.EmailAlreadyExists)
	taken := newPhone()
	stranger := s.byPhone(t, taken)
	fails(t, s.Passwordless.Update, update(same, op.Some(taken)), core.PhoneNumberAlreadyExists)
	ok(t, s.Passwordless.Update, update(same, op.Some(phone)))

	s.makePrimary(t, user.ID)
	fails(t, s.Passwordless.Update, update(op.Some(email), same), "EMAIL_CHANGE_NOT_ALLOWED_ERROR")
	err := fails(t, s.Passwordless.Update, update(same, op.Some(taken)), "PHONE_NUMBER_CHANGE_NOT_ALLOWED_ERROR")
	var no *core.PhoneNumberChangeNotAllowed
	if !errors.As(err, &no) || no.Reason != "New phone number is associated with another primary user ID" {
		t.Error(err)
	}
	s.makePrimary(t, stranger.ID)
	fails(t, s.Passwordless.Update, update(same, op.Some(taken)), "PHONE_NUMBER_CHANGE_NOT_ALLOWED_ERROR")
	withPassword, _ := s.signUp(t, "")
	for _, id := range []string{newID("nobody"), withPassword.ID} {
		fails(t, s.Passwordless.Update, core.UpdatePasswordless{RecipeUserID: id, Email: op.Some(newEmail())}, core.UnknownUserID)
	}
}

// phones: numbers are stored in one form, found in any and searched by their
// beginning.
func (s suite) phones(t *testing.T) {
	phone := newPhone()
	user := s.byPhone(t, phone)
	spaced := phone[:2] + "-" + phone[2:5] + " " + phone[5:]
	if got := ok(t, s.User.ByAccountInfo, core.UsersByAccountInfo{PhoneNumber: spaced}).Users; len(got) != 1 || got[0].ID != user.ID {
		t.Errorf("by %q: %+v, want %s", spaced, got, user.ID)
	}
	if got := ok(t, s.User.List, core.ListUsers{Phone: phone[:10]}).Users; !slices.ContainsFunc(got, func(u core.User) bool { return u.ID == user.ID }) {
		t.Errorf("by the beginning of %s: %d users, and not this one", phone, len(got))
	}
	tenant := s.newTenant(t)
	add := core.TenantUser{TenantID: tenant, RecipeUserID: user.ID}
	code := ok(t, s.Passwordless.CreateCode, core.CreateCode{TenantID: tenant, PhoneNumber: spaced})
	in := byCode(code)
	in.TenantID = tenant
	twin := ok(t, s.Passwordless.ConsumeCode, in).User
	fails(t, s.Tenant.AddUser, add, core.PhoneNumberAlreadyExists)
	ok(t, s.User.Remove, core.RemoveUser{UserID: twin.ID})
	ok(t, s.Tenant.AddUser, add)
	odd := " 12 ab "
	if got := s.byPhone(t, odd).PhoneNumbers; !slices.Equal(got, []string{"12 ab"}) {
		t.Errorf("what is no number is %q", got)
	}
}
