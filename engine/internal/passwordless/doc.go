// Package passwordless signs in by a one-time code or a magic link (CDI §2.3).
//
// It owns the tables passwordless_devices and passwordless_codes, whose rows go by
// an address and not by a user. It is built on the kernel and on person.
package passwordless
