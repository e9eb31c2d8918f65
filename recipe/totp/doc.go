// Package totp is codes from an app on a phone (RFC 6238) as a second factor.
// It needs the mfa recipe.
//
//	totp.New(totp.Config{})
//
// # Routes
//
//	POST /totp/device           begins to set up a device
//	GET  /totp/device/list      lists the devices
//	POST /totp/device/verify    takes a device's first code, from which on it counts
//	POST /totp/device/remove    removes a device
//	POST /totp/verify           takes a code
//	POST /totp/recovery/codes   makes codes for when the phone is lost
//	POST /totp/recovery/verify  takes one of these
//	GET  /totp/recovery         says how many are left
//
// All need a session; the protocol is FDI §4.8, and the last three are our
// own. To add and verify a device the session has to have completed what is
// required, unless totp comes next and nothing that comes next is set up; to
// remove one that counts, and to make recovery codes, it always has to.
//
// Five wrong codes in a row, those for recovery among them, lock the user out
// for a quarter of an hour, on all devices and in all sessions; a code is good
// once.
package totp
