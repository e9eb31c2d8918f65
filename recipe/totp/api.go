package totp

import (
	"context"
	"errors"
	"slices"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/session"
)

// APIs is what the recipe serves. A nil API is not served.
type APIs struct {
	CreateDevice op.Func[CreateDevicePost, NewDevice]         `fdi:"POST /totp/device"`
	Devices      op.Func[DevicesGet, core.TOTPDevices]        `fdi:"GET /totp/device/list"`
	VerifyDevice op.Func[DevicePost, core.VerifiedTOTPDevice] `fdi:"POST /totp/device/verify"`
	RemoveDevice op.Func[DevicePost, core.RemovedTOTPDevice]  `fdi:"POST /totp/device/remove"`
	Verify       op.Func[CodePost, struct{}]                  `fdi:"POST /totp/verify"`

	CreateRecoveryCodes op.Func[DevicesGet, core.RecoveryCodes]      `fdi:"POST /totp/recovery/codes"`
	Recover             op.Func[RecoverPost, core.RecoveryCodesLeft] `fdi:"POST /totp/recovery/verify"`
	RecoveryCodesLeft   op.Func[DevicesGet, core.RecoveryCodesLeft]  `fdi:"GET /totp/recovery"`
}

// CreateDevicePost is the input of [APIs].CreateDevice.
type CreateDevicePost struct {
	fdi.Call
	DeviceName string `json:"deviceName"` // default "TOTP Device N"
}

// DevicesGet is the input of APIs that need nothing but the session.
type DevicesGet struct{ fdi.Call }

// DevicePost is the input of APIs for one device.
type DevicePost struct {
	fdi.Call
	DeviceName string       `json:"deviceName"`
	TOTP       *core.Secret `json:"totp"`
}

// CodePost is the input of [APIs].Verify.
type CodePost struct {
	fdi.Call
	TOTP *core.Secret `json:"totp"`
}

// RecoverPost is the input of [APIs].Recover.
type RecoverPost struct {
	fdi.Call
	Code *core.Secret `json:"code"`
}

// limited is somebody who is locked out after too many wrong codes.
type limited struct {
	RetryAfterMs int64 `json:"retryAfterMs"`
}

// FailStatus is LIMIT_REACHED_ERROR.
func (*limited) FailStatus() op.Status { return "LIMIT_REACHED_ERROR" }
func (*limited) Error() string         { return "too many wrong codes" }

// outcome turns the core's limit into the one of this API, which is an
// ordinary answer here.
func outcome(err error) error {
	var limit *core.LimitReached
	if errors.As(err, &limit) {
		return &limited{limit.RetryAfterMs}
	}
	return err
}

// signedIn is the session of a request, whatever its claims say: a code is how
// they are met.
func (r *Recipe) signedIn(call fdi.Call) (*session.Session, error) {
	return r.sessions.Verify(call.Response, call.Request, session.AnyClaims())
}

func (r *Recipe) createDeviceAPI(ctx context.Context, in CreateDevicePost) (out NewDevice, err error) {
	s, err := r.signedIn(in.Call)
	if err != nil {
		return out, err
	}
	if err := r.factors.MaySetUp(ctx, s, RecipeID); err != nil {
		return out, err
	}
	user, err := r.app.Core.User.ByID(ctx, core.UserByID{UserID: s.UserID()})
	if errors.Is(err, core.UnknownUserID) {
		return out, r.sessions.Gone("the session's user is gone")
	}
	if err != nil {
		return out, err
	}
	return r.AddDevice(ctx, s.UserID(), identifierOf(user.User), in.DeviceName)
}

func (r *Recipe) devicesAPI(ctx context.Context, in DevicesGet) (out core.TOTPDevices, err error) {
	s, err := r.signedIn(in.Call)
	if err != nil {
		return out, err
	}
	return r.Functions.Devices(ctx, core.TOTPUser{UserID: s.UserID()})
}

