// Package idp is an identity provider for tests and for development: a server
// that plays Google, GitHub, Apple and the other providers that are built into
// the thirdparty recipe, with the shapes of their answers, and any plain OAuth
// 2.0 or OpenID Connect provider, each below its name. It checks what it is
// asked as they do: clients and their secrets (Apple's are signed), PKCE, and
// that a code is used once, with the redirect URI that it was made for. Any
// redirect URI is registered.
//
//	provider := idp.New()
//	server := httptest.NewServer(provider)
//	provider.URL = server.URL
//	recipe := thirdparty.New(thirdparty.Config{
//		Providers:       []thirdparty.Provider{provider.Config(idp.Google), provider.Config(idp.Apple)},
//		PrivateNetworks: []string{"127.0.0.0/8"},
//	})
//
// [Server.Consent] does what a person does there, and a browser gets a page on
// which to be [Ada], [Bob] or anybody else. [Server.AccessToken] and
// [Server.IDToken] are what an app has got by itself. A [Fault] makes it answer
// wrongly. It is no provider for anything but tests: everybody may be whoever
// they like.
package idp
