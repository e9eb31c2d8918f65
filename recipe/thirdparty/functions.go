package thirdparty

import (
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// ProviderFunctions is what is done with a provider.
type ProviderFunctions struct {
	// AuthorisationURL makes the address to send a person to.
	AuthorisationURL op.Func[Redirection, Authorisation]
	// ExchangeCode gets tokens for what the provider sent back.
	ExchangeCode op.Func[Return, Tokens]
	// UserInfo asks whose tokens they are.
	UserInfo op.Func[TokenBearer, UserInfo]
}

// Redirection is the input of ProviderFunctions.AuthorisationURL.
type Redirection struct {
	TenantID    string
	RedirectURI string
}

// Authorisation is an address to send a person to, and what has to be known
// when the person comes back.
type Authorisation struct {
	URL      string
	Verifier core.Secret // of PKCE (RFC 7636); empty without
	Nonce    string      // that the ID token has to carry; empty for none
}

// Return is what a provider sent back, the input of
// ProviderFunctions.ExchangeCode.
type Return struct {
	TenantID    string
	RedirectURI string
	// Query is the query, or the form, of the redirection back: code and more.
	Query    map[string]string
	Verifier core.Secret
}

// Tokens is what a provider gives for a code.
type Tokens struct {
	AccessToken core.Secret
	IDToken     core.Secret
	// All is the whole answer, as the provider gave it.
	All map[string]any
}

// TokenBearer is the input of ProviderFunctions.UserInfo.
type TokenBearer struct {
	TenantID string
	Tokens   Tokens
	// Nonce has to be in the ID token, if it is not empty.
	Nonce string
	// Foreign says that a client brought the tokens: it is not known yet for
	// whom they were made.
	Foreign bool
}

// UserInfo is a user as the provider knows it.
type UserInfo struct {
	// ThirdPartyUserID is the provider's id. One that is a number keeps its
	// digits as they are.
	ThirdPartyUserID string
	Email            string // empty if the provider tells none
	EmailVerified    bool
	// FromIDToken and FromUserInfoAPI are all that the provider said. Numbers
	// are json.Number.
	FromIDToken, FromUserInfoAPI map[string]any
}
