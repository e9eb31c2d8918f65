package cdi

import (
	"context"
	"os"
	"strconv"
	"sync"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// protocol is the operations that belong to the protocol and not to a core:
// what clients ask before and around everything else.
type protocol struct {
	Versions      op.Func[siteDomains, versionList]    `cdi:"GET /apiversion" form:"bare"`
	Config        op.Func[configQuery, configPath]     `cdi:"GET /{tenant}/config" fails:"NOT_ALLOWED"`
	Telemetry     op.Func[struct{}, telemetry]         `cdi:"GET /telemetry" form:"bare"`
	Hello         op.Func[struct{}, core.Done]         `cdi:"POST /hello, PUT /hello, DELETE /hello, GET /, POST /, PUT /, DELETE /" form:"text"`
	Keys          op.Func[struct{}, core.KeySet]       `cdi:"GET /recipe/jwt/jwks"`
	SetLicence    op.Func[licenceKey, core.Done]       `cdi:"PUT /ee/license"`
	Licence       op.Func[struct{}, licenceKey]        `cdi:"GET /ee/license" fails:"NO_LICENSE_KEY_FOUND_ERROR"`
	RemoveLicence op.Func[struct{}, core.Done]         `cdi:"DELETE /ee/license"`
	Features      op.Func[struct{}, featureFlags]      `cdi:"GET /ee/featureflag"`
	Requests      op.Func[struct{}, requestStats]      `cdi:"GET /requests/stats"`
	CoreConfig    op.Func[core.TenantName, coreConfig] `cdi:"GET /{tenant}/recipe/dashboard/tenant/core-config"`
	Users         oldUserQueries
	Sessions      oldSessionQueries
	Tenants       oldTenants
}

// newProtocol returns the operations for the app id.
func (a *apps) newProtocol(id string, of app) *protocol {
	c, l := of.core, &a.licence
	return &protocol{
		Versions:      versions,
		Config:        configOf(id),
		Telemetry:     noTelemetry,
		Hello:         c.Service.Ping,
		Keys:          c.JWT.Keys,
		SetLicence:    l.set,
		Licence:       l.read,
		RemoveLicence: l.remove,
		Features:      features,
		Requests:      statsOf(of.requests, a.now),
		CoreConfig:    a.settingsOf(id),
		Users:         newOldUserQueries(c),
		Sessions:      newOldSessionQueries(c),
		Tenants:       newOldTenants(c),
	}
}

// siteDomains is what a client may say about its site. Nothing needs it.
type siteDomains struct {
	WebsiteDomain string `json:"websiteDomain,omitempty"`
	APIDomain     string `json:"apiDomain,omitempty"`
}

type versionList struct {
	Versions []string `json:"versions"`
}

func versions(context.Context, siteDomains) (versionList, error) {
	return versionList{served()}, nil
}

type configQuery struct {
	TenantID string `path:"tenant" json:"-"`
	PID      string `json:"pid"`
}

type configPath struct {
	Path string `json:"path"`
}

// configOf tells a process on the same machine where the configuration is:
// nowhere, since it is no file.
func configOf(app string) op.Func[configQuery, configPath] {
	return func(_ context.Context, in configQuery) (configPath, error) {
		if app != core.Public || orPublic(in.TenantID) != core.Public {
			return configPath{}, &core.Forbidden{Message: "you can call this only from the base connection uri domain, public app and tenant"}
		}
		if in.PID != strconv.Itoa(os.Getpid()) {
			return configPath{}, op.Status("NOT_ALLOWED")
		}
		return configPath{}, nil
	}
}

type telemetry struct {
	Exists bool `json:"exists"`
}

func noTelemetry(context.Context, struct{}) (telemetry, error) { return telemetry{}, nil }

type licenceKey struct {
	Key string `json:"licenseKey,omitempty"`
}

// licence remembers the licence key that a client set, so that the client
// finds it again. Nothing depends on it.
type licence struct {
	mu  sync.Mutex
	key string
}

func (l *licence) set(_ context.Context, in licenceKey) (core.Done, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if in.Key != "" {
		l.key = in.Key
	}
	return core.Done{}, nil
}

func (l *licence) read(context.Context, struct{}) (licenceKey, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.key == "" {
		return licenceKey{}, op.Status("NO_LICENSE_KEY_FOUND_ERROR")
	}
	return licenceKey{l.key}, nil
}

func (l *licence) remove(context.Context, struct{}) (core.Done, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.key = ""
	return core.Done{}, nil
}

type featureFlags struct {
	Features   []string   `json:"features"`
	UsageStats usageStats `json:"usageStats"`
}

// usageStats has the one member that clients look for, empty: features are
// not metered.
type usageStats struct {
	MAUs []int64 `json:"maus"`
}

func features(context.Context, struct{}) (featureFlags, error) {
	return featureFlags{
		Features:   []string{"account_linking", "multi_tenancy", "dashboard_login", "mfa", "security", "oauth", "saml", "test"},
		UsageStats: usageStats{[]int64{}},
	}, nil
}
