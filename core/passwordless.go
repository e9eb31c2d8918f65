package core

import "github.com/posternauth/postern/op"

// Passwordless is the login by a code or a link that is sent to an email or a
// phone number. A device is one attempt to sign in; it may have several codes.
type Passwordless struct {
	// CreateCode makes a device and a code for an address, or another code for
	// a device.
	CreateCode op.Func[CreateCode, CreatedCode] `cdi:"POST /{tenant}/recipe/signinup/code" fails:"RESTART_FLOW_ERROR USER_INPUT_CODE_ALREADY_USED_ERROR"`

	// ConsumeCode signs in by a link, or by a device and a code; it adds a user
	// if there is none. An email is proved by it. Wrong codes are counted.
	ConsumeCode op.Func[ConsumeCode, ConsumedCode] `cdi:"POST /{tenant}/recipe/signinup/code/consume" fails:"RESTART_FLOW_ERROR EXPIRED_USER_INPUT_CODE_ERROR INCORRECT_USER_INPUT_CODE_ERROR"`

	// CheckCode does what ConsumeCode does to a right code, but for signing in.
	CheckCode op.Func[ConsumeCode, CheckedCode] `cdi:"POST /{tenant}/recipe/signinup/code/check" fails:"RESTART_FLOW_ERROR EXPIRED_USER_INPUT_CODE_ERROR INCORRECT_USER_INPUT_CODE_ERROR"`

	// RevokeCodes removes all devices of an email or a phone number.
	RevokeCodes op.Func[RevokeCodes, Done] `cdi:"POST /{tenant}/recipe/signinup/codes/remove"`

	// RevokeCode removes a code, or a device with all its codes. The last code
	// of a device takes the device with it.
	RevokeCode op.Func[RevokeCode, Done] `cdi:"POST /{tenant}/recipe/signinup/code/remove"`

	// ListCodes returns the devices of an address, or one device.
	ListCodes op.Func[ListCodes, DeviceList] `cdi:"GET /{tenant}/recipe/signinup/codes"`

	// Update changes or removes the email or the phone number of a login
	// method; one of them has to stay.
	Update op.Func[UpdatePasswordless, Done] `cdi:"PUT /recipe/user" rid:"passwordless" fails:"UNKNOWN_USER_ID_ERROR EMAIL_ALREADY_EXISTS_ERROR PHONE_NUMBER_ALREADY_EXISTS_ERROR EMAIL_CHANGE_NOT_ALLOWED_ERROR PHONE_NUMBER_CHANGE_NOT_ALLOWED_ERROR"`
}

// CreateCode is the input of [Passwordless.CreateCode]: exactly one of Email,
// PhoneNumber and DeviceID.
type CreateCode struct {
	TenantID      string `path:"tenant" json:"-"`
	Email         string `json:"email,omitempty"`
	PhoneNumber   string `json:"phoneNumber,omitempty"`
	DeviceID      Secret `json:"deviceId,omitempty"`
	UserInputCode Secret `json:"userInputCode,omitempty"` // default six random digits
}

// CreatedCode is a new code. CodeLifetime is in ms.
type CreatedCode struct {
	PreAuthSessionID string `json:"preAuthSessionId"`
	CodeID           string `json:"codeId"`
	DeviceID         Secret `json:"deviceId"`
	UserInputCode    Secret `json:"userInputCode"`
	LinkCode         Secret `json:"linkCode"`
	TimeCreated      int64  `json:"timeCreated"`
	CodeLifetime     int64  `json:"codeLifetime"`
}

// ConsumeCode is the input of [Passwordless.ConsumeCode] and
// [Passwordless.CheckCode]: LinkCode, or DeviceID and UserInputCode.
type ConsumeCode struct {
	TenantID         string `path:"tenant" json:"-"`
	PreAuthSessionID string `json:"preAuthSessionId"`
	LinkCode         Secret `json:"linkCode,omitempty"`
	DeviceID         Secret `json:"deviceId,omitempty"`
	UserInputCode    Secret `json:"userInputCode,omitempty"`
}

// ConsumedCode is the result of [Passwordless.ConsumeCode].
type ConsumedCode struct {
	CreatedNewUser bool   `json:"createdNewUser"`
	User           User   `json:"user"`
	RecipeUserID   string `json:"recipeUserId"`
	ConsumedDevice Device `json:"consumedDevice"`
}

