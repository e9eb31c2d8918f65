package core

import "github.com/posternauth/postern/op"

// Users is what all login methods have in common: the users themselves.
type Users struct {
	// ByID finds the user that has this id, or a login method with this id.
	ByID op.Func[UserByID, UserResult] `cdi:"GET /user/id" fails:"UNKNOWN_USER_ID_ERROR"`

	// Remove deletes a user and all that belongs to it: sessions, tokens,
	// metadata, roles. An unknown id is no error.
	Remove op.Func[RemoveUser, Done] `cdi:"POST /user/remove"`

	// List returns a page of the users of a tenant by the time they joined, or,
	// when there is a search value, the first 1000 users that match.
	List op.Func[ListUsers, UserPage] `cdi:"GET /{tenant}/users"`

	// Count counts the users of a tenant or of the whole app.
	Count op.Func[CountUsers, UserCount] `cdi:"GET /{tenant}/users/count"`

	// CountActive counts the users who signed in or refreshed since a time.
	CountActive op.Func[CountActiveUsers, UserCount] `cdi:"GET /users/count/active"`

	// ByAccountInfo finds the users of a tenant who have this email, phone
	// number or third-party login, ordered by the time they joined.
	ByAccountInfo op.Func[UsersByAccountInfo, UserList] `cdi:"GET /{tenant}/users/by-accountinfo"`

	// SearchTags are the search values that List understands.
	SearchTags op.Func[struct{}, SearchTags] `cdi:"GET /user/search/tags"`
}

// User is a person: one or more login methods.
type User struct {
	ID            string        `json:"id"`
	IsPrimaryUser bool          `json:"isPrimaryUser"`
	TenantIDs     []string      `json:"tenantIds"`
	TimeJoined    int64         `json:"timeJoined"`
	Emails        []string      `json:"emails"`
	PhoneNumbers  []string      `json:"phoneNumbers"`
	ThirdParty    []ThirdParty  `json:"thirdParty"`
	WebAuthn      WebAuthn      `json:"webauthn"`
	LoginMethods  []LoginMethod `json:"loginMethods"`
}

// LoginMethod is one way in for a user, ordered by TimeJoined.
type LoginMethod struct {
	RecipeID     string     `json:"recipeId"` // emailpassword, thirdparty, passwordless or webauthn
	RecipeUserID string     `json:"recipeUserId"`
	TenantIDs    []string   `json:"tenantIds"`
	Verified     bool       `json:"verified"`
	TimeJoined   int64      `json:"timeJoined"`
	Email        string     `json:"email,omitempty"`
	PhoneNumber  string     `json:"phoneNumber,omitempty"`
	ThirdParty   ThirdParty `json:"thirdParty,omitzero"`
	WebAuthn     WebAuthn   `json:"webauthn,omitzero"`
}

// ThirdParty is a login at another provider.
type ThirdParty struct {
	ID     string `json:"id"`     // the provider, "google"
	UserID string `json:"userId"` // the user's id there
}

// WebAuthn is the passkeys of a user.
type WebAuthn struct {
	CredentialIDs []string `json:"credentialIds"`
}

// LoginMethod returns the login method with this recipe user id.
func (u *User) LoginMethod(recipeUserID string) (LoginMethod, bool) {
	for _, m := range u.LoginMethods {
		if m.RecipeUserID == recipeUserID {
			return m, true
		}
	}
	return LoginMethod{}, false
}

// UserByID is the input of [Users.ByID].
type UserByID struct {
	UserID string `json:"userId"`
}

// UserResult is a user.
type UserResult struct {
	User User `json:"user"`
}

// RemoveUser is the input of [Users.Remove].
type RemoveUser struct {
	UserID string `json:"userId"`
	// RemoveAllLinkedAccounts, by default true, deletes the whole person and
	// not only the login method with this id.
	RemoveAllLinkedAccounts op.Optional[bool] `json:"removeAllLinkedAccounts,omitzero"`
}

// ListUsers is the input of [Users.List].
type ListUsers struct {
	TenantID         string   `path:"tenant" json:"-"`
	IncludeRecipeIDs []string `json:"includeRecipeIds,omitempty"` // empty means all
	Limit            int      `json:"limit,omitempty"`            // 1 to 500, default 100
	TimeJoinedOrder  string   `json:"timeJoinedOrder,omitempty"`  // ASC (default) or DESC
	PaginationToken  string   `json:"paginationToken,omitempty"`
	Email            string   `json:"email,omitempty"` // search values, several separated by ";"
	Phone            string   `json:"phone,omitempty"`
	Provider         string   `json:"provider,omitempty"`
}

// UserPage is a page of users. NextPaginationToken is empty on the last page.
type UserPage struct {
	Users               []User `json:"users"`
	NextPaginationToken string `json:"nextPaginationToken,omitempty"`
}

// CountUsers is the input of [Users.Count].
type CountUsers struct {
	TenantID          string   `path:"tenant" json:"-"`
	IncludeRecipeIDs  []string `json:"includeRecipeIds,omitempty"`
	IncludeAllTenants bool     `json:"includeAllTenants,omitempty"`
}

// UserCount is a number of users.
type UserCount struct {
	Count int64 `json:"count"`
}

// CountActiveUsers is the input of [Users.CountActive].
type CountActiveUsers struct {
	Since int64 `json:"since"`
}

// UsersByAccountInfo is the input of [Users.ByAccountInfo].
type UsersByAccountInfo struct {
	TenantID             string `path:"tenant" json:"-"`
	Email                string `json:"email,omitempty"`
	PhoneNumber          string `json:"phoneNumber,omitempty"`
	ThirdPartyID         string `json:"thirdPartyId,omitempty"`
	ThirdPartyUserID     string `json:"thirdPartyUserId,omitempty"`
	WebAuthnCredentialID string `json:"webauthnCredentialId,omitempty"`
	// DoUnionOfAccountInfo finds users who match any value and not all.
	DoUnionOfAccountInfo bool `json:"doUnionOfAccountInfo"`
}

// UserList is some users.
type UserList struct {
	Users []User `json:"users"`
}

// SearchTags is the result of [Users.SearchTags].
type SearchTags struct {
	Tags []string `json:"tags"`
}

// UnknownUserID is a user id, or recipe user id, that the app does not have.
const UnknownUserID op.Status = "UNKNOWN_USER_ID_ERROR"
