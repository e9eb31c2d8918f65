package core

import "github.com/posternauth/postern/op"

// EmailVerification is the proof that a user owns an address. It is kept by
// (recipe user id, email) for the whole app; tokens belong to a tenant.
type EmailVerification struct {
	// CreateToken makes what is sent by mail: a token for a link, and a code
	// for those who cannot open the link here. Either proves the address once.
	CreateToken op.Func[CreateVerificationToken, VerificationToken] `cdi:"POST /{tenant}/recipe/user/email/verify/token" fails:"EMAIL_ALREADY_VERIFIED_ERROR"`

	// Verify spends a token, and every other of the same user and address.
	Verify op.Func[VerifyEmail, ConsumedToken] `cdi:"POST /{tenant}/recipe/user/email/verify" fails:"EMAIL_VERIFICATION_INVALID_TOKEN_ERROR"`

	// VerifyCode does the same by the code. After five wrong codes for a user
	// none is right until a new one is made; ten minutes is its life. Making a
	// new code does not give more than ten tries an hour.
	VerifyCode op.Func[VerifyEmailCode, ConsumedToken] `cdi:"POST /{tenant}/recipe/user/email/verify/code" ext:"true" fails:"EMAIL_VERIFICATION_INVALID_TOKEN_ERROR"`

	// IsVerified says whether a user has proved an address.
	IsVerified op.Func[UserEmail, Verified] `cdi:"GET /recipe/user/email/verify"`

	// Unverify forgets the proof. It is no error when there is none.
	Unverify op.Func[UserEmail, Done] `cdi:"POST /recipe/user/email/verify/remove"`

	// RevokeTokens makes the pending tokens and codes of a user and an address
	// invalid.
	RevokeTokens op.Func[CreateVerificationToken, Done] `cdi:"POST /{tenant}/recipe/user/email/verify/token/remove"`
}

// CreateVerificationToken is the input of [EmailVerification.CreateToken] and
// [EmailVerification.RevokeTokens]. Whether the user exists is not checked.
type CreateVerificationToken struct {
	TenantID string `path:"tenant" json:"-"`
	UserID   string `json:"userId"`
	Email    string `json:"email"`
}

// VerificationToken is a token for a link and, from a Postern core, a code of
// eight digits.
type VerificationToken struct {
	Token Secret `json:"token"`
	Code  Secret `json:"code,omitempty"`
}

// VerifyEmail is the input of [EmailVerification.Verify].
type VerifyEmail struct {
	TenantID string `path:"tenant" json:"-"`
	Method   string `json:"method"` // always "token"
	Token    Secret `json:"token"`
}

// VerifyEmailCode is the input of [EmailVerification.VerifyCode]. Spaces in
// the code are ignored.
type VerifyEmailCode struct {
	TenantID string `path:"tenant" json:"-"`
	UserID   string `json:"userId"`
	Email    string `json:"email"`
	Code     Secret `json:"code"`
}

// UserEmail is a user and an address.
type UserEmail struct {
	UserID string `json:"userId"`
	Email  string `json:"email"`
}

// Verified is the result of [EmailVerification.IsVerified].
type Verified struct {
	IsVerified bool `json:"isVerified"`
}

// The outcomes of email verification.
const (
	EmailAlreadyVerified     op.Status = "EMAIL_ALREADY_VERIFIED_ERROR"
	InvalidVerificationToken op.Status = "EMAIL_VERIFICATION_INVALID_TOKEN_ERROR"
)
