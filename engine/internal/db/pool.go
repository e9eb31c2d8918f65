package db

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/posternauth/postern/core"
)

// maxTries is how often something that lost a race is run.
const maxTries = 12

// pool runs single statements on any connection.
type pool struct {
	db    *DB
	on    handle
	reads bool
}

func (p pool) Exec(ctx context.Context, query string, args ...any) (n int64, err error) {
	err = p.db.run(ctx, p.reads, func(ctx context.Context) error {
		n, err = exec(ctx, p.on, query, args)
		return err
	})
	return n, err
}

func (p pool) One(ctx context.Context, query string, args Args, dest ...any) (found bool, err error) {
	err = p.db.run(ctx, p.reads, func(ctx context.Context) error {
		found, err = one(ctx, p.on, query, args, dest)
		return err
	})
	return found, err
}

func (p pool) Each(ctx context.Context, query string, args Args, row func(Scan) error) error {
	begun := false
	repeatable := func(scan Scan) error { begun = true; return row(scan) }
	var failed error
	err := p.db.run(ctx, p.reads, func(ctx context.Context) error {
		if begun {
			return failed // the caller has seen rows: they must not come twice
		}
		failed = each(ctx, p.on, query, args, repeatable)
		return failed
	})
	return err
}

// Note writes what may be lost when the machine loses its power, as attempts
// that are counted may: on SQLite it does not wait for the disk. It is one
// statement, and returns the first column of what that RETURNs.
func (d *DB) Note(ctx context.Context, query string, args ...any) (texts []string, err error) {
	err = d.run(ctx, false, func(ctx context.Context) error {
		texts, err = Texts(ctx, once{d.notes}, query, args...)
		return err
	})
	return texts, err
}

// Tx runs fn in a transaction, and again when the transaction lost a race: fn
// must have no effect but on q. An error of fn rolls back and is returned.
func (d *DB) Tx(ctx context.Context, fn func(q Querier) error) error {
	return d.run(ctx, false, func(ctx context.Context) error {
		t, err := d.write.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = t.Rollback() }() // after the commit it is nothing
		if err := fn(once{t}); err != nil {
			return err
		}
		return t.Commit()
	})
}

// once runs statements as they are; errors are made sense of when all is done.
type once struct{ on handle }

func (o once) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return exec(ctx, o.on, query, args)
}

func (o once) One(ctx context.Context, query string, args Args, dest ...any) (bool, error) {
	return one(ctx, o.on, query, args, dest)
}

func (o once) Each(ctx context.Context, query string, args Args, row func(Scan) error) error {
	return each(ctx, o.on, query, args, row)
}

// run calls fn within the deadline: again when it lost a race, which undid it,
// and once more when it only reads and met a dead connection. Nothing else is
// repeated: whether a write whose answer is missing was done is not known.
func (d *DB) run(ctx context.Context, reads bool, fn func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	for try := 1; ; try++ {
		err := d.inTurn(limited, reads, fn)
		d.usedAt.Store(time.Now().UnixNano())
		if err == nil {
			return nil
		}
		broken := d.down(err)
		if broken {
			d.brokenAt.Store(time.Now().UnixNano())
		}
		again := d.lostRace(err) && try < maxTries || reads && broken && try == 1
		if !again || !pause(limited, try) {
			return d.fault(ctx, err)
		}
	}
}

// inTurn calls fn when nobody else in this process writes to SQLite.
func (d *DB) inTurn(ctx context.Context, reads bool, fn func(context.Context) error) error {
	if reads || d.turn == nil {
		return fn(ctx)
	}
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
		return fn(ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pause waits a moment, longer with each try. It is false when ctx is done.
func pause(ctx context.Context, try int) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(rand.N(time.Duration(try) * 10 * time.Millisecond)):
		return true
	}
}

// fault says what an error means to the caller: that the database is not
// there, that a value cannot be stored, or that the caller has gone.
func (d *DB) fault(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case d.refused(err):
		return core.Bad("A text is too long, or not valid UTF-8")
	case d.missing(err):
		return d.outdated(ctx, err)
	case d.down(err), d.lostRace(err), interrupted(err):
		return unavailable(err)
	}
	return err
}

// interrupted reports that something ended before it was done: at the
// deadline, or because its transaction or its connection had ended.
func interrupted(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		errors.Is(err, sql.ErrTxDone) || errors.Is(err, sql.ErrConnDone)
}

func unavailable(err error) error {
	var already *core.Unavailable
	if errors.As(err, &already) {
		return err
	}
	return &core.Unavailable{Err: err}
}
