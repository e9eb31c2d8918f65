// Package passwordless signs people up and in by a code, or a link, that is
// sent to their email address or their phone.
//
//	passwordless.New(passwordless.Config{
//		ContactMethod: passwordless.EmailOrPhone,
//		FlowType:      passwordless.CodeAndLink,
//		Email:         mailer,
//		SMS:           texter,
//	})
//
// # Routes
//
//	POST /signinup/code                      sends a code or a link
//	POST /signinup/code/resend               sends another one
//	POST /signinup/code/consume              signs in by it
//	GET  /passwordless/email/exists          says whether an address has an account
//	GET  /passwordless/phonenumber/exists    the same of a number
//	GET  /signup/email/exists, /signup/phonenumber/exists   the same, for older clients
//
// All take a tenant in front. The protocol is FDI §4.4.
//
// # Codes and links
//
// A code has six digits and is good where it was asked for only: it needs an id
// that no mail contains. A link contains all that it needs, so it is good in any
// browser. Its secret is in the fragment, which reaches no server until a page
// sends it; the built-in one waits for a click, so that programs which open
// links in mails spend none. Both live a quarter of an hour and are good once.
//
// # Limits
//
// A code takes five tries; a new one gives no more tries than five at once and
// five an hour for one address or number. A number gets four messages at once
// and one an hour, an address five mails at once and one every five minutes.
package passwordless