// CheckedCode is the result of [Passwordless.CheckCode].
type CheckedCode struct {
	ConsumedDevice Device `json:"consumedDevice"`
}

// Device is one attempt to sign in.
type Device struct {
	PreAuthSessionID            string `json:"preAuthSessionId"`
	FailedCodeInputAttemptCount int64  `json:"failedCodeInputAttemptCount"`
	Email                       string `json:"email,omitempty"`
	PhoneNumber                 string `json:"phoneNumber,omitempty"`
}

// RevokeCodes is the input of [Passwordless.RevokeCodes]: Email or PhoneNumber.
type RevokeCodes struct {
	TenantID    string `path:"tenant" json:"-"`
	Email       string `json:"email,omitempty"`
	PhoneNumber string `json:"phoneNumber,omitempty"`
}

// RevokeCode is the input of [Passwordless.RevokeCode]: CodeID or
// PreAuthSessionID.
type RevokeCode struct {
	TenantID         string `path:"tenant" json:"-"`
	CodeID           string `json:"codeId,omitempty"`
	PreAuthSessionID string `json:"preAuthSessionId,omitempty"`
}

// ListCodes is the input of [Passwordless.ListCodes]: exactly one.
type ListCodes struct {
	TenantID         string `path:"tenant" json:"-"`
	Email            string `json:"email,omitempty"`
	PhoneNumber      string `json:"phoneNumber,omitempty"`
	DeviceID         Secret `json:"deviceId,omitempty"`
	PreAuthSessionID string `json:"preAuthSessionId,omitempty"`
}

// DeviceList is devices, with their codes but without what signs in.
type DeviceList struct {
	Devices []DeviceCodes `json:"devices"`
}

// DeviceCodes is a device and its codes.
type DeviceCodes struct {
	Device
	Codes []Code `json:"codes"`
}

// Code is a code without what signs in. CodeLifetime is in ms.
type Code struct {
	CodeID       string `json:"codeId"`
	TimeCreated  int64  `json:"timeCreated"`
	CodeLifetime int64  `json:"codeLifetime"`
}

// UpdatePasswordless is the input of [Passwordless.Update]; null removes.
type UpdatePasswordless struct {
	RecipeUserID string              `json:"recipeUserId"`
	Email        op.Optional[string] `json:"email,omitzero"`
	PhoneNumber  op.Optional[string] `json:"phoneNumber,omitzero"`
}

// WrongCode is a code that is not right, or no longer: Status says which.
type WrongCode struct {
	Status                      op.Status `json:"-"`
	FailedCodeInputAttemptCount int64     `json:"failedCodeInputAttemptCount"`
	MaximumCodeInputAttempts    int64     `json:"maximumCodeInputAttempts"`
}

// FailStatus is INCORRECT_USER_INPUT_CODE_ERROR or
// EXPIRED_USER_INPUT_CODE_ERROR.
func (e *WrongCode) FailStatus() op.Status { return e.Status }
func (e *WrongCode) Error() string         { return string(e.Status) }

// PhoneNumberChangeNotAllowed is a phone number that a user cannot take, for
// Reason.
type PhoneNumberChangeNotAllowed struct {
	Reason string `json:"reason"`
}

// FailStatus is PHONE_NUMBER_CHANGE_NOT_ALLOWED_ERROR.
func (*PhoneNumberChangeNotAllowed) FailStatus() op.Status {
	return "PHONE_NUMBER_CHANGE_NOT_ALLOWED_ERROR"
}
func (e *PhoneNumberChangeNotAllowed) Error() string {
	return "phone number change not allowed: " + e.Reason
}

// The outcomes of passwordless.
const (
	RestartFlow              op.Status = "RESTART_FLOW_ERROR"
	UserInputCodeAlreadyUsed op.Status = "USER_INPUT_CODE_ALREADY_USED_ERROR"
	IncorrectUserInputCode   op.Status = "INCORRECT_USER_INPUT_CODE_ERROR"
	ExpiredUserInputCode     op.Status = "EXPIRED_USER_INPUT_CODE_ERROR"
)
