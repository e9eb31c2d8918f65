// Package mfa demands several factors of a sign-in, and counts those that a
// session has completed.
//
//	mfa.New(mfa.Config{FirstFactors: []string{"emailpassword", "thirdparty"}})
//
// What a person needs besides the first factor is what the tenant requires,
// what is required of the user (Recipe.RequireFactor), or what
// Config.Requirements says. Sessions carry the claim st-mfa, and every handler
// behind Require wants it to be met; the APIs by which a factor is completed or
// set up do not.
//
// # Routes
//
//	PUT /mfa/info   what is to be done next, and what can be set up
//
// The protocol is FDI §4.7.
package mfa
