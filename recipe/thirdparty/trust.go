package thirdparty

import "maps"

// An address is proved if who says so has made sure. Of the application's own
// providers the application knows that. A tenant's administrator may have any
// server say anything of anybody, so a tenant's provider is not believed, unless
// it is one that the application knows as well: then the tenant has only brought
// a registration of its own.

// believes reports whether the provider of a tenant is taken at its word that an
// address is proved.
func (r *Recipe) believes(p *provider) bool {
	if r.cfg.TrustEmailOf != nil && r.cfg.TrustEmailOf(p.tenantID, p.ThirdPartyID) {
		return true
	}
	for _, known := range r.known(p.ThirdPartyID) {
		if known.tellsAs(p) {
			return true
		}
	}
	return false
}

// known are the providers with an id that are not any tenant's: as they are
// configured, or else built in.
func (r *Recipe) known(id string) (all []*provider) {
	add := func(p Provider, c Client) {
		if n, err := r.newProvider(p, c); err == nil {
			all = append(all, n)
		}
	}
	for _, p := range r.cfg.Providers {
		if p.ThirdPartyID != id {
			continue
		}
		for _, c := range p.Clients {
			add(p, c)
		}
		return all
	}
	if builtIn := (Provider{ThirdPartyID: id}); kindOf(builtIn).prefix != "" {
		// Those whose address depends on the client are not known without one.
		add(builtIn, Client{ClientID: "any", ClientSecret: "any"})
	}
	return all
}

// tellsAs reports whether what another provider says is said by the same servers,
// and read in the same way.
func (p *provider) tellsAs(other *provider) bool {
	return p.configured() == other.configured() && p.UserInfoMap == other.UserInfoMap &&
		maps.Equal(p.UserInfoParams, other.UserInfoParams) && maps.Equal(p.UserInfoHeaders, other.UserInfoHeaders)
}
