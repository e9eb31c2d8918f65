package engine

import (
	"context"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/dashboard"
	"github.com/posternauth/postern/engine/internal/emailpassword"
	"github.com/posternauth/postern/engine/internal/emailverification"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/keys"
	"github.com/posternauth/postern/engine/internal/limit"
	"github.com/posternauth/postern/engine/internal/metadata"
	"github.com/posternauth/postern/engine/internal/password"
	"github.com/posternauth/postern/engine/internal/passwordless"
	"github.com/posternauth/postern/engine/internal/person"
	"github.com/posternauth/postern/engine/internal/role"
	"github.com/posternauth/postern/engine/internal/session"
	"github.com/posternauth/postern/engine/internal/thirdparty"
	"github.com/posternauth/postern/engine/internal/totp"
)

// app is one app of an engine; its methods are the operations of a core.
type app struct {
	*kernel.App
	keys   *keys.Keys
	people *person.People
	hasher *password.Hasher

	core *core.Core

	domains *domains
}

func (e *Engine) app(id string) *app {
	k := e.kernel.App(id)
	if k.Composed == nil {
		a := &app{k, keys.New(k), person.New(k, &e.active), e.hasher, nil, &e.domains}
		a.core = a.compose()
		k.Composed = a
	}
	return k.Composed.(*app)
}

// forTenant is [kernel.App.ForTenant].
func (a *app) forTenant(ctx context.Context, tenant string) (*app, error) {
	k, err := a.ForTenant(ctx, tenant)
	return &app{k, a.keys, a.people, a.hasher, a.core, a.domains}, err
}

// compose makes a core of the features of an app.
func (a *app) compose() *core.Core {
	return &core.Core{
		AccountLinking:    a.accountLinking(),
		Dashboard:         dashboard.New(a.App, a.hasher),
		EmailPassword:     emailpassword.New(a.App, a.people, a.hasher),
		EmailVerification: emailverification.New(a.App, a.people),
		JWT:               a.keys.Operations(),
		Limit:             limit.New(a.App),
		Metadata:          metadata.New(a.App, a.people),
		Passwordless:      passwordless.New(a.App, a.people),
		Role:              role.New(a.App, a.people),
		Service:           a.service(),
		Session:           session.New(a.App, a.people, a.keys),
		TOTP:              totp.New(a.App, a.people),
		Tenant:            a.tenant(),
		ThirdParty:        thirdparty.New(a.App, a.people),
		User:              a.users(),
		UserIDMapping:     a.userIDMapping(),
	}
}
