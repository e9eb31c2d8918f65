package core

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/posternauth/postern/op"
)

// Connection URI domains are name spaces of apps. A client chooses one by the
// host that it connects to; each has an app "public" and may have others, which
// share nothing with those of another domain. The default domain is "".

// AppKey returns the id by which a core knows an app of a domain: "shop" of
// the default domain, "shop@eu.example.com" of another. No app of a path can
// have such an id.
func AppKey(domain, app string) string {
	if domain == "" {
		return app
	}
	return app + "@" + domain
}

// SplitAppKey returns what AppKey was made of.
func SplitAppKey(key string) (domain, app string) {
	app, domain, _ = strings.Cut(key, "@")
	return domain, app
}

// domainForm is a host name or an IPv4 address.
var domainForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

// maxDomain is how long a host name can be.
const maxDomain = 253

// DomainName returns the proper form of the name of a domain: in lower case,
// without a port. It fails with a [BadInput].
func DomainName(text string) (string, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return "", Bad("connectionUriDomain should not be an empty String")
	}
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || len(u.Hostname()) > maxDomain || !domainForm.MatchString(u.Hostname()) {
		return "", Bad("connectionUriDomain is invalid")
	}
	return u.Hostname(), nil
}

// DomainSettings is the input of [Tenant.CreateOrUpdateDomain]; it sets up the
// public tenant of the domain's app "public", whose settings hold for all apps
// of the domain that do not set their own.
type DomainSettings struct {
	From                     string                `path:"tenant" json:"-"`
	Domain                   string                `json:"connectionUriDomain,omitempty"` // a host name or an IPv4 address; a port is dropped
	FirstFactors             op.Optional[[]string] `json:"firstFactors,omitzero"`
	RequiredSecondaryFactors op.Optional[[]string] `json:"requiredSecondaryFactors,omitzero"`
	CoreConfig               Object                `json:"coreConfig,omitempty"`
}

// DomainInfo is a connection URI domain and its apps.
type DomainInfo struct {
	Domain string    `json:"connectionUriDomain"`
	Apps   []AppInfo `json:"apps"`
}

// DomainList is the connection URI domains of a core, the default one first.
type DomainList struct {
	Domains []DomainInfo `json:"connectionUriDomains"`
}

// RemoveDomain is the input of [Tenant.RemoveDomain].
type RemoveDomain struct {
	From   string `path:"tenant" json:"-"`
	Domain string `json:"connectionUriDomain"`
}
