package person

import (
	"context"

	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
)

// The recipes that have login methods.
const (
	RecipeEmailPassword = "emailpassword"
	RecipeThirdParty    = "thirdparty"
	RecipePasswordless  = "passwordless"
	RecipeWebAuthn      = "webauthn"
)

// People are the people of an app.
type People struct {
	*kernel.App
	active *Recent
	on     map[Event][]Listener
	mapped []func(ctx context.Context, q db.Querier, from, to string) error
}

// New returns the people of an app. There is one for each app, for the sake of
// who listens; active is one for all apps.
func New(a *kernel.App, active *Recent) *People {
	return &People{App: a, active: active, on: map[Event][]Listener{}}
}

// Tables are those of people.
func Tables() []kernel.Table {
	return []kernel.Table{
		{Name: `users`, User: kernel.Method, Ours: true},
		{Name: `tenant_logins`, Tenant: true, User: kernel.Method, Ours: true},
		{Name: `tenant_users`, Tenant: true, User: kernel.Method, Ours: true},
		{Name: `primary_identities`, Tenant: true},
		{Name: `verified_emails`, User: kernel.Method, Recipe: "EmailVerification", Moves: true},
		{Name: `active_users`, User: kernel.Person, Ours: true},
		{Name: `user_id_mapping`, User: kernel.Person, Ours: true},
	}
}
