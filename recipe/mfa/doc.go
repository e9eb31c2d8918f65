// Package mfa demands several factors of a sign-in, and counts those that a
// session has completed.
//
//	mfa.New(mfa.Config{FirstFactors: []string{"emailpassword", "thirdparty"}})
//
// What a person needs besides the first factor is one of those that the tenant
// requires or that are required of the user ([Recipe.RequireFactor]), or what
// Config.Requirements says. That a factor is set up demands nothing by itself.
//
// Sessions carry the claim st-mfa, and every handler behind Require wants it to
// be met; the APIs by which a factor is completed or set up do not.
// [Recipe.Completed] and [Recipe.CompletedSince] are demands of single handlers.
//
// Factors come from other recipes: totp, and as further logins of the user
// emailpassword and passwordless, which need a policy of accountlinking.
//
// # Routes
//
//	PUT /mfa/info   what is to be done next, and what can be set up
//
// The protocol is FDI §4.7.
package mfa
