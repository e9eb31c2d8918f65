package tenancy

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/setting"
	"github.com/posternauth/postern/op"
)

// maxIdentifier bounds the ids of apps and tenants, in bytes.
const maxIdentifier = 64

var (
	identifierForm = regexp.MustCompile(`^[a-z0-9-]+$`)
	factorForm     = regexp.MustCompile(`^[0-9a-zA-Z_.-]+$`)
)

// identifier returns the proper form of the id of an app or a tenant.
func identifier(field, id string) (string, error) {
	id = strings.ToLower(strings.TrimSpace(id))
	switch {
	case id == "":
		return "", core.Bad("%s should not be an empty String", field)
	case strings.HasPrefix(id, "appid-"):
		return "", core.Bad("%s must not start with 'appid-'", field)
	case !identifierForm.MatchString(id):
		return "", core.Bad("%s can only contain letters, numbers and hyphens", field)
	case len(id) > maxIdentifier:
		return "", core.Bad("%s is too long: at most %d characters are allowed", field, maxIdentifier)
	}
	return id, nil
}

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
