// Package session has sessions and their tokens (CDI §2.10): access tokens that
// verify without the database, and refresh tokens that rotate, of which each is
// derived from the one before it.
//
// It owns the table sessions. It is built on the kernel, on keys to sign, and on
// person, which tells it when a session has to end with what happened to a user.
package session
