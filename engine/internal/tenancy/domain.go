package tenancy

import (
	"context"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
)

func (t *tenancy) putDomain(ctx context.Context, in core.DomainSettings) (out core.Created, err error) {
	domain := ""
	if in.Domain != "" {
		if domain, err = core.DomainName(in.Domain); err != nil {
			return out, err
		}
	}
	if own := t.domain(); own != "" && own != domain {
		return out, &core.Forbidden{Message: "You must use the default or same connectionUriDomain to create/update a connectionUriDomain"}
	}
	out, err = t.writeApp(ctx, in.From, core.AppKey(domain, core.Public), core.TenantSettings{
		FirstFactors: in.FirstFactors, RequiredSecondaryFactors: in.RequiredSecondaryFactors, CoreConfig: in.CoreConfig,
	})
	t.domains.forget()
	return out, err
}

func (t *tenancy) listDomains(ctx context.Context, in core.TenantName) (out core.DomainList, err error) {
	from := kernel.OrPublic(in.TenantID)
	if err := t.CheckTenant(ctx, t.DB.Reader, from); err != nil {
		return out, err
	}
	if t.ID != core.Public || from != core.Public {
		return out, &core.Forbidden{Message: "Only the public tenantId, public appId and default connectionUriDomain is allowed to list all connectionUriDomains and appIds associated with this core"}
	}
	at := map[string]int{"": 0}
	out.Domains = []core.DomainInfo{{Apps: []core.AppInfo{}}}
	err = t.eachApp(ctx, func(domain string, info core.AppInfo) {
		i, known := at[domain]
		if !known {
			i = len(out.Domains)
			at[domain] = i
			out.Domains = append(out.Domains, core.DomainInfo{Domain: domain})
		}
		out.Domains[i].Apps = append(out.Domains[i].Apps, info)
	})
	return out, err
}

func (t *tenancy) removeDomain(ctx context.Context, in core.RemoveDomain) (out core.Existed, err error) {
	domain, err := core.DomainName(in.Domain)
	if err != nil {
		return out, err
	}
	if t.ID != core.Public || kernel.OrPublic(in.From) != core.Public {
		return out, &core.Forbidden{Message: "Only the public tenantId, public appId and default connectionUriDomain is allowed to delete a connectionUriDomain"}
	}
	key := core.AppKey(domain, core.Public)
	err = t.DB.Tx(ctx, func(q db.Querier) error {
		if err := t.lockApp(ctx, q, key); err != nil {
			return err
		}
		apps, err := db.Texts(ctx, q, `SELECT app_id FROM apps WHERE app_id LIKE $1 AND app_id <> $2`, "%"+core.AppKey(domain, ""), key)
		if err != nil {
			return err
		}
		if len(apps) > 0 {
			return &core.Forbidden{Message: "Please delete all apps except the public appID for this connectionUriDomain before calling the delete API."}
		}
		out.DidExist, err = t.deleteApp(ctx, q, key)
		return err
	})
	if err == nil {
		t.Forget(key)
		t.domains.forget()
	}
	return out, err
}
