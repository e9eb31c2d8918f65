package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

var postgresDialect = Dialect{
	Name:      "postgres",
	Now:       "CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000 AS BIGINT)",
	Bytes:     ` COLLATE "C"`,
	ForUpdate: " FOR UPDATE",
	Conflict:  func(err error) bool { return postgresIs(err, "23505") },
	// Serialization failure and deadlock.
	lostRace: func(err error) bool { return postgresIs(err, "40001", "40P01") },
	down: func(err error) bool {
		// Lost connections, too many of them, disk or memory full, cancelled
		// or timed out, locked too long, a server that stops, starts or only
		// reads, faults of its disk.
		return postgresIs(err, "08", "53", "57014", "57P", "55P03", "25006", "25P03", "58") || disconnected(err)
	},
	// Text that is not UTF-8 or holds a zero, and keys too long for an index.
	refused: func(err error) bool { return postgresIs(err, "22021", "22P05", "54000") },
	missing: func(err error) bool { return postgresIs(err, "42P01", "42703") },
}

// postgresIs reports whether the server answered with one of the codes, or
// with one that begins with one of them.
func postgresIs(err error, codes ...string) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) &&
		slices.ContainsFunc(codes, func(code string) bool { return strings.HasPrefix(e.Code, code) })
}

// disconnected reports an error of the connection and not of the server.
func disconnected(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, driver.ErrBadConn)
}

func (d *DB) openPostgres(cfg Config) error {
	d.Dialect = postgresDialect
	conn, err := pgx.ParseConfig(cfg.URI)
	if err != nil {
		return errors.New("the PostgreSQL URI is malformed, want postgres://user:password@host/database")
	}
	conn.ConnectTimeout = deadline
	if cfg.Pooler {
		// A pooler refuses settings at connect, and hands every transaction to
		// another server, which knows no statement that was prepared before.
		conn.DefaultQueryExecMode = pgx.QueryExecModeExec
		conn.StatementCacheCapacity = 0
		conn.DescriptionCacheCapacity = 0
	}
	options := []stdlib.OptionOpenDB{stdlib.OptionBeforeConnect(cfg.authenticate)}
	patient := conn.Copy() // a migration may take longer than a statement
	d.migrator = func() *sql.DB { return stdlib.OpenDB(*patient, options...) }
	if !cfg.Pooler {
		conn.RuntimeParams["statement_timeout"] = "3000"
		conn.RuntimeParams["idle_in_transaction_session_timeout"] = "10000"
	}
	pool := stdlib.OpenDB(*conn, append(options, stdlib.OptionShouldPing(d.shouldPing))...)
	pool.SetMaxOpenConns(cfg.MaxConnections)
	pool.SetMaxIdleConns(cfg.MaxConnections)
	pool.SetConnMaxLifetime(5 * time.Minute)
	pool.SetConnMaxIdleTime(time.Minute)
	d.read, d.write, d.note = pool, pool, pool
	return nil
}

// authenticate sets the password of a new connection.
func (cfg Config) authenticate(ctx context.Context, conn *pgx.ConnConfig) (err error) {
	if cfg.Password != nil {
		conn.Password, err = cfg.Password(ctx)
	}
	return err
}

// shouldPing probes connections that have lain idle for a while, also in a
// machine that was frozen, and those that may have died with another.
func (d *DB) shouldPing(_ context.Context, c stdlib.ShouldPingParams) bool {
	now := time.Now()
	frozen := now.UnixNano()-d.usedAt.Load() > int64(time.Second)
	return frozen || c.IdleDuration > time.Second || now.Add(-c.IdleDuration).UnixNano() < d.brokenAt.Load()
}
