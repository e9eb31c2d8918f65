// Package emailverification proves that people own their addresses.
//
//	emailverification.New(emailverification.Config{Mode: emailverification.Required, Email: mailer})
//
// Sessions carry the claim st-ev. When the mode is Required, requests of
// people who have not proved their address get 403, and the frontend shows
// them the page for it.
//
// # Routes
//
//	POST /user/email/verify/token   mails a link and a code; needs a session
//	POST /user/email/verify         proves the address by either
//	GET  /user/email/verify         says whether it is proved; needs a session
//
// A GET proves nothing: programs that open links in mails cannot spend them.
// A proof may make the login method one with a user who has proved the same
// address, if the recipe accountlinking says so. The protocol is FDI §4.3.
package emailverification
