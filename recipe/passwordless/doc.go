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
// # Limits
//
// A code has six digits, lives a quarter of an hour and takes five tries; a new
// one gives no more tries than five at once and five an hour for one address or
// number. A number gets at most five messages an hour, and an address five mails
// at once and one every five minutes. A link is only good on the device that
// asked for it: it needs an id that only that device has.
package passwordless
