// Package user lists, finds, searches and counts the users of an app (CDI §2.5).
//
// It owns no table, and is built on the kernel and on person.
package user
