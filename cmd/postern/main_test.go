package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/internal/testdb"
)

// binary is the program, built once for the tests that start and kill it.
var binary string

func TestMain(m *testing.M) {
	testdb.Prepare(func(ctx context.Context, uri string) error {
		_, _, err := engine.Migrate(ctx, engine.Config{Database: core.Secret(uri)})
		return err
	})
	testscript.Main(program{m}, map[string]func(){"postern": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
	}})
}

// program builds the program before the tests, and removes it after them.
type program struct{ *testing.M }

func (p program) Run() int {
	dir, err := os.MkdirTemp("", "postern-program")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "postern")
	if out, err := exec.CommandContext(context.Background(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	return p.M.Run()
}

// TestScripts runs the command lines in testdata. $TAKEN is an address where
// somebody listens already.
func TestScripts(t *testing.T) {
	t.Parallel()
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("TAKEN", taken.Addr().String())
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"refuses": refuses},
	})
}

// refuses is the script command for a command line that makes no sense: exit
// code 2, a hint on stderr, nothing on stdout.
func refuses(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec("postern", args...)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 {
		ts.Fatalf("postern %s: %v, want exit code 2", strings.Join(args, " "), err)
	}
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("it prints %q", out)
	}
	if !strings.Contains(ts.ReadFile("stderr"), "See `postern --help`.") {
		ts.Fatalf("it gives no hint")
	}
}
