package engine

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/posternauth/postern/engine/internal/kernel"
)

// app is one app of an engine; its methods are the operations of a core.
type app struct {
	*kernel.App
	*keyState
	e *Engine
}

// keyState is the signing keys of an app in memory.
type keyState struct {
	ring    atomic.Pointer[loadedRing]
	keysMu  sync.Mutex // held while keys are read or made
	missed  int64      // when we last looked for a key that we did not know
	failed  int64      // when reading them last failed
	failure error      // and why; nil when it did not
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
