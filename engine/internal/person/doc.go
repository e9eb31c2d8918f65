// Package person has the people behind the ways to sign in: their login
// methods, the identities by which one signs in, the links that make one person
// of several login methods, the proofs of addresses, and the two ids a user can
// have. It serves no operation of the contract by itself; the ways to sign in,
// and what is kept for a user, are built on it.
//
// What other rooms keep for a login method goes with it: by their
// [kernel.Table], or by [People.On] where something happens to it.
//
// It owns the tables users, tenant_logins, tenant_users, primary_identities,
// verified_emails, active_users and user_id_mapping, and is built on the kernel.
package person