func (r *Recipe) verifyDeviceAPI(ctx context.Context, in DevicePost) (out core.VerifiedTOTPDevice, err error) {
	s, err := r.signedIn(in.Call)
	if err != nil {
		return out, err
	}
	switch {
	case in.DeviceName == "":
		return out, fdi.BadInput("deviceName is required and must be a string")
	case in.TOTP == nil:
		return out, fdi.BadInput("totp is required and must be a string")
	}
	if err := r.factors.MaySetUp(ctx, s, RecipeID); err != nil {
		return out, err
	}
	out, err = r.Functions.VerifyDevice(ctx, core.VerifyTOTPDevice{
		TenantID: s.TenantID(), UserID: s.UserID(), DeviceName: in.DeviceName, TOTP: *in.TOTP,
	})
	if err != nil {
		return out, outcome(err)
	}
	if out.WasAlreadyVerified { // no code was looked at
		return out, nil
	}
	if err := r.factors.Complete(ctx, s, RecipeID); err != nil {
		return out, err
	}
	return out, r.changed(ctx, s, "A device was added that shows codes for signing in.")
}

// removeDeviceAPI removes a device; one that counts only for those who have
// completed what is required.
func (r *Recipe) removeDeviceAPI(ctx context.Context, in DevicePost) (out core.RemovedTOTPDevice, err error) {
	s, err := r.signedIn(in.Call)
	if err != nil {
		return out, err
	}
	if in.DeviceName == "" {
		return out, fdi.BadInput("deviceName is required and must be a non-empty string")
	}
	list, err := r.Functions.Devices(ctx, core.TOTPUser{UserID: s.UserID()})
	if err != nil {
		return out, err
	}
	counts := slices.ContainsFunc(list.Devices, func(d core.TOTPDevice) bool { return d.Name == in.DeviceName && d.Verified })
	if counts {
		if err := r.mayChange(ctx, s); err != nil {
			return out, err
		}
	}
	out, err = r.Functions.RemoveDevice(ctx, core.TOTPDeviceName{UserID: s.UserID(), DeviceName: in.DeviceName})
	if err != nil || !counts {
		return out, err
	}
	return out, r.changed(ctx, s, "A device that shows codes for signing in was removed.")
}

func (r *Recipe) verifyAPI(ctx context.Context, in CodePost) (out struct{}, err error) {
	s, err := r.signedIn(in.Call)
	if err != nil {
		return out, err
	}
	if in.TOTP == nil {
		return out, fdi.BadInput("totp is required and must be a string")
	}
	if err := r.limit(in.Call, s); err != nil {
		return out, err
	}
	if _, err := r.Functions.Verify(ctx, core.VerifyTOTP{TenantID: s.TenantID(), UserID: s.UserID(), TOTP: *in.TOTP}); err != nil {
		return out, outcome(err)
	}
	return out, r.factors.Complete(ctx, s, RecipeID)
}

// limit counts by the address only: the user's own tries are the core's.
func (r *Recipe) limit(call fdi.Call, s *session.Session) error {
	_, err := r.app.Attempt(call.Request, postern.SpendToken, s.TenantID(), "")
	return err
}

func (r *Recipe) createRecoveryAPI(ctx context.Context, in DevicesGet) (out core.RecoveryCodes, err error) {
	s, err := r.signedIn(in.Call)
	if err != nil {
		return out, err
	}
	if err := r.mayChange(ctx, s); err != nil {
		return out, err
	}
	if out, err = r.Functions.CreateRecoveryCodes(ctx, core.TOTPUser{UserID: s.UserID()}); err != nil {
		return out, err
	}
	return out, r.changed(ctx, s, "New recovery codes were made. Those from before are no longer good.")
}

func (r *Recipe) recoverAPI(ctx context.Context, in RecoverPost) (out core.RecoveryCodesLeft, err error) {
	s, err := r.signedIn(in.Call)
	if err != nil {
		return out, err
	}
	if in.Code == nil {
		return out, fdi.BadInput("code is required and must be a string")
	}
	if err := r.limit(in.Call, s); err != nil {
		return out, err
	}
	out, err = r.Functions.UseRecoveryCode(ctx, core.UseRecoveryCode{TenantID: s.TenantID(), UserID: s.UserID(), Code: *in.Code})
	if err != nil {
		return out, outcome(err)
	}
	return out, r.factors.Complete(ctx, s, RecipeID)
}

func (r *Recipe) recoveryLeftAPI(ctx context.Context, in DevicesGet) (out core.RecoveryCodesLeft, err error) {
	s, err := r.signedIn(in.Call)
	if err != nil {
		return out, err
	}
	return r.CountRecoveryCodes(ctx, core.TOTPUser{UserID: s.UserID()})
}
