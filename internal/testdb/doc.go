// Package testdb gives each test a database of its own, by its URI.
//
// SQLite is always there. PostgreSQL is there when POSTERN_TEST_POSTGRES holds
// the URI of a server, as it does under scripts/with-postgres and `make test`;
// each call then gets a new schema on it. Tests that have an app of package
// authtest use SQLite, and PostgreSQL when POSTERN_TEST_ON is "postgres".
package testdb
