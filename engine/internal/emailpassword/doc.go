// Package emailpassword signs in by email and password, and resets passwords by
// mail (CDI §2.1).
//
// It owns the table password_reset_tokens. It is built on the kernel and on person,
// which keeps the hashes, and tells it when an address has changed.
package emailpassword
