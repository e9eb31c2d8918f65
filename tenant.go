package postern

import (
	"context"
	"errors"
	"slices"

	"github.com/posternauth/postern/core"
)

// AllowsFirstFactor reports whether people may begin a sign-in to a tenant by
// this factor, "emailpassword". It fails with [core.TenantNotFound] when there
// is no such tenant.
func (a *App) AllowsFirstFactor(ctx context.Context, tenantID, factor string) (bool, error) {
	out, err := a.Core.Tenant.Read(ctx, core.TenantName{TenantID: tenantID})
	if errors.Is(err, core.TenantUnknown) {
		return false, &core.TenantNotFound{AppID: core.Public, TenantID: tenantID}
	}
	if err != nil {
		return false, err
	}
	factors, restricted := out.FirstFactors.Get()
	return !restricted || slices.Contains(factors, factor), nil
}
