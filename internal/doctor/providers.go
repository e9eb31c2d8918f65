package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Provider is another service by which people can sign in.
type Provider struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// RedirectURI is what has to be registered there, to the letter: where the
	// provider sends people back to.
	RedirectURI string `json:"redirectURI"`

	way *answer // where the sign-in sends people, to get there
}

// defaultPages is where the sign-in pages of a website are, if it says nothing
// else.
const defaultPages = "/auth"

// askProviders asks which providers there are, and for the way to each.
func (v *visit) askProviders(ctx context.Context) []Provider {
	var methods struct {
		ThirdParty struct{ Providers []Provider }
	}
	a := v.ask(ctx, http.MethodGet, v.url+"/loginmethods", http.Header{"Rid": {"multitenancy"}})
	if a.code != http.StatusOK || json.Unmarshal([]byte(a.text), &methods) != nil {
		return nil
	}
	all := methods.ThirdParty.Providers
	for i := range all {
		p := &all[i]
		if p.Name == "" {
			p.Name = p.ID
		}
		p.RedirectURI = v.redirectURI(p.ID)
		query := url.Values{"thirdPartyId": {p.ID}, "redirectURIOnProviderDashboard": {p.RedirectURI}}
		p.way = v.ask(ctx, http.MethodGet, v.url+"/authorisationurl?"+query.Encode(), http.Header{"Rid": {"thirdparty"}})
	}
	return all
}

// redirectURI is a page of the website. Apple sends a form, which the API
// takes.
func (v *visit) redirectURI(id string) string {
	if strings.HasPrefix(id, "apple") {
		return v.url + "/callback/apple"
	}
	return v.website + v.pages + "/callback/" + id
}

// providers is what is wrong with the ways to other providers.
func providers() []mistake {
	each := func(wrong func(Provider) string) func(*visit) string {
		return func(v *visit) string {
			var all []string
			for _, p := range v.providers {
				if what := wrong(p); what != "" {
					all = append(all, what)
				}
			}
			return strings.Join(all, "; ")
		}
	}
	return []mistake{
		{"provider", false, each(func(p Provider) string {
			to, err := url.Parse(p.way.member("urlWithQueryParams"))
			switch {
			case p.way.code/100 == 5 && p.way.code != http.StatusServiceUnavailable:
				return fmt.Sprintf("%s cannot be signed in with: the API answers %d", p.Name, p.way.code)
			case p.way.code == http.StatusOK && err == nil && to.Query().Get("client_id") == "":
				return "the way to " + p.Name + " has no client id"
			}
			return ""
		}), "It is configured by half. It needs the client id and its secret; Apple needs keyId, teamId and privateKey instead of a secret. The function's log names what is missing."},
		{"provider-unreachable", false, each(func(p Provider) string {
			if p.way.code == http.StatusServiceUnavailable {
				return p.Name + " does not answer the function"
			}
			return ""
		}), "A function in a VPC reaches the internet by a NAT gateway only, and providers by nothing else. For a provider in a network of yours, name that in thirdparty.Config.PrivateNetworks."},
		{"redirect-uri", false, each(func(p Provider) string {
			if p.way.code == http.StatusBadRequest {
				return fmt.Sprintf("%s cannot send people back to %s: %s", p.Name, p.RedirectURI, p.way.message())
			}
			return ""
		}), "WebsiteDomain has to be {website}, and APIDomain the beginning of {url}. Other addresses go into thirdparty.Config.RedirectURIs."},
	}
}
