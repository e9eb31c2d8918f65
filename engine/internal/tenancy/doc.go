// Package tenancy has the apps, tenants and connection URI domains, what they have
// set for themselves, and the providers of tenants (CDI §2.14). What goes with an
// app or a tenant it knows by the tables of all features.
//
// It owns the tables apps and tenants, and is built on the kernel, which reads both.
package tenancy
