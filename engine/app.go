package engine

import (
	"context"

	"github.com/posternauth/postern/engine/internal/kernel"
)

// app is one app of an engine; its methods are the operations of a core.
type app struct {
	*kernel.App
	*keyState
	e *Engine
}

func (e *Engine) app(id string) *app {
	k := e.kernel.App(id)
	if k.Composed == nil {
		a := &app{k, new(keyState), e}
		k.OnForget(func() { a.ring.Store(nil) })
		k.Composed = a
	}
	return k.Composed.(*app)
}

// forTenant is [kernel.App.ForTenant].
func (a *app) forTenant(ctx context.Context, tenant string) (*app, error) {
	k, err := a.ForTenant(ctx, tenant)
	return &app{k, a.keyState, a.e}, err
}
