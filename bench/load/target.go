package main

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/posternauth/postern/cdi"
	"github.com/posternauth/postern/core"
)

// target is a server over a database with so many users.
type target struct {
	size   int
	users  []user
	core   *core.Core
	middle string // the token of the page in the middle

	server *exec.Cmd
	drop   func()
}

// user is one that the generator can act as.
type user struct{ id, email string }

// newTarget makes a database, fills it and serves it.
func newTarget(ctx context.Context, o options, size int) (*target, error) {
	uri, driver, dsn, drop, err := newDatabase(ctx, o.database)
	if err != nil {
		return nil, err
	}
	t := &target{size: size, drop: drop}
	if out, err := exec.CommandContext(ctx, o.postern, "migrate", "--db", uri).CombinedOutput(); err != nil {
		return t, fmt.Errorf("%w: %s", err, out)
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return t, err
	}
	defer db.Close()
	began := time.Now()
	if t.users, err = fill(ctx, db, size); err != nil {
		return t, fmt.Errorf("fill: %w", err)
	}
	fmt.Fprintf(os.Stderr, "%d users in %v\n", size, time.Since(began).Round(time.Second))
	if err := t.serve(ctx, o.postern, uri); err != nil {
		return t, err
	}
	return t, t.findMiddle(ctx, size)
}

// newDatabase returns a database that is gone when drop has been called, as
// the program and as database/sql want it.
func newDatabase(ctx context.Context, where string) (uri, driver, dsn string, drop func(), err error) {
	if where == "sqlite" {
		dir, err := os.MkdirTemp("", "postern-load")
		file := filepath.Join(dir, "load.db")
		dsn := "file:" + file + "?_pragma=synchronous(OFF)&_pragma=cache_size(-400000)"
		return "sqlite:" + file, "sqlite", dsn, func() { os.RemoveAll(dir) }, err
	}
	u, err := url.Parse(where)
	if err != nil {
		return "", "", "", nil, fmt.Errorf("-database: %w", err)
	}
	admin, err := sql.Open("pgx", where)
	if err != nil {
		return "", "", "", nil, err
	}
	name := "load_" + strconv.FormatInt(time.Now().UnixNano(), 36)
	if _, err := admin.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
		return "", "", "", nil, fmt.Errorf("-database: %w", err)
	}
	u.Path = "/" + name
	return u.String(), "pgx", u.String(), func() {
		_, _ = admin.ExecContext(context.WithoutCancel(ctx), "DROP DATABASE "+name+" WITH (FORCE)")
		admin.Close()
	}, nil
}

// serve starts the program.
func (t *target) serve(ctx context.Context, postern, uri string) error {
	t.server = exec.CommandContext(ctx, postern, "serve", "--db", uri, "--addr", "127.0.0.1:0")
	t.server.Env = append(os.Environ(), "LOG_LEVEL=ERROR")
	out, err := t.server.StdoutPipe()
	if err != nil {
		return err
	}
	if err := t.server.Start(); err != nil {
		return err
	}
	first, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("the server did not start: %w", err)
	}
	t.core, err = cdi.Dial(strings.TrimSpace(first), cdi.Options{Timeout: time.Minute})
	return err
}

// findMiddle turns the pages up to the one in the middle.
func (t *target) findMiddle(ctx context.Context, size int) error {
	const page = 500
	for seen := 0; seen < size/2; seen += page {
		got, err := t.core.User.List(ctx, core.ListUsers{Limit: page, PaginationToken: t.middle})
		if err != nil {
			return err
		}
		t.middle = got.NextPaginationToken
	}
	return nil
}

// memory returns how much memory the server has held at most since this was
// asked last, in MiB: its resident set.
func (t *target) memory() (int, error) {
	process := fmt.Sprintf("/proc/%d/", t.server.Process.Pid)
	b, err := os.ReadFile(process + "status")
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		return 0, err
	}
	const forget = "5" // the highest mark of the resident set
	return kb / 1024, os.WriteFile(process+"clear_refs", []byte(forget), 0)
}

// close ends the server and drops the database.
func (t *target) close() {
	if t.server != nil && t.server.Process != nil {
		_ = t.server.Process.Signal(syscall.SIGTERM)
		_ = t.server.Wait()
	}
	t.drop()
}
