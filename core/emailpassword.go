package core

import "github.com/posternauth/postern/op"

// EmailPassword is the email and password login method.
type EmailPassword struct {
	// SignUp adds a user to a tenant. A fresh address of the domain that stands
	// for "no email" (…@stfakeemail.supertokens.com) counts as verified.
	SignUp op.Func[SignUp, RecipeUser] `cdi:"POST /{tenant}/recipe/signup" fails:"EMAIL_ALREADY_EXISTS_ERROR"`

	// SignIn checks a password. The outcome does not say which of the two was
	// wrong, nor does the time it takes. A hash that is not in today's form is
	// replaced by one that is.
	SignIn op.Func[SignIn, RecipeUser] `cdi:"POST /{tenant}/recipe/signin" fails:"WRONG_CREDENTIALS_ERROR"`

	// CreateResetToken makes a token that proves, by mail, that its bearer owns
	// the address. It lives an hour and is used once.
	CreateResetToken op.Func[CreateResetToken, TokenResult] `cdi:"POST /{tenant}/recipe/user/password/reset/token" fails:"UNKNOWN_USER_ID_ERROR"`

	// ConsumeResetToken spends a token, and every other of its user, and says
	// whom and which address it was made for.
	ConsumeResetToken op.Func[ConsumeToken, ConsumedToken] `cdi:"POST /{tenant}/recipe/user/password/reset/token/consume" fails:"RESET_PASSWORD_INVALID_TOKEN_ERROR"`

	// ResetPassword spends a token, sets the password, marks the address
	// verified and ends the user's sessions, all or nothing.
	ResetPassword op.Func[ResetPassword, ConsumedToken] `cdi:"POST /{tenant}/recipe/user/password/reset" fails:"RESET_PASSWORD_INVALID_TOKEN_ERROR"`

	// Update changes the email, the password or both of a login method, in all
	// its tenants. A new email is unverified unless this user has proved it
	// before; pending mail tokens of the user die with either.
	Update op.Func[UpdateEmailPassword, Done] `cdi:"PUT /recipe/user" rid:"emailpassword" fails:"UNKNOWN_USER_ID_ERROR EMAIL_ALREADY_EXISTS_ERROR EMAIL_CHANGE_NOT_ALLOWED_ERROR"`

	// ImportHash adds a user with an existing password hash, or gives one to a
	// user. Hashes that would cost too much to verify are refused.
	ImportHash op.Func[ImportHash, ImportedUser] `cdi:"POST /{tenant}/recipe/user/passwordhash/import"`
}

// SignUp is the input of [EmailPassword.SignUp].
type SignUp struct {
	TenantID string `path:"tenant" json:"-"`
	Email    string `json:"email"`
	Password Secret `json:"password"`
}

// SignIn is the input of [EmailPassword.SignIn].
type SignIn SignUp

// RecipeUser is a user and the id of the login method that was used.
type RecipeUser struct {
	User         User   `json:"user"`
	RecipeUserID string `json:"recipeUserId"`
}

// CreateResetToken is the input of [EmailPassword.CreateResetToken]. The user
// need not have a password yet.
type CreateResetToken struct {
	TenantID string `path:"tenant" json:"-"`
	UserID   string `json:"userId"`
	Email    string `json:"email"`
}

// TokenResult is a token to be sent by mail.
type TokenResult struct {
	Token Secret `json:"token"`
}

// ConsumeToken is the input of [EmailPassword.ConsumeResetToken].
type ConsumeToken struct {
	TenantID string `path:"tenant" json:"-"`
	Token    Secret `json:"token"`
}

// ConsumedToken is whom a token was made for.
type ConsumedToken struct {
	UserID string `json:"userId"`
	Email  string `json:"email"`
}

// ResetPassword is the input of [EmailPassword.ResetPassword].
type ResetPassword struct {
	TenantID    string `path:"tenant" json:"-"`
	Method      string `json:"method"` // always "token"
	Token       Secret `json:"token"`
	NewPassword Secret `json:"newPassword"`
}

// UpdateEmailPassword is the input of [EmailPassword.Update]. At least one of
// Email and Password is there.
type UpdateEmailPassword struct {
	RecipeUserID string `json:"recipeUserId"`
	Email        string `json:"email,omitempty"`
	Password     Secret `json:"password,omitempty"`
}

// ImportHash is the input of [EmailPassword.ImportHash].
type ImportHash struct {
	TenantID     string `path:"tenant" json:"-"`
	Email        string `json:"email"`
	PasswordHash Secret `json:"passwordHash"`
	// HashingAlgorithm is bcrypt, argon2 or firebase_scrypt; empty means to
	// read it off the hash.
	HashingAlgorithm string `json:"hashingAlgorithm,omitempty"`
}

// ImportedUser is the result of [EmailPassword.ImportHash].
type ImportedUser struct {
	User                User `json:"user"`
	DidUserAlreadyExist bool `json:"didUserAlreadyExist"`
}

// EmailChangeNotAllowed is an email that a user cannot take, for Reason.
type EmailChangeNotAllowed struct {
	Reason string `json:"reason"`
}

// FailStatus is EMAIL_CHANGE_NOT_ALLOWED_ERROR.
func (*EmailChangeNotAllowed) FailStatus() op.Status { return "EMAIL_CHANGE_NOT_ALLOWED_ERROR" }
func (e *EmailChangeNotAllowed) Error() string       { return "email change not allowed: " + e.Reason }

// The outcomes of email and password.
const (
	EmailAlreadyExists op.Status = "EMAIL_ALREADY_EXISTS_ERROR"
	WrongCredentials   op.Status = "WRONG_CREDENTIALS_ERROR"
	InvalidResetToken  op.Status = "RESET_PASSWORD_INVALID_TOKEN_ERROR"
)
