package db

import (
	"context"
	"database/sql"
	"sync"
)

// maxPrepared bounds the statements that are kept ready. Ours are fewer; those
// that are composed for a search may be many.
const maxPrepared = 200

// prepared is a SQLite database that parses each statement once per
// connection. For PostgreSQL the driver does that.
type prepared struct {
	db *sql.DB

	mu         sync.Mutex
	statements map[string]*sql.Stmt
}

func newPrepared(db *sql.DB) *prepared { return &prepared{db: db, statements: map[string]*sql.Stmt{}} }

func (p *prepared) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if s := p.statement(ctx, query); s != nil { //nolint:sqlclosecheck // kept, to be used again
		return s.ExecContext(ctx, args...)
	}
	return p.db.ExecContext(ctx, query, args...)
}

func (p *prepared) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s := p.statement(ctx, query); s != nil { //nolint:sqlclosecheck // kept, to be used again
		return s.QueryContext(ctx, args...)
	}
	return p.db.QueryContext(ctx, query, args...)
}

// statement returns the prepared form of a query, or nil to run it as it is:
// when there are too many, or when it is wrong and will say so.
func (p *prepared) statement(ctx context.Context, query string) *sql.Stmt {
	p.mu.Lock()
	known, full := p.statements[query], len(p.statements) >= maxPrepared
	p.mu.Unlock()
	if known != nil || full {
		return known
	}
	s, err := p.db.PrepareContext(ctx, query) // may wait for the only connection
	if err != nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if known := p.statements[query]; known != nil {
		_ = s.Close() //nolint:sqlclosecheck // not for long enough to defer
		return known
	}
	p.statements[query] = s
	return s
}

func (p *prepared) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.statements {
		_ = s.Close() //nolint:sqlclosecheck // not for long enough to defer
	}
	clear(p.statements)
}
