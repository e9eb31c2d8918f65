package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"
)

// deadline is how long a statement or a transaction may take, with the wait
// for a connection and all repetitions.
const deadline = 3 * time.Second

// Config says which database, and how to use it.
type Config struct {
	// URI is sqlite:FILE, sqlite::memory:, postgres://… or postgresql://….
	URI string
	// MaxConnections bounds the connections to PostgreSQL, or the readers of
	// SQLite, which has one writer. It is at least 1.
	MaxConnections int
	// Pooler says that a transaction pooler stands before PostgreSQL.
	Pooler bool
	// Password is asked for each new connection to PostgreSQL, if it is there.
	Password func(context.Context) (string, error)
}

// DB is a database.
type DB struct {
	Dialect
	// Reader runs single statements that change nothing. It runs them once
	// more when the pool had kept a dead connection.
	Reader Querier
	// Writer runs single statements, each a transaction of its own.
	Writer Querier

	read, write *sql.DB
	note        *sql.DB        // writes too, see Note
	notes       handle         // single statements on it
	turn        chan struct{}  // of SQLite: holds whoever writes
	prepared    []*prepared    // of SQLite
	migrator    func() *sql.DB // of PostgreSQL: opens a pool to migrate with
	// brokenAt is when a connection was last found dead, in Unix nanoseconds:
	// those that have lain idle since before are probed before their use.
	brokenAt atomic.Int64
	// usedAt is when something was last done, by the wall clock, which alone
	// goes on while a machine is frozen.
	usedAt atomic.Int64
}

// Open prepares the connections; it connects when it has to.
func Open(cfg Config) (*DB, error) {
	d := new(DB)
	scheme, rest, _ := strings.Cut(cfg.URI, ":")
	var err error
	switch scheme {
	case "sqlite":
		err = d.openSQLite(rest, cfg.MaxConnections)
	case "postgres", "postgresql":
		err = d.openPostgres(cfg)
	default:
		err = errors.New("unknown scheme, want sqlite:FILE, sqlite::memory: or postgres://user:password@host/database")
	}
	if err != nil {
		return nil, err
	}
	d.Reader = pool{d, d.handle(d.read), true}
	d.Writer = pool{d, d.handle(d.write), false}
	d.notes = d.handle(d.note)
	return d, nil
}

// handle returns how single statements are run on a database.
func (d *DB) handle(db *sql.DB) handle {
	if d.Name != sqliteDialect.Name {
		return db
	}
	p := newPrepared(db)
	d.prepared = append(d.prepared, p)
	return p
}

// Close closes all connections.
func (d *DB) Close() error {
	for _, p := range d.prepared {
		p.close()
	}
	return errors.Join(d.read.Close(), d.write.Close(), d.note.Close()) // what is closed stays closed
}

// Ping reports whether the database answers.
func (d *DB) Ping(ctx context.Context) error {
	var one int64
	_, err := d.Reader.One(ctx, "SELECT 1", nil, &one)
	return err
}

// MaxList is how many ids one statement is given at most.
const MaxList = 512

// In returns a parenthesised list of parameters for the ids, and args with the
// ids appended. Lists are padded to a power of two by repeating the last id:
// few different statements reach the statement cache of the database.
func In(args Args, ids []string) (string, Args) {
	if len(ids) == 0 {
		return "(NULL)", args
	}
	size := 1
	for size < len(ids) {
		size *= 2
	}
	var list strings.Builder
	for i := range size {
		args = append(args, ids[min(i, len(ids)-1)])
		fmt.Fprintf(&list, ",$%d", len(args))
	}
	return "(" + list.String()[1:] + ")", args
}
