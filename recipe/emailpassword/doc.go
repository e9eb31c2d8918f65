// Package emailpassword signs people up and in with an email and a password.
//
//	emailpassword.New(emailpassword.Config{Email: mailer})
//
// # Routes
//
//	POST /signup                        adds a user and signs in
//	POST /signin                        signs in
//	GET  /emailpassword/email/exists    says whether an address is taken
//	GET  /signup/email/exists           the same, for older clients
//	POST /user/password/reset/token     mails a link to set a new password
//	POST /user/password/reset           sets a new password by that link
//
// All take a tenant in front. The protocol is FDI §4.2. Attempts are limited
// by account and by address; a password is checked at the same cost whether or
// not the account exists, and before anything is told about the account.
//
// Signing up or in with shouldTryLinkingWithSessionUser adds the password to
// who is signed in, as another login or as a second factor; see the recipes
// accountlinking and mfa.
package emailpassword
