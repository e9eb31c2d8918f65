//go:build !postern.nosqlite

package db

import (
	"database/sql"
	"errors"
	"net/url"
	"os"
	"strings"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

var sqliteDialect = Dialect{
	Name:     "sqlite",
	Now:      "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
	Conflict: func(err error) bool { return sqliteIs(err, lib.SQLITE_CONSTRAINT) },
	lostRace: func(err error) bool { return sqliteIs(err, lib.SQLITE_BUSY, lib.SQLITE_LOCKED) },
	down: func(err error) bool {
		return sqliteIs(err, lib.SQLITE_FULL, lib.SQLITE_IOERR, lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY,
			lib.SQLITE_INTERRUPT, lib.SQLITE_NOMEM, lib.SQLITE_PROTOCOL)
	},
	refused: func(err error) bool { return sqliteIs(err, lib.SQLITE_TOOBIG) },
	missing: func(err error) bool {
		return sqliteIs(err, lib.SQLITE_ERROR) && (strings.Contains(err.Error(), "no such table") || strings.Contains(err.Error(), "no such column"))
	},
}

// sqliteIs reports whether err has one of the primary result codes.
func sqliteIs(err error, codes ...int) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	for _, code := range codes {
		if e.Code()&0xff == code {
			return true
		}
	}
	return false
}

// openSQLite opens two connections that write, one of them without waiting for
// the disk, and several that read beside them. Writers queue in this process
// instead of failing.
func (d *DB) openSQLite(file string, readers int) (err error) {
	d.Dialect = sqliteDialect
	d.turn = make(chan struct{}, 1)
	if file == "" {
		return errors.New("the file is missing, want sqlite:FILE or sqlite::memory:")
	}
	if file == ":memory:" {
		// The data live and die with the only connection.
		d.write, err = sql.Open("sqlite", sqliteDSN(file, "synchronous(FULL)"))
		d.read, d.note = d.write, d.write
		if err == nil {
			d.write.SetMaxOpenConns(1)
		}
		return err
	}
	if err := createPrivate(file); err != nil {
		return err
	}
	if d.write, err = sql.Open("sqlite", sqliteDSN(file, "synchronous(FULL)")); err != nil {
		return err
	}
	if d.note, err = sql.Open("sqlite", sqliteDSN(file, "synchronous(NORMAL)")); err != nil {
		return err
	}
	if d.read, err = sql.Open("sqlite", sqliteDSN(file, "query_only(1)")); err != nil {
		return err
	}
	d.write.SetMaxOpenConns(1)
	d.note.SetMaxOpenConns(1)
	d.read.SetMaxOpenConns(readers)
	d.read.SetMaxIdleConns(readers)
	return nil
}

// createPrivate makes an empty file that only its owner can read. SQLite gives
// its journal the same mode.
func createPrivate(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func sqliteDSN(file, pragma string) string {
	pragmas := []string{"busy_timeout(5000)", "journal_mode(WAL)", "foreign_keys(0)", pragma}
	query := url.Values{"_txlock": {"immediate"}, "_pragma": pragmas}
	path := (&url.URL{Path: file}).EscapedPath()
	return "file:" + path + "?" + query.Encode()
}
