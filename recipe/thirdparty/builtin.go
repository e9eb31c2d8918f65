package thirdparty

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/posternauth/postern/core"
)

// builtin is a provider whose particulars are known (FDI §5.2).
type builtin struct {
	prefix, name string
	scope        []string
	defaults     Provider
	// pkce says that the provider is known to take PKCE with S256.
	pkce bool
	// basic sends the client's secret in the header.
	basic bool
	// complete fills in what depends on the client.
	complete func(p *Provider, c *Client) error
	// userInfo replaces the call of the user info endpoint.
	userInfo func(ctx context.Context, p *provider, token core.Secret) (map[string]any, error)
	// audience fails unless an access token was made for this client.
	audience func(ctx context.Context, p *provider, token core.Secret) error
	// idToken checks more of an ID token.
	idToken func(p *provider, claims map[string]any) error
}

// builtins are looked through in this order; the first whose prefix fits is
// it.
func builtins() []builtin {
	return []builtin{
		activeDirectory(), apple(), bitbucket(), discord(), facebook(), github(), gitlab(),
		googleWorkspaces(), google(), okta(), linkedIn(), twitter(), boxySAML(),
	}
}

// kindOf returns what is known of a provider; of a custom one, nothing.
func kindOf(p Provider) builtin {
	id := cmp.Or(p.Implementation, p.ThirdPartyID)
	all := builtins()
	if i := slices.IndexFunc(all, func(b builtin) bool { return strings.HasPrefix(id, b.prefix) }); i >= 0 {
		return all[i]
	}
	return builtin{name: p.ThirdPartyID, scope: []string{}}
}

// over lays what is configured over the defaults.
func (p Provider) over(d Provider) Provider {
	for own, standard := range map[*string]string{
		&p.Name: d.Name, &p.AuthorizationEndpoint: d.AuthorizationEndpoint, &p.TokenEndpoint: d.TokenEndpoint,
		&p.UserInfoEndpoint: d.UserInfoEndpoint, &p.JWKSURI: d.JWKSURI,
		&p.OIDCDiscoveryEndpoint: d.OIDCDiscoveryEndpoint, &p.Issuer: d.Issuer,
	} {
		*own = cmp.Or(*own, standard)
	}
	p.AuthorizationParams = overlay(d.AuthorizationParams, p.AuthorizationParams)
	p.TokenParams = overlay(d.TokenParams, p.TokenParams)
	p.UserInfoParams = overlay(d.UserInfoParams, p.UserInfoParams)
	p.UserInfoHeaders = overlay(d.UserInfoHeaders, p.UserInfoHeaders)
	p.UserInfoMap.FromIDToken = p.UserInfoMap.FromIDToken.over(d.UserInfoMap.FromIDToken)
	p.UserInfoMap.FromUserInfoAPI = p.UserInfoMap.FromUserInfoAPI.over(d.UserInfoMap.FromUserInfoAPI)
	p.EmailOptional = p.EmailOptional || d.EmailOptional
	return p
}

// overlay returns base with the values of top. An empty value stays: it takes
// the parameter away in the end.
func overlay(base, top map[string]string) map[string]string {
	out := maps.Clone(base)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, top)
	return out
}

func (f UserInfoFields) over(d UserInfoFields) UserInfoFields {
	return UserInfoFields{cmp.Or(f.UserID, d.UserID), cmp.Or(f.Email, d.Email), cmp.Or(f.EmailVerified, d.EmailVerified)}
}

// standardFields are the names of OpenID Connect.
func standardFields() UserInfoFields { return UserInfoFields{"sub", "email", "email_verified"} }

const discoveryPath = "/.well-known/openid-configuration"

// discoveryAt is the discovery document of an issuer, unless it is one already.
func discoveryAt(address string) string {
	if strings.HasSuffix(address, discoveryPath) {
		return address
	}
	return strings.TrimSuffix(address, "/") + discoveryPath
}

