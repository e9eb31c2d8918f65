package core

import "github.com/posternauth/postern/op"

// ThirdPartyLogin is the login at another provider, whose answer the SDK has
// already checked.
type ThirdPartyLogin struct {
	// SignInUp finds the user of a login, or adds one. An email that the
	// provider changed is taken over.
	SignInUp op.Func[ThirdPartySignInUp, SignedInUp] `cdi:"POST /{tenant}/recipe/signinup" fails:"EMAIL_CHANGE_NOT_ALLOWED_ERROR"`
}

// ThirdPartySignInUp is the input of [ThirdPartyLogin.SignInUp].
type ThirdPartySignInUp struct {
	TenantID         string          `path:"tenant" json:"-"`
	ThirdPartyID     string          `json:"thirdPartyId"`     // at most 28 characters
	ThirdPartyUserID string          `json:"thirdPartyUserId"` // at most 256
	Email            ThirdPartyEmail `json:"email"`
}

// ThirdPartyEmail is the address that a provider tells. IsVerified true proves
// it; false takes nothing back.
type ThirdPartyEmail struct {
	ID         string `json:"id"`
	IsVerified bool   `json:"isVerified"`
}

// SignedInUp is a user, the login method that was used, and whether the user
// is new.
type SignedInUp struct {
	CreatedNewUser bool   `json:"createdNewUser"`
	User           User   `json:"user"`
	RecipeUserID   string `json:"recipeUserId"`
}
