package engine

import (
	"context"
	"net/url"
	"strings"
	"sync"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
)

func (a *app) putDomain(ctx context.Context, in core.DomainSettings) (out core.Created, err error) {
	domain := ""
	if in.Domain != "" {
		if domain, err = core.DomainName(in.Domain); err != nil {
			return out, err
		}
	}
	if own := a.domain(); own != "" && own != domain {
		return out, &core.Forbidden{Message: "You must use the default or same connectionUriDomain to create/update a connectionUriDomain"}
	}
	out, err = a.writeApp(ctx, in.From, core.AppKey(domain, core.Public), core.TenantSettings{
		FirstFactors: in.FirstFactors, RequiredSecondaryFactors: in.RequiredSecondaryFactors, CoreConfig: in.CoreConfig,
	})
	a.domains.forget()
	return out, err
}

func (a *app) listDomains(ctx context.Context, in core.TenantName) (out core.DomainList, err error) {
	from := kernel.OrPublic(in.TenantID)
	if err := a.CheckTenant(ctx, a.DB.Reader, from); err != nil {
		return out, err
	}
	if a.ID != core.Public || from != core.Public {
		return out, &core.Forbidden{Message: "Only the public tenantId, public appId and default connectionUriDomain is allowed to list all connectionUriDomains and appIds associated with this core"}
	}
	at := map[string]int{"": 0}
	out.Domains = []core.DomainInfo{{Apps: []core.AppInfo{}}}
	err = a.eachApp(ctx, func(domain string, info core.AppInfo) {
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

func (a *app) removeDomain(ctx context.Context, in core.RemoveDomain) (out core.Existed, err error) {
	domain, err := core.DomainName(in.Domain)
	if err != nil {
		return out, err
	}
	if a.ID != core.Public || kernel.OrPublic(in.From) != core.Public {
		return out, &core.Forbidden{Message: "Only the public tenantId, public appId and default connectionUriDomain is allowed to delete a connectionUriDomain"}
	}
	key := core.AppKey(domain, core.Public)
	err = a.DB.Tx(ctx, func(q db.Querier) error {
		if err := a.lockApp(ctx, q, key); err != nil {
			return err
		}
		apps, err := db.Texts(ctx, q, `SELECT app_id FROM apps WHERE app_id LIKE $1 AND app_id <> $2`, "%"+core.AppKey(domain, ""), key)
		if err != nil {
			return err
		}
		if len(apps) > 0 {
			return &core.Forbidden{Message: "Please delete all apps except the public appID for this connectionUriDomain before calling the delete API."}
		}
		out.DidExist, err = a.deleteApp(ctx, q, key)
		return err
	})
	if err == nil {
		a.Forget(key)
		a.domains.forget()
	}
	return out, err
}

// domains are the connection URI domains as they stood in the database.
type domains struct {
	mu    sync.Mutex
	names map[string]bool // nil before they were read
	at    int64           // ms
}

func (d *domains) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at = 0
}

// stale reports whether the caller has to read the domains anew. The others
// go on with those that are there.
func (d *domains) stale(now int64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.names != nil && !kernel.Elapsed(d.at, now, kernel.ValuesMaxAge) {
		return false
	}
	d.at = now
	return true
}

// has reports whether there is a domain, and whether domains were ever read.
func (d *domains) has(name string) (is, known bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.names[name], d.names != nil
}

// Domain returns the connection URI domain that requests to a host are for:
// the host's name, if there is such a domain, or "", the default one. host may
// have a port. Domains are kept in memory for 10 seconds, and for longer while
// the database does not answer.
func (e *Engine) Domain(ctx context.Context, host string) (string, error) {
	name := strings.ToLower((&url.URL{Host: host}).Hostname())
	if e.domains.stale(e.kernel.Ms()) {
		if err := e.readDomains(ctx); err != nil {
			if _, known := e.domains.has(name); !known {
				return "", err
			}
			e.kernel.Log.WarnContext(ctx, "the connection URI domains could not be read again", "err", err)
		}
	}
	if is, _ := e.domains.has(name); !is {
		return "", nil
	}
	return name, nil
}

func (e *Engine) readDomains(ctx context.Context) error {
	keys, err := db.Texts(ctx, e.kernel.DB.Reader, `SELECT app_id FROM apps WHERE app_id LIKE $1`, core.AppKey("%", core.Public))
	if err != nil {
		return err
	}
	names := map[string]bool{}
	for _, key := range keys {
		domain, _ := core.SplitAppKey(key)
		names[domain] = true
	}
	e.domains.mu.Lock()
	defer e.domains.mu.Unlock()
	e.domains.names = names
	return nil
}
