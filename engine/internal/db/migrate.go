package db

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrateTries is how often an instance tries while another may be migrating.
const migrateTries = 10

// Version returns the version of the schema in the database, and the one that
// this program needs.
func (d *DB) Version(ctx context.Context) (current, wanted int64, err error) {
	current, wanted, err = d.versions(ctx)
	return current, wanted, d.fault(ctx, err)
}

func (d *DB) versions(ctx context.Context) (current, wanted int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	provider, err := d.provider(d.write)
	if err != nil {
		return 0, 0, err
	}
	return provider.GetVersions(ctx)
}

// OldSchemaError is a database that has to be migrated for this program.
type OldSchemaError struct{ Current, Needed int64 }

func (e *OldSchemaError) Error() string {
	return fmt.Sprintf("the database has schema version %d and this program needs %d: run `postern migrate`", e.Current, e.Needed)
}

// outdated says why something is missing in the database, if that is because
// the schema is old. It is a dependency that is not ready, not a fault.
func (d *DB) outdated(ctx context.Context, err error) error {
	current, needed, versionErr := d.versions(context.WithoutCancel(ctx))
	if versionErr != nil || current >= needed {
		return err
	}
	return unavailable(&OldSchemaError{current, needed})
}

// Migrate brings the schema up to date, and says from which version to which.
// A schema that is newer than this program is refused. Several instances may
// migrate at once: each step is one transaction that only one of them can win.
func (d *DB) Migrate(ctx context.Context) (from, to int64, err error) {
	for try := 1; ; try++ {
		from, to, err = d.migrate(ctx)
		var newer *NewerSchemaError
		final := err == nil || errors.As(err, &newer) || d.down(err) || try == migrateTries
		if final || !pause(ctx, 10) {
			return from, to, d.fault(ctx, err)
		}
	}
}

// NewerSchemaError is a database that a later program has migrated.
type NewerSchemaError struct{ Current, Known int64 }

func (e *NewerSchemaError) Error() string {
	return fmt.Sprintf("the database has schema version %d and this program knows only %d: use the newer program", e.Current, e.Known)
}

func (d *DB) migrate(ctx context.Context) (from, to int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	pool := d.write
	if d.migrator != nil {
		pool = d.migrator()
		defer pool.Close()
	}
	provider, err := d.provider(pool)
	if err != nil {
		return 0, 0, err
	}
	from, to, err = provider.GetVersions(ctx)
	switch {
	case err != nil:
		return 0, 0, err
	case from > to:
		return from, to, &NewerSchemaError{from, to}
	case from == to:
		return from, to, nil
	}
	if _, err = provider.Up(ctx); err == nil {
		err = d.assumeLarge(ctx)
	}
	return from, to, err
}

func (d *DB) provider(pool *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectPostgres
	if d.Name == sqliteDialect.Name {
		dialect = goose.DialectSQLite3
	}
	return goose.NewProvider(dialect, pool, files, goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(d.userSearch()))
}

// EmailDomain is the part of an email behind the @, as an expression.
const EmailDomain = `substr(email, length(rtrim(email, replace(email, '@', ''))) + 1)`

// userSearch makes the indices by which users are found by the beginnings of
// what is known of them. How texts are compared depends on the database, so
// this migration is no file. Where they are compared by their bytes anyway, the
// first schema has some of these indices.
func (d *DB) userSearch() *goose.Migration {
	return goose.NewGoMigration(6, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		statements := []string{
			`CREATE INDEX users_by_email_domain ON users (app_id, (` + EmailDomain + d.Bytes + `))`,
			`CREATE INDEX users_by_provider_start ON users (app_id, (LOWER(third_party_id)` + d.Bytes + `))`,
		}
		if d.Bytes != "" {
			statements = append(statements,
				`CREATE INDEX users_by_email_start ON users (app_id, (email`+d.Bytes+`))`,
				`CREATE INDEX users_by_phone_start ON users (app_id, (phone`+d.Bytes+`))`)
		}
		return runAll(ctx, tx, statements...)
	}}, nil)
}

//go:embed statistics.sql
var statistics string

// assumeLarge tells SQLite what to think of the indices of which it knows
// nothing. PostgreSQL counts for itself.
func (d *DB) assumeLarge(ctx context.Context) error {
	if d.Name != sqliteDialect.Name {
		return nil
	}
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after the commit it is nothing
	// The first one makes the table of statistics, the last one reads it.
	if err := runAll(ctx, tx, "ANALYZE apps", statistics, "ANALYZE sqlite_schema"); err != nil {
		return err
	}
	return tx.Commit()
}

func runAll(ctx context.Context, tx *sql.Tx, statements ...string) error {
	for _, s := range statements {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}
