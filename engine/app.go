package engine

import (
	"context"

	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/keys"
)

// app is one app of an engine; its methods are the operations of a core.
type app struct {
	*kernel.App
	keys      *keys.Keys
	e         *Engine
	listeners *listeners
}

func (e *Engine) app(id string) *app {
	k := e.kernel.App(id)
	if k.Composed == nil {
		a := &app{k, keys.New(k), e, new(listeners)}
		a.on(emailChanged, a.dropResetTokens)
		a.on(emailChanged, a.drop)
		a.on(passwordReset, a.drop)
		a.on(passwordReset, a.end)
		a.on(moved, a.end)
		a.onMapped(a.move)
		k.Composed = a
	}
	return k.Composed.(*app)
}

// forTenant is [kernel.App.ForTenant].
func (a *app) forTenant(ctx context.Context, tenant string) (*app, error) {
	k, err := a.ForTenant(ctx, tenant)
	return &app{k, a.keys, a.e, a.listeners}, err
}
