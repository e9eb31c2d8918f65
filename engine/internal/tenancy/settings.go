package tenancy

import (
	"encoding/json"

	"github.com/posternauth/postern/core"
)

// sealedAs is the name under which the providers of a tenant are sealed.
func sealedAs(tenant string) string { return "providers of " + tenant }

// decodeSettings reads the settings of a tenant. It fails when its providers
// were sealed with another master key.
func (t *tenancy) decodeSettings(appID, id, text string) (s tenantSettings, err error) {
	if err := json.Unmarshal([]byte(text), &s); err != nil || s.SealedProviders == "" {
		return s, err
	}
	providers, err := t.App.Kernel.App(appID).Unseal(sealedAs(id), s.SealedProviders)
	if err != nil {
		return s, err
	}
	s.SealedProviders = ""
	return s, json.Unmarshal(providers, &s.Providers)
}

// encodeSettings writes them.
func (t *tenancy) encodeSettings(appID, id string, s tenantSettings) (string, error) {
	if t.Seals() && len(s.Providers) > 0 {
		providers, err := json.Marshal(s.Providers)
		if err != nil {
			return "", core.Bad("The settings are not valid JSON")
		}
		s.Providers, s.SealedProviders = nil, t.App.Kernel.App(appID).Seal(sealedAs(id), providers)
	}
	text, err := json.Marshal(s)
	if err != nil {
		return "", core.Bad("The settings are not valid JSON")
	}
	return string(text), nil
}
