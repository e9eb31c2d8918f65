//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/posternauth/postern/internal/testdb"
)

// cluster is a PostgreSQL server of the test's own, which it may break.
type cluster struct {
	// URI is that of its database.
	URI string

	t              *testing.T
	bin, dir, port string
	as             *syscall.SysProcAttr // who runs it: PostgreSQL refuses to run as root
}

// newCluster starts a server. It skips the test where scripts/with-postgres
// has not brought the programs.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if os.Getenv(testdb.Env) == "" || len(found) == 0 {
		t.Skipf("%s is not set, or there is no PostgreSQL in /usr/lib/postgresql; `make test` brings both, and so does scripts/with-postgres", testdb.Env)
	}
	c := &cluster{t: t, bin: filepath.Dir(slices.Max(found)), port: freePort(t)}
	c.URI = "postgres://postgres@127.0.0.1:" + c.port + "/postgres?sslmode=disable"
	c.prepareFolder()
	t.Cleanup(func() {
		_ = c.command("pg_ctl", "-D", c.data(), "-m", "immediate", "stop").Run()
		os.RemoveAll(c.dir)
	})
	c.run("initdb", "-D", c.data(), "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
	c.start()
	return c
}

// prepareFolder makes a folder that the user postgres can reach.
func (c *cluster) prepareFolder() {
	c.t.Helper()
	var err error
	if c.dir, err = os.MkdirTemp("", "postern-cluster"); err != nil {
		c.t.Fatal(err)
	}
	if os.Getuid() != 0 {
		return
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		c.t.Fatal(err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	c.as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	if err := os.Chown(c.dir, uid, gid); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }

// command is not bound to the test's context: the clean-up needs it too.
func (c *cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.WithoutCancel(c.t.Context()), filepath.Join(c.bin, name), args...)
	cmd.SysProcAttr, cmd.Dir = c.as, c.dir
	return cmd
}

func (c *cluster) run(name string, args ...string) {
	c.t.Helper()
	if err := c.try(name, args...); err != nil {
		c.t.Fatal(err)
	}
}

// try runs a program of PostgreSQL. Its output goes to a file, because the
// server that pg_ctl leaves behind would hold a pipe open.
func (c *cluster) try(name string, args ...string) error {
	out, err := os.Create(filepath.Join(c.dir, name+".out"))
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := c.command(name, args...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
		return fmt.Errorf("%s: %w: %s\n%s", name, err, said, log)
	}
	return nil
}

// start starts the server, and returns when it accepted a connection. After a
// kill its children may need a moment to go, and it refuses to start so long.
func (c *cluster) start() time.Time {
	c.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		err := c.try("pg_ctl", "-D", c.data(), "-l", filepath.Join(c.dir, "log"), "-W", "-o",
			"-p "+c.port+" -c listen_addresses=127.0.0.1 -c unix_socket_directories=''", "start")
		if err == nil && c.answers(2*time.Second) {
			return time.Now()
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("PostgreSQL does not start: %v", err)
		}
	}
}

// answers waits until the server answers.
func (c *cluster) answers(patience time.Duration) bool {
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	for ctx.Err() == nil {
		conn, err := pgx.Connect(ctx, c.URI)
		if err == nil {
			defer conn.Close(ctx)
			return conn.Ping(ctx) == nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return false
}

// stop stops the server: fast, or immediate, which leaves its recovery to the
// next start.
func (c *cluster) stop(mode string) {
	c.t.Helper()
	c.run("pg_ctl", "-D", c.data(), "-m", mode, "-w", "stop")
}

// kill kills the server like the operating system would.
func (c *cluster) kill() {
	c.t.Helper()
	file, err := os.ReadFile(filepath.Join(c.data(), "postmaster.pid"))
	if err != nil {
		c.t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(file), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		c.t.Fatal(err)
	}
}
