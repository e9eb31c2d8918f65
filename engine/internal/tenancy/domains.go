package tenancy

import (
	"context"
	"net/url"
	"strings"
	"sync"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/kernel"
)

// Domains are the connection URI domains of an engine, as they stood in the
// database.
type Domains struct {
	kernel *kernel.Kernel

	mu    sync.Mutex
	names map[string]bool // nil before they were read
	at    int64           // ms
}

// NewDomains returns the domains of an engine.
func NewDomains(k *kernel.Kernel) *Domains { return &Domains{kernel: k} }

func (d *Domains) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at = 0
}

// stale reports whether the caller has to read the domains anew. The others
// go on with those that are there.
func (d *Domains) stale(now int64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.names != nil && !kernel.Elapsed(d.at, now, kernel.ValuesMaxAge) {
		return false
	}
	d.at = now
	return true
}

// has reports whether there is a domain, and whether domains were ever read.
func (d *Domains) has(name string) (is, known bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.names[name], d.names != nil
}

// Of returns the domain that requests to a host are for: see engine.Domain.
func (d *Domains) Of(ctx context.Context, host string) (string, error) {
	name := strings.ToLower((&url.URL{Host: host}).Hostname())
	if d.stale(d.kernel.Ms()) {
		if err := d.read(ctx); err != nil {
			if _, known := d.has(name); !known {
				return "", err
			}
			d.kernel.Log.WarnContext(ctx, "the connection URI domains could not be read again", "err", err)
		}
	}
	if is, _ := d.has(name); !is {
		return "", nil
	}
	return name, nil
}

func (d *Domains) read(ctx context.Context) error {
	keys, err := db.Texts(ctx, d.kernel.DB.Reader, `SELECT app_id FROM apps WHERE app_id LIKE $1`, core.AppKey("%", core.Public))
	if err != nil {
		return err
	}
	names := map[string]bool{}
	for _, key := range keys {
		domain, _ := core.SplitAppKey(key)
		names[domain] = true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.names = names
	return nil
}
