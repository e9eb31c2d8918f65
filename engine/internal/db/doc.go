// Package db is the seam between the engine and its database, SQLite or
// PostgreSQL.
//
// SQL is written once, in what both have in common, with $1 parameters. It
// must also run on PostgreSQL-compatible distributed databases and behind a
// pooler: no foreign keys, sequences, triggers, savepoints, advisory locks,
// notifications or prepared statements with names that must last. What the two
// do not share is the [Dialect].
//
// A database that does not answer is a [core.Unavailable]; the caller never
// sees which of the many errors of a driver said so.
package db
