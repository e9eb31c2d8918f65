package engine

import (
	"context"

	"github.com/posternauth/postern/core"
)

func (a *app) service() core.Service {
	return core.Service{
		Ping: func(ctx context.Context, _ struct{}) (core.Done, error) {
			return core.Done{}, a.CheckApp(ctx, a.DB.Reader)
		},
	}
}