// discoveredFrom takes the issuer from the client, unless the provider has an
// endpoint. format may be empty.
func discoveredFrom(key, format string) func(*Provider, *Client) error {
	return func(p *Provider, c *Client) error {
		if v := c.additional(key); v != "" && format != "" {
			p.OIDCDiscoveryEndpoint = cmp.Or(p.OIDCDiscoveryEndpoint, fmt.Sprintf(format, v))
		} else {
			p.OIDCDiscoveryEndpoint = cmp.Or(p.OIDCDiscoveryEndpoint, v)
		}
		if p.OIDCDiscoveryEndpoint == "" {
			return fmt.Errorf("AdditionalConfig[%q]: is missing; or set OIDCDiscoveryEndpoint", key)
		}
		p.OIDCDiscoveryEndpoint = discoveryAt(withScheme(p.OIDCDiscoveryEndpoint))
		return nil
	}
}

func withScheme(address string) string {
	if strings.Contains(address, "://") {
		return address
	}
	return "https://" + address
}

func discovered(p *Provider, _ *Client) error {
	p.OIDCDiscoveryEndpoint = discoveryAt(p.OIDCDiscoveryEndpoint)
	return nil
}

func google() builtin {
	return builtin{
		prefix: "google", name: "Google", scope: []string{"openid", "email"}, pkce: true, complete: discovered,
		defaults: Provider{
			OIDCDiscoveryEndpoint: "https://accounts.google.com",
			AuthorizationParams:   map[string]string{"access_type": "offline", "include_granted_scopes": "true"},
		},
		audience: googleAudience,
	}
}

func googleWorkspaces() builtin {
	b := google()
	b.prefix, b.name = "google-workspaces", "Google Workspaces"
	b.complete = func(p *Provider, c *Client) error {
		hd := cmp.Or(c.additional("hd"), "*")
		p.AuthorizationParams = overlay(map[string]string{"hd": hd}, p.AuthorizationParams)
		return discovered(p, c)
	}
	b.idToken = func(p *provider, claims map[string]any) error {
		hd := cmp.Or(p.client.additional("hd"), "*")
		if got, _ := claims["hd"].(string); got == "" || hd != "*" && got != hd {
			return fmt.Errorf("the ID token is of the domain %q, and AdditionalConfig[\"hd\"] wants %q", got, hd)
		}
		return nil
	}
	return b
}

func activeDirectory() builtin {
	return builtin{
		prefix: "active-directory", name: "Active Directory", scope: []string{"openid", "email"}, pkce: true,
		complete: discoveredFrom("directoryId", "https://login.microsoftonline.com/%s/v2.0"),
		// Anybody can write any address into a directory of their own; the claim
		// says that its domain was shown to belong to the directory.
		defaults: Provider{UserInfoMap: UserInfoMap{FromIDToken: UserInfoFields{EmailVerified: "xms_edov"}, FromUserInfoAPI: UserInfoFields{EmailVerified: "xms_edov"}}},
	}
}

func okta() builtin {
	return builtin{
		prefix: "okta", name: "Okta", scope: []string{"openid", "email"}, pkce: true, complete: discoveredFrom("oktaDomain", ""),
	}
}

func gitlab() builtin {
	return builtin{
		prefix: "gitlab", name: "GitLab", scope: []string{"openid", "email"}, pkce: true,
		complete: func(p *Provider, c *Client) error {
			p.OIDCDiscoveryEndpoint = discoveryAt(withScheme(cmp.Or(p.OIDCDiscoveryEndpoint, c.additional("gitlabBaseUrl"), "https://gitlab.com")))
			return nil
		},
	}
}

func apple() builtin {
	return builtin{
		prefix: "apple", name: "Apple", scope: []string{"openid", "email"},
		defaults: Provider{
			OIDCDiscoveryEndpoint: "https://appleid.apple.com",
			AuthorizationParams:   map[string]string{"response_mode": "form_post"},
		},
		complete: func(p *Provider, c *Client) error {
			if c.ClientSecret == "" {
				if _, err := appleKeyOf(*c); err != nil {
					return err
				}
			}
			return discovered(p, c)
		},
	}
}

func discord() builtin {
	return builtin{
		prefix: "discord", name: "Discord", scope: []string{"identify", "email"}, pkce: true,
		defaults: Provider{
			AuthorizationEndpoint: "https://discord.com/oauth2/authorize",
			TokenEndpoint:         "https://discord.com/api/oauth2/token",
			UserInfoEndpoint:      "https://discord.com/api/users/@me",
			UserInfoMap:           UserInfoMap{FromUserInfoAPI: UserInfoFields{"id", "email", "verified"}},
		},
		audience: discordAudience,
	}
}

