package tenancy

import (
	"context"
	"maps"
	"regexp"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/setting"
	"github.com/posternauth/postern/op"
)

var factorForm = regexp.MustCompile(`^[0-9a-zA-Z_.-]+$`)

// checkSettings checks the settings of a tenant of an app.
func (t *tenancy) checkSettings(appID string, in core.TenantSettings) error {
	if err := checkFactors("firstFactors", in.FirstFactors); err != nil {
		return err
	}
	if err := checkFactors("requiredSecondaryFactors", in.RequiredSecondaryFactors); err != nil {
		return err
	}
	if len(in.CoreConfig) > 0 && appID == core.Public && in.TenantID == core.Public {
		return core.Bad("Cannot modify base config")
	}
	for _, name := range slices.Sorted(maps.Keys(in.CoreConfig)) {
		if err := setting.Check(name, in.CoreConfig[name]); err != nil {
			return err
		}
	}
	return nil
}

func checkFactors(field string, list op.Optional[[]string]) error {
	factors := list.Or(nil)
	for i, factor := range factors {
		if slices.Contains(factors[:i], factor) {
			return core.Bad("%s input should not contain duplicate values", field)
		}
		if !factorForm.MatchString(factor) {
			return core.Bad("%s should contain only 0-9,a-z,A-Z,_,.,- characters", field)
		}
	}
	return nil
}

// checkConfig refuses settings of a tenant that contradict each other, or the
// app's, where all its tenants must have the same.
func (t *tenancy) checkConfig(ctx context.Context, q db.Querier, key, tenant string, own core.Object) error {
	condition := ` AND tenant_id = $2`
	if tenant == core.Public {
		condition = `` // it has to go with all the others
	}
	l, err := t.Layers(ctx, q, key, condition)
	if err != nil {
		return err
	}
	l.Tenants[tenant] = own
	ofApp := l.App()
	if err := ofApp.CheckApp(); err != nil {
		return err
	}
	for _, own := range l.Tenants {
		if err := ofApp.CheckTenant(own); err != nil {
			return err
		}
	}
	return nil
}
