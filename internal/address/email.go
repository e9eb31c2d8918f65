// Package address is what an email address is to every layer: its one spelling,
// when two are the same, and what looks like one at the door, by the rule that
// the clients of the protocol have too (FDI §4.2).
package address

import (
	"regexp"
	"strings"
)

var emailPattern = regexp.MustCompile(`^(([^<>()\[\]\\.,;:\s@"]+(\.[^<>()\[\]\\.,;:\s@"]+)*)|(".+"))@((\[[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\])|(([a-zA-Z\-0-9]+\.)+[a-zA-Z]{2,}))$`)

const maxEmail = 320 // RFC 3696, erratum 1690

// IsEmail reports whether a text has the form of an address.
func IsEmail(s string) bool { return len(s) <= maxEmail && emailPattern.MatchString(s) }

// The domains of addresses that stand for "no email".
const (
	FakeDomain      = "@stfakeemail.supertokens.com"
	olderFakeDomain = ".fakeemail.com"
)

// IsFake reports whether an address stands for "no email": nobody is reached
// by it, and nobody can prove it, so it counts as proved.
func IsFake(email string) bool {
	normal, err := Normal(email)
	return err == nil && (strings.HasSuffix(normal, FakeDomain) || strings.HasSuffix(normal, olderFakeDomain))
}
