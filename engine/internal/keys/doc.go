// Package keys has the keys that sign tokens: it makes and rotates them,
// publishes them (JWKS), finds them by their ids, and signs the JSON Web Tokens
// that an application asks for (CDI §2.11).
//
// A dynamic key signs for one interval, which begins at a slot of time that all
// instances agree on; a unique key of the table decides who makes it. A static
// key signs until it is deleted.
//
// It owns the table signing_keys and is built on the kernel.
package keys
