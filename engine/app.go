package engine

import (
	"context"

	"golang.org/x/sync/singleflight"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/dashboard"
	"github.com/posternauth/postern/engine/internal/emailverification"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/keys"
	"github.com/posternauth/postern/engine/internal/limit"
	"github.com/posternauth/postern/engine/internal/metadata"
	"github.com/posternauth/postern/engine/internal/password"
	"github.com/posternauth/postern/engine/internal/person"
	"github.com/posternauth/postern/engine/internal/role"
	"github.com/posternauth/postern/engine/internal/totp"
)

// app is one app of an engine; its methods are the operations of a core.
type app struct {
	*kernel.App
	keys   *keys.Keys
	people *person.People
	hasher *password.Hasher

	core *core.Core

	signUps *singleflight.Group
	domains *domains
}

func (e *Engine) app(id string) *app {
	k := e.kernel.App(id)
	if k.Composed == nil {
		a := &app{k, keys.New(k), person.New(k, &e.active), e.hasher, nil, new(singleflight.Group), &e.domains}
		a.people.On(person.EmailChanged, a.dropResetTokens)
		a.people.On(person.PasswordReset, a.end)
		a.people.On(person.Moved, a.end)
		a.core = a.compose()
		k.Composed = a
	}
	return k.Composed.(*app)
}

// forTenant is [kernel.App.ForTenant].
func (a *app) forTenant(ctx context.Context, tenant string) (*app, error) {
	k, err := a.ForTenant(ctx, tenant)
	return &app{k, a.keys, a.people, a.hasher, a.core, a.signUps, a.domains}, err
}

// compose makes a core of the features of an app.
func (a *app) compose() *core.Core {
	return &core.Core{
		AccountLinking:    a.accountLinking(),
		Dashboard:         dashboard.New(a.App, a.hasher),
		EmailPassword:     a.emailPassword(),
		EmailVerification: emailverification.New(a.App, a.people),
		JWT:               a.keys.Operations(),
		Limit:             limit.New(a.App),
		Metadata:          metadata.New(a.App, a.people),
		Passwordless:      a.passwordless(),
		Role:              role.New(a.App, a.people),
		Service:           a.service(),
		Session:           a.session(),
		TOTP:              totp.New(a.App, a.people),
		Tenant:            a.tenant(),
		ThirdParty:        a.thirdParty(),
		User:              a.users(),
		UserIDMapping:     a.userIDMapping(),
	}
}
