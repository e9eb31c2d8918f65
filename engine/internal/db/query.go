package db

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/posternauth/postern/core"
)

// Args are the parameters of a statement: text, int64, bool.
type Args []any

// Scan reads the columns of a row.
type Scan func(dest ...any) error

// Querier runs statements: a database, or a transaction in it.
type Querier interface {
	// Exec runs a statement and returns how many rows it changed.
	Exec(ctx context.Context, query string, args ...any) (int64, error)
	// One reads the first row, and reports whether there was one.
	One(ctx context.Context, query string, args Args, dest ...any) (bool, error)
	// Each calls row for every row. The rows must not be used to run another
	// statement: there may be one connection only.
	Each(ctx context.Context, query string, args Args, row func(Scan) error) error
}

// Texts returns the first column of all rows.
func Texts(ctx context.Context, q Querier, query string, args ...any) ([]string, error) {
	var all []string
	err := q.Each(ctx, query, args, func(scan Scan) error {
		var s string
		err := scan(&s)
		all = append(all, s)
		return err
	})
	return all, err
}

// handle is a *sql.DB or a *sql.Tx.
type handle interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func exec(ctx context.Context, h handle, query string, args Args) (int64, error) {
	if err := checkText(args); err != nil {
		return 0, err
	}
	result, err := h.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// each reads to the end, which is when a statement that changes rows is
// committed and its last error is known.
func each(ctx context.Context, h handle, query string, args Args, row func(Scan) error) error {
	if err := checkText(args); err != nil {
		return err
	}
	rows, err := h.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

func one(ctx context.Context, h handle, query string, args Args, dest []any) (found bool, err error) {
	err = each(ctx, h, query, args, func(scan Scan) error {
		if found {
			return nil
		}
		found = true
		return scan(dest...)
	})
	return found, err
}

// checkText refuses what one of the databases cannot hold, so that both
// refuse it.
func checkText(args Args) error {
	for _, arg := range args {
		if s, ok := arg.(string); ok && (!utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0) {
			return core.Bad("Text must be valid UTF-8 without zero bytes")
		}
	}
	return nil
}
