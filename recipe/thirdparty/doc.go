// Package thirdparty signs people up and in by their accounts at other
// providers: Google, GitHub, Apple and others, and any that speaks OAuth 2.0 or
// OpenID Connect.
//
//	thirdparty.New(thirdparty.Config{Providers: []thirdparty.Provider{
//		{ThirdPartyID: "google", Clients: []thirdparty.Client{{ClientID: "…", ClientSecret: "…"}}},
//		{ThirdPartyID: "github", Clients: []thirdparty.Client{{ClientID: "…", ClientSecret: "…"}}},
//		{ThirdPartyID: "apple", Clients: []thirdparty.Client{{
//			ClientID:         "…",
//			AdditionalConfig: map[string]core.Secret{"keyId": "…", "teamId": "…", "privateKey": "…"},
//		}}},
//	}})
//
// # Routes
//
//	GET  /authorisationurl   where to send the person, with thirdPartyId and redirectURIOnProviderDashboard
//	POST /signinup           signs up or in by what the provider sent back, or by its tokens
//	POST /callback/apple     takes Apple's form and leads on to the website
//
// All take a tenant in front. The protocol is FDI §4.5 and §5.
//
// # What is relied on
//
// A person is who the provider says by its own id of the user; an email
// address never identifies anybody. An ID token is verified with the
// provider's keys and pinned algorithms, for exactly this issuer, client and
// sign-in. What a browser begins by /authorisationurl it has to finish: the
// value that it gets there, and hands back as pkceCodeVerifier, is signed, good
// for ten minutes and for one use, and bound to provider, tenant, client and
// redirect URI. An app may use a verifier of its own.
//
// An access token that an app brings needs an ID token beside it, or a way to
// find out for whom it was made. Where the claims of ID tokens are checked, by
// Provider.ValidateIDToken or for the domain of google-workspaces, nobody gets
// in without one.
//
// People are sent back to the website, to this backend or to
// Config.RedirectURIs. Providers are asked by https on the public internet, for
// five seconds and one megabyte at most.
package thirdparty
