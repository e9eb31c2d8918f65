package thirdparty

import (
	"context"

	"github.com/posternauth/postern/core"
)

// Config changes the recipe.
type Config struct {
	// Providers are those that people can sign in with. A tenant that has
	// providers of its own in the core has those instead, each on top of the one
	// here with its id.
	Providers []Provider
	// RedirectURIs are where providers may send people back to, besides the
	// website and this backend, exactly as they are registered: "com.example.app:/callback".
	RedirectURIs []string
	// PrivateNetworks are networks, "10.0.0.0/8", in which providers may be.
	// Default: none; providers are reached on the public internet only, and by
	// https. With one, http is possible too.
	PrivateNetworks []string
	// TrustEmailOf believes a tenant's provider that an address is proved: you know
	// who runs it, and that it makes sure. Default: none is believed whose
	// endpoints are not those of the provider here, or built in, with its id.
	TrustEmailOf func(tenantID, thirdPartyID string) bool

	// Functions and APIs replace parts of the recipe. They receive the original
	// and return what to use.
	Functions func(original Functions) Functions
	APIs      func(original APIs) APIs
}

// Provider is one that people can sign in with (FDI §5.1). For those that are
// built in, all but the id and the clients has its default.
type Provider struct {
	// ThirdPartyID is the provider's id, at most 28 characters. What it begins
	// with chooses the provider that is built in: "google", "google-eu".
	ThirdPartyID string
	// Implementation chooses the built-in provider instead of ThirdPartyID.
	Implementation string
	// Name is what people read on the button.
	Name string
	// Clients are the app's registrations at the provider; required. If there
	// are several, each has another ClientType.
	Clients []Client

	// AuthorizationEndpoint is where people are sent, TokenEndpoint where codes
	// become tokens, UserInfoEndpoint where an access token tells the user. An
	// empty value in the maps takes a default away.
	AuthorizationEndpoint string
	AuthorizationParams   map[string]string
	TokenEndpoint         string
	TokenParams           map[string]string
	UserInfoEndpoint      string
	UserInfoParams        map[string]string
	UserInfoHeaders       map[string]string
	// JWKSURI has the keys of ID tokens.
	JWKSURI string
	// OIDCDiscoveryEndpoint is the discovery document of the provider, or the
	// issuer. It fills in the endpoints that are empty.
	OIDCDiscoveryEndpoint string
	// Issuer is the issuer of ID tokens; default what the discovery says, which
	// has to be the address it was found by.
	Issuer string
	// UserInfoMap says where the user's data is. Its empty fields have their
	// defaults.
	UserInfoMap UserInfoMap

	// EmailOptional takes in people whose address the provider does not tell.
	// They get one by FakeEmail, which nobody can be reached by.
	EmailOptional bool
	// FakeEmail makes it; default <user id>.<provider id>@stfakeemail.supertokens.com.
	FakeEmail func(ctx context.Context, thirdPartyUserID, tenantID string) string
	// UntrustedEmail takes no address as proved, whatever the provider says:
	// people prove it by a mail. It is for providers where users, or somebody
	// else's administrators, can write any address.
	UntrustedEmail bool
	// InAllTenants offers the provider in every tenant that has none of its own,
	// and not only in the tenant public.
	InAllTenants bool

	// ValidateIDToken and ValidateAccessToken look at what the provider sent;
	// an error of theirs refuses the sign-in. They are called after all checks
	// of ours. With ValidateIDToken there has to be an ID token.
	ValidateIDToken     func(ctx context.Context, claims core.Object, c Client) error
	ValidateAccessToken func(ctx context.Context, token core.Secret, c Client) error
	// Functions replaces what is done with the provider.
	Functions func(original ProviderFunctions) ProviderFunctions
}

// Client is a registration of the app at a provider.
type Client struct {
	// ClientType tells clients apart, "web" or "ios". Needed if there are several.
	ClientType   string
	ClientID     string
	ClientSecret core.Secret
	// Scope is what is asked for; default what a sign-in needs.
	Scope []string
	// ForcePKCE uses PKCE where it is not known whether the provider has it.
	ForcePKCE bool
	// AdditionalConfig is what some providers need besides: keyId, teamId and
	// privateKey for apple; directoryId for active-directory; oktaDomain for
	// okta; gitlabBaseUrl for gitlab; hd for google-workspaces; boxyURL for
	// boxy-saml. untrustedEmail "true" is Provider.UntrustedEmail.
	AdditionalConfig map[string]core.Secret
}

// additional returns a value of AdditionalConfig.
func (c Client) additional(key string) string { return string(c.AdditionalConfig[key]) }

// UserInfoMap says where the data of a user is, by names that may be nested:
// "data.id".
type UserInfoMap struct {
	FromIDToken     UserInfoFields // default sub, email, email_verified
	FromUserInfoAPI UserInfoFields // the same
}

// UserInfoFields are the names of three values.
type UserInfoFields struct {
	UserID        string `json:"userId"`
	Email         string `json:"email"`
	EmailVerified string `json:"emailVerified"`
}
