package core

import "github.com/posternauth/postern/op"

// AccountLinking makes several login methods one person. A primary user is
// one that others may be linked to; among primary users of a tenant an email,
// a phone number or a third-party login belongs to one at most.
type AccountLinking struct {
	CanMakePrimary op.Func[PrimaryCheck, CanMakePrimary] `cdi:"GET /recipe/accountlinking/user/primary/check" fails:"RECIPE_USER_ID_ALREADY_LINKED_WITH_PRIMARY_USER_ID_ERROR ACCOUNT_INFO_ALREADY_ASSOCIATED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR"`
	MakePrimary    op.Func[PrimaryCheck, MadePrimary]    `cdi:"POST /recipe/accountlinking/user/primary" fails:"RECIPE_USER_ID_ALREADY_LINKED_WITH_PRIMARY_USER_ID_ERROR ACCOUNT_INFO_ALREADY_ASSOCIATED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR"`
	CanLink        op.Func[LinkAccounts, CanLink]        `cdi:"GET /recipe/accountlinking/user/link/check" fails:"INPUT_USER_IS_NOT_A_PRIMARY_USER RECIPE_USER_ID_ALREADY_LINKED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR ACCOUNT_INFO_ALREADY_ASSOCIATED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR"`

	// Link makes a login method part of a primary user, and ends its sessions.
	Link op.Func[LinkAccounts, LinkedAccounts] `cdi:"POST /recipe/accountlinking/user/link" fails:"INPUT_USER_IS_NOT_A_PRIMARY_USER RECIPE_USER_ID_ALREADY_LINKED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR ACCOUNT_INFO_ALREADY_ASSOCIATED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR"`

	// Unlink takes a login method out of its user. If the user's id is its own,
	// the login method is deleted and the others keep the id.
	Unlink op.Func[PrimaryCheck, Unlinked] `cdi:"POST /recipe/accountlinking/user/unlink"`
}

// PrimaryCheck names a login method.
type PrimaryCheck struct {
	RecipeUserID string `json:"recipeUserId"`
}

// CanMakePrimary is the result of [AccountLinking.CanMakePrimary].
type CanMakePrimary struct {
	WasAlreadyAPrimaryUser bool `json:"wasAlreadyAPrimaryUser"`
}

// MadePrimary is the result of [AccountLinking.MakePrimary].
type MadePrimary struct {
	WasAlreadyAPrimaryUser bool `json:"wasAlreadyAPrimaryUser"`
	User                   User `json:"user"`
}

// LinkAccounts is the input of [AccountLinking.Link] and
// [AccountLinking.CanLink].
type LinkAccounts struct {
	RecipeUserID  string `json:"recipeUserId"`
	PrimaryUserID string `json:"primaryUserId"`
}

// CanLink is the result of [AccountLinking.CanLink].
type CanLink struct {
	AccountsAlreadyLinked bool `json:"accountsAlreadyLinked"`
}

// LinkedAccounts is the result of [AccountLinking.Link].
type LinkedAccounts struct {
	AccountsAlreadyLinked bool `json:"accountsAlreadyLinked"`
	User                  User `json:"user"`
}

// Unlinked is the result of [AccountLinking.Unlink].
type Unlinked struct {
	WasRecipeUserDeleted bool `json:"wasRecipeUserDeleted"`
	WasLinked            bool `json:"wasLinked"`
}

// LinkConflict is a login method that cannot be linked or made primary because
// of another user: Status says why.
type LinkConflict struct {
	Status        op.Status `json:"-"`
	PrimaryUserID string    `json:"primaryUserId"`
	Description   string    `json:"description"`
	// User is the other user, where Link says that the login method is linked
	// to it.
	User User `json:"user,omitzero"`
}

// FailStatus is the status of the conflict.
func (e *LinkConflict) FailStatus() op.Status { return e.Status }
func (e *LinkConflict) Error() string         { return string(e.Status) + ": " + e.Description }

// The outcomes of account linking.
const (
	AlreadyLinked        op.Status = "RECIPE_USER_ID_ALREADY_LINKED_WITH_PRIMARY_USER_ID_ERROR"
	AlreadyLinkedToOther op.Status = "RECIPE_USER_ID_ALREADY_LINKED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR"
	AccountInfoTaken     op.Status = "ACCOUNT_INFO_ALREADY_ASSOCIATED_WITH_ANOTHER_PRIMARY_USER_ID_ERROR"
	NotAPrimaryUser      op.Status = "INPUT_USER_IS_NOT_A_PRIMARY_USER"
)
