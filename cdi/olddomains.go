package cdi

import (
	"context"
	"errors"
	"slices"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

type oldDomainSettings struct {
	From                     string                `path:"tenant" json:"-"`
	Domain                   string                `json:"connectionUriDomain,omitempty"`
	EmailPasswordEnabled     op.Optional[bool]     `json:"emailPasswordEnabled,omitzero"`
	ThirdPartyEnabled        op.Optional[bool]     `json:"thirdPartyEnabled,omitzero"`
	PasswordlessEnabled      op.Optional[bool]     `json:"passwordlessEnabled,omitzero"`
	FirstFactors             op.Optional[[]string] `json:"firstFactors,omitzero"`
	RequiredSecondaryFactors op.Optional[[]string] `json:"requiredSecondaryFactors,omitzero"`
	CoreConfig               core.Object           `json:"coreConfig,omitempty"`
}

type oldDomain struct {
	Domain string   `json:"connectionUriDomain"`
	Apps   []oldApp `json:"apps"`
}

type oldDomainList struct {
	Domains []oldDomain `json:"connectionUriDomains"`
}

func (a tenantAdapter) updateDomain(ctx context.Context, in oldDomainSettings) (core.Created, error) {
	switched := factorSwitches{in.EmailPasswordEnabled, in.ThirdPartyEnabled, in.PasswordlessEnabled}
	factors, err := switched.orSaid(in.FirstFactors, func() ([]string, error) { return a.firstFactorsOfDomain(ctx, in) })
	if err != nil {
		return core.Created{}, err
	}
	return a.tenants.CreateOrUpdateDomain(ctx, core.DomainSettings{
		From: in.From, Domain: in.Domain, CoreConfig: in.CoreConfig,
		FirstFactors: factors, RequiredSecondaryFactors: in.RequiredSecondaryFactors,
	})
}

// firstFactorsOfDomain returns those of the public tenant of a domain; a
// domain to come has all. Who may not ask for all domains changes its own.
func (a tenantAdapter) firstFactorsOfDomain(ctx context.Context, in oldDomainSettings) ([]string, error) {
	list, err := a.tenants.ListDomains(ctx, core.TenantName{TenantID: in.From})
	if forbidden := new(core.Forbidden); errors.As(err, &forbidden) {
		return a.firstFactors(ctx, core.Public)
	}
	if err != nil {
		return nil, err
	}
	name := ""
	if in.Domain != "" {
		if name, err = core.DomainName(in.Domain); err != nil {
			return nil, err
		}
	}
	i := slices.IndexFunc(list.Domains, func(d core.DomainInfo) bool { return d.Domain == name })
	if i < 0 {
		return allFactors(), nil
	}
	return publicFactors(list.Domains[i].Apps, core.Public), nil
}

func (a tenantAdapter) listDomains(ctx context.Context, in core.TenantName) (oldDomainList, error) {
	list, err := a.tenants.ListDomains(ctx, in)
	domains := make([]oldDomain, len(list.Domains))
	for i, d := range list.Domains {
		domains[i] = oldDomain{d.Domain, oldApps(d.Apps)}
	}
	return oldDomainList{domains}, err
}
