// Package testdb gives each test a database of its own, by its URI.
//
// SQLite is always there. PostgreSQL is there when POSTERN_TEST_POSTGRES holds
// the URI of a server, as it does under scripts/with-postgres and `make test`.
// Tests that have an app of package authtest use SQLite, and PostgreSQL when
// POSTERN_TEST_ON is "postgres".
//
// Where [Prepare] was called, and package authtest does that, the databases
// have the schema: each is a copy of one that was migrated once, which is much
// quicker than to migrate each. Tests of migrations take those of [EachEmpty].
//
// On PostgreSQL the copies go when their tests end. What is copied stays, as
// the database postern_template, for the tests that come after; on a server
// that outlives them, drop it when the migrations were edited.
package testdb
