// Package metadata keeps a JSON object for each user id (CDI §2.8).
//
// It owns the table user_metadata. It is built on the kernel, and on person for
// the ids of users.
package metadata
