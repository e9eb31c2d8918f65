// Package idp is an identity provider for tests and for development: a server
// that plays Google, GitHub, Apple and the other providers that are built into
// the thirdparty recipe, with the shapes of their answers, and any plain OAuth
// 2.0 or OpenID Connect provider. It checks what it is asked as they do:
// clients, redirect URIs, PKCE, Apple's signed client secrets.
//
//	provider := idp.New()
//	server := httptest.NewServer(provider)
//	provider.URL = server.URL
//	recipe := thirdparty.New(thirdparty.Config{
//		Providers:       []thirdparty.Provider{provider.Config(idp.Google), provider.Config(idp.Apple)},
//		PrivateNetworks: []string{"127.0.0.0/8"},
//	})
//
// [Server.Consent] does what a person does there. A [Fault] makes it answer
// wrongly. It is no provider for anything but tests: everybody may be whoever
// they like.
package idp
