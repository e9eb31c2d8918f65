package engine

import (
	"context"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/dashboard"
	"github.com/posternauth/postern/engine/internal/emailpassword"
	"github.com/posternauth/postern/engine/internal/emailverification"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/keys"
	"github.com/posternauth/postern/engine/internal/limit"
	"github.com/posternauth/postern/engine/internal/linking"
	"github.com/posternauth/postern/engine/internal/metadata"
	"github.com/posternauth/postern/engine/internal/passwordless"
	"github.com/posternauth/postern/engine/internal/person"
	"github.com/posternauth/postern/engine/internal/role"
	"github.com/posternauth/postern/engine/internal/session"
	"github.com/posternauth/postern/engine/internal/tenancy"
	"github.com/posternauth/postern/engine/internal/thirdparty"
	"github.com/posternauth/postern/engine/internal/totp"
	"github.com/posternauth/postern/engine/internal/user"
)

// rooms are the features of one app. A new feature is a line in compose, and
// one in tables if it has any.
type rooms struct {
	keys *keys.Keys
	core core.Core
}

// rooms returns those of an app. They are made once for an app that exists.
func (e *Engine) rooms(id string) *rooms {
	k := e.kernel.App(id)
	if k.Composed == nil {
		k.Composed = e.compose(k)
	}
	return k.Composed.(*rooms)
}

func (e *Engine) compose(k *kernel.App) *rooms {
	people, signers := person.New(k, &e.active), keys.New(k)
	tenants := tenancy.New(k, e.domains)
	tenants.AddUser, tenants.RemoveUser = people.AddToTenant, people.RemoveFromTenant
	limits := limit.New(k)
	return &rooms{signers, core.Core{
		AccountLinking:    linking.New(k, people),
		Dashboard:         dashboard.New(k, e.hasher, limits),
		EmailPassword:     emailpassword.New(k, people, e.hasher),
		EmailVerification: emailverification.New(k, people),
		JWT:               signers.Operations(),
		Limit:             limits,
		Metadata:          metadata.New(k, people),
		Passwordless:      passwordless.New(k, people),
		Role:              role.New(k, people),
		Service: core.Service{Ping: func(ctx context.Context, _ struct{}) (core.Done, error) {
			return core.Done{}, k.CheckApp(ctx, k.DB.Reader)
		}},
		Session:       session.New(k, people, signers),
		TOTP:          totp.New(k, people),
		Tenant:        tenants,
		ThirdParty:    thirdparty.New(k, people),
		User:          user.New(k, people),
		UserIDMapping: people.Mapping(),
	}}
}

// tables are those of all rooms, in the order in which rows are deleted of
// them.
func tables() []kernel.Table {
	return slices.Concat(
		tenancy.Tables(), person.Tables(), emailpassword.Tables(), emailverification.Tables(), session.Tables(),
		metadata.Tables(), role.Tables(), totp.Tables(), passwordless.Tables(), dashboard.Tables(), limit.Tables(), keys.Tables(),
	)
}
