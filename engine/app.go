package engine

import (
	"context"

	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/keys"
	"github.com/posternauth/postern/engine/internal/person"
)

// app is one app of an engine; its methods are the operations of a core.
type app struct {
	*kernel.App
	keys   *keys.Keys
	people *person.People
	e      *Engine
}

func (e *Engine) app(id string) *app {
	k := e.kernel.App(id)
	if k.Composed == nil {
		a := &app{k, keys.New(k), person.New(k, &e.active), e}
		a.people.On(person.EmailChanged, a.dropResetTokens)
		a.people.On(person.EmailChanged, a.drop)
		a.people.On(person.PasswordReset, a.drop)
		a.people.On(person.PasswordReset, a.end)
		a.people.On(person.Moved, a.end)
		a.people.OnMapped(a.move)
		k.Composed = a
	}
	return k.Composed.(*app)
}

// forTenant is [kernel.App.ForTenant].
func (a *app) forTenant(ctx context.Context, tenant string) (*app, error) {
	k, err := a.ForTenant(ctx, tenant)
	return &app{k, a.keys, a.people, a.e}, err
}