func facebook() builtin {
	return builtin{
		prefix: "facebook", name: "Facebook", scope: []string{"email"}, pkce: true,
		defaults: Provider{
			AuthorizationEndpoint: "https://www.facebook.com/v12.0/dialog/oauth",
			TokenEndpoint:         "https://graph.facebook.com/v12.0/oauth/access_token",
			UserInfoEndpoint:      "https://graph.facebook.com/me",
			UserInfoMap:           UserInfoMap{FromUserInfoAPI: UserInfoFields{UserID: "id"}},
		},
		userInfo: facebookUser,
		audience: facebookAudience,
	}
}

func github() builtin {
	return builtin{
		prefix: "github", name: "GitHub", scope: []string{"read:user", "user:email"}, pkce: true,
		defaults: Provider{
			AuthorizationEndpoint: "https://github.com/login/oauth/authorize",
			TokenEndpoint:         "https://github.com/login/oauth/access_token",
			UserInfoEndpoint:      "https://api.github.com/user",
			UserInfoHeaders:       map[string]string{"Accept": "application/vnd.github.v3+json"},
			UserInfoMap:           UserInfoMap{FromUserInfoAPI: UserInfoFields{UserID: "id"}},
		},
		userInfo: githubUser,
		audience: githubAudience,
	}
}

func bitbucket() builtin {
	return builtin{
		prefix: "bitbucket", name: "Bitbucket", scope: []string{"account", "email"},
		defaults: Provider{
			AuthorizationEndpoint: "https://bitbucket.org/site/oauth2/authorize",
			AuthorizationParams:   map[string]string{"audience": "api.atlassian.com"},
			TokenEndpoint:         "https://bitbucket.org/site/oauth2/access_token",
			UserInfoEndpoint:      "https://api.bitbucket.org/2.0/user",
			UserInfoMap:           UserInfoMap{FromUserInfoAPI: UserInfoFields{UserID: "uuid"}},
		},
		userInfo: bitbucketUser,
	}
}

func linkedIn() builtin {
	return builtin{
		prefix: "linkedin", name: "LinkedIn", scope: []string{"openid", "profile", "email"},
		defaults: Provider{
			AuthorizationEndpoint: "https://www.linkedin.com/oauth/v2/authorization",
			TokenEndpoint:         "https://www.linkedin.com/oauth/v2/accessToken",
			UserInfoEndpoint:      "https://api.linkedin.com/v2/userinfo",
		},
	}
}

func twitter() builtin {
	return builtin{
		prefix: "twitter", name: "Twitter", scope: []string{"users.read", "tweet.read"}, pkce: true, basic: true,
		defaults: Provider{
			AuthorizationEndpoint: "https://twitter.com/i/oauth2/authorize",
			TokenEndpoint:         "https://api.twitter.com/2/oauth2/token",
			UserInfoEndpoint:      "https://api.twitter.com/2/users/me",
			UserInfoMap:           UserInfoMap{FromUserInfoAPI: UserInfoFields{UserID: "data.id"}},
			EmailOptional:         true,
		},
	}
}

func boxySAML() builtin {
	return builtin{
		prefix: "boxy-saml", name: "SAML", scope: []string{}, pkce: true,
		defaults: Provider{UserInfoMap: UserInfoMap{FromUserInfoAPI: UserInfoFields{UserID: "id", Email: "email"}}},
		complete: func(p *Provider, c *Client) error {
			base := strings.TrimSuffix(c.additional("boxyURL"), "/")
			if base == "" && (p.AuthorizationEndpoint == "" || p.TokenEndpoint == "" || p.UserInfoEndpoint == "") {
				return errors.New(`AdditionalConfig["boxyURL"]: is missing; give where the service is, like "https://saml.example.com"`)
			}
			p.AuthorizationEndpoint = cmp.Or(p.AuthorizationEndpoint, base+"/api/oauth/authorize")
			p.TokenEndpoint = cmp.Or(p.TokenEndpoint, base+"/api/oauth/token")
			p.UserInfoEndpoint = cmp.Or(p.UserInfoEndpoint, base+"/api/oauth/userinfo")
			return nil
		},
	}
}
