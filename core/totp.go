package core

import (
	"fmt"

	"github.com/posternauth/postern/op"
)

// TOTP is time-based codes (RFC 6238) as a second factor. A user may have
// several devices; each step of a code is used once.
type TOTP struct {
	CreateDevice op.Func[CreateTOTPDevice, CreatedTOTPDevice]  `cdi:"POST /recipe/totp/device" fails:"DEVICE_ALREADY_EXISTS_ERROR"`
	ImportDevice op.Func[ImportTOTPDevice, ImportedTOTPDevice] `cdi:"POST /recipe/totp/device/import" fails:"DEVICE_ALREADY_EXISTS_ERROR"`
	RenameDevice op.Func[RenameTOTPDevice, Done]               `cdi:"PUT /recipe/totp/device" fails:"UNKNOWN_DEVICE_ERROR DEVICE_ALREADY_EXISTS_ERROR"`
	RemoveDevice op.Func[TOTPDeviceName, RemovedTOTPDevice]    `cdi:"POST /recipe/totp/device/remove"`
	Devices      op.Func[TOTPUser, TOTPDevices]                `cdi:"GET /recipe/totp/device/list"`

	// StatusOfMany says of up to 500 users, in the order of their ids, whether
	// they have a device that counts.
	StatusOfMany op.Func[ManyUsers, TOTPStatuses] `cdi:"POST /recipe/totp/device/status/bulk"`

	// VerifyDevice checks the first code of a device, after which it counts.
	VerifyDevice op.Func[VerifyTOTPDevice, VerifiedTOTPDevice] `cdi:"POST /{tenant}/recipe/totp/device/verify" fails:"UNKNOWN_DEVICE_ERROR INVALID_TOTP_ERROR LIMIT_REACHED_ERROR"`

	// Verify checks a code against all verified devices.
	Verify op.Func[VerifyTOTP, Done] `cdi:"POST /{tenant}/recipe/totp/verify" fails:"UNKNOWN_USER_ID_ERROR INVALID_TOTP_ERROR LIMIT_REACHED_ERROR"`

	// CreateRecoveryCodes makes ten codes, each good once in place of one from a
	// device that is lost. Those that the user had before are no longer good.
	CreateRecoveryCodes op.Func[TOTPUser, RecoveryCodes] `cdi:"POST /recipe/totp/recovery" ext:"true" fails:"UNKNOWN_USER_ID_ERROR"`

	// UseRecoveryCode spends one. Wrong ones count as wrong codes of a device.
	UseRecoveryCode op.Func[UseRecoveryCode, RecoveryCodesLeft] `cdi:"POST /{tenant}/recipe/totp/recovery/use" ext:"true" fails:"UNKNOWN_USER_ID_ERROR INVALID_TOTP_ERROR LIMIT_REACHED_ERROR"`

	// CountRecoveryCodes says how many are left.
	CountRecoveryCodes op.Func[TOTPUser, RecoveryCodesLeft] `cdi:"GET /recipe/totp/recovery" ext:"true"`
}

// RecoveryCodes are codes to be written down: ten letters and digits with a
// hyphen in the middle. They are kept hashed, and shown once.
type RecoveryCodes struct {
	Codes []Secret `json:"codes"`
}

// UseRecoveryCode is the input of [TOTP.UseRecoveryCode]. Case, spaces and
// hyphens of the code do not matter.
type UseRecoveryCode struct {
	TenantID string `path:"tenant" json:"-"`
	UserID   string `json:"userId"`
	Code     Secret `json:"code"`
}

// RecoveryCodesLeft is a number of recovery codes.
type RecoveryCodesLeft struct {
	Left int64 `json:"left"`
}

// CreateTOTPDevice is the input of [TOTP.CreateDevice].
type CreateTOTPDevice struct {
	UserID     string `json:"userId"`
	DeviceName string `json:"deviceName,omitempty"` // default "TOTP Device N"
	Skew       int64  `json:"skew"`                 // steps before and after that are accepted
	Period     int64  `json:"period"`               // seconds
}

