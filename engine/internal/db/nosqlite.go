//go:build postern.nosqlite

package db

import "errors"

// A program that is built with the tag postern.nosqlite is 2 MB smaller as a
// zip: on AWS Lambda a file is no place for a database.

var sqliteDialect = Dialect{Name: "sqlite"}

func (*DB) openSQLite(string, int) error {
	return errors.New("this program is built without SQLite (postern.nosqlite); use postgres://…, or build it without that tag")
}
