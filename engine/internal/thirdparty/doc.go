// Package thirdparty signs in whom a provider has identified: social login and
// OpenID Connect (CDI §2.2). The providers themselves are the business of the
// backend.
//
// It owns no table, and is built on the kernel and on person.
package thirdparty