// CreatedTOTPDevice is a device and its secret, in base32.
type CreatedTOTPDevice struct {
	DeviceName string `json:"deviceName"`
	Secret     Secret `json:"secret"`
}

// ImportTOTPDevice is the input of [TOTP.ImportDevice]; the device is verified.
type ImportTOTPDevice struct {
	UserID     string `json:"userId"`
	DeviceName string `json:"deviceName,omitempty"`
	Skew       int64  `json:"skew"`
	Period     int64  `json:"period"`
	SecretKey  Secret `json:"secretKey"`
}

// ImportedTOTPDevice is the result of [TOTP.ImportDevice].
type ImportedTOTPDevice struct {
	DeviceName string `json:"deviceName"`
}

// RenameTOTPDevice is the input of [TOTP.RenameDevice].
type RenameTOTPDevice struct {
	UserID             string `json:"userId"`
	ExistingDeviceName string `json:"existingDeviceName"`
	NewDeviceName      string `json:"newDeviceName"`
}

// TOTPDeviceName is the input of [TOTP.RemoveDevice].
type TOTPDeviceName struct {
	UserID     string `json:"userId"`
	DeviceName string `json:"deviceName"`
}

// RemovedTOTPDevice is the result of [TOTP.RemoveDevice].
type RemovedTOTPDevice struct {
	DidDeviceExist bool `json:"didDeviceExist"`
}

// TOTPUser is the input of [TOTP.Devices].
type TOTPUser struct {
	UserID string `json:"userId"`
}

// TOTPDevices is the devices of a user.
type TOTPDevices struct {
	Devices []TOTPDevice `json:"devices"`
}

// TOTPDevice is a device without its secret.
type TOTPDevice struct {
	Name     string `json:"name"`
	Period   int64  `json:"period"`
	Skew     int64  `json:"skew"`
	Verified bool   `json:"verified"`
}

// TOTPStatuses has an entry for each id that was asked for.
type TOTPStatuses struct {
	Users []TOTPStatus `json:"users"`
}

// TOTPStatus says whether a user has a device.
type TOTPStatus struct {
	UserID string `json:"userId"`
	// HasVerifiedDevice is nil when there is no device at all.
	HasVerifiedDevice *bool `json:"hasVerifiedDevice"`
}

// VerifyTOTPDevice is the input of [TOTP.VerifyDevice].
type VerifyTOTPDevice struct {
	TenantID   string `path:"tenant" json:"-"`
	UserID     string `json:"userId"`
	DeviceName string `json:"deviceName"`
	TOTP       Secret `json:"totp"`
}

// VerifiedTOTPDevice is the result of [TOTP.VerifyDevice].
type VerifiedTOTPDevice struct {
	WasAlreadyVerified bool `json:"wasAlreadyVerified"`
}

// VerifyTOTP is the input of [TOTP.Verify].
type VerifyTOTP struct {
	TenantID string `path:"tenant" json:"-"`
	UserID   string `json:"userId"`
	TOTP     Secret `json:"totp"`
}

// InvalidTOTP is a code that is not right, or was used before.
type InvalidTOTP struct {
	CurrentNumberOfFailedAttempts int64 `json:"currentNumberOfFailedAttempts"`
	MaxNumberOfFailedAttempts     int64 `json:"maxNumberOfFailedAttempts"`
}

// FailStatus is INVALID_TOTP_ERROR.
func (*InvalidTOTP) FailStatus() op.Status { return "INVALID_TOTP_ERROR" }
func (e *InvalidTOTP) Error() string {
	return fmt.Sprintf("the code is not right (%d of %d tries)", e.CurrentNumberOfFailedAttempts, e.MaxNumberOfFailedAttempts)
}

// The outcomes of TOTP.
const (
	TOTPDeviceExists  op.Status = "DEVICE_ALREADY_EXISTS_ERROR"
	UnknownTOTPDevice op.Status = "UNKNOWN_DEVICE_ERROR"
)
