// Command guards shows that the tests of the security table can fail: it takes
// one guard after the other out of the code, and runs the test that must catch
// it. Nothing in the tree is changed; the compiler is given the changed file
// instead. It prints which test caught what, and fails if one was not caught.
//
//	go run ./internal/guards [-row 8] [-green]
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"
)

// guard is a piece of code that keeps something off.
type guard struct {
	row  int    // of the security table
	what string // what happens without it
	file string
	old  string // the guard, which is in the file once
	new  string // what is there instead
	pkg  string
	test string // the test that must fail, as -run takes it
}

func main() {
	row := flag.Int("row", 0, "only the guards of this row of the security table")
	green := flag.Bool("green", false, "the tests have just passed as they are: run them only without the guards")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *row, *green); err != nil {
		fmt.Fprintln(os.Stderr, err)
		stop()
		os.Exit(1)
	}
}

// atOnce is how many guards are tried at once.
const atOnce = 2

func run(ctx context.Context, row int, green bool) error {
	dir, err := os.MkdirTemp("", "postern-guards-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	all := slices.DeleteFunc(guards(), func(g guard) bool { return row != 0 && g.row != row })
	caught, missed := make([]string, len(all)), make([]error, len(all))
	var tries errgroup.Group
	tries.SetLimit(atOnce)
	for i, g := range all {
		tries.Go(func() error {
			caught[i], missed[i] = g.try(ctx, filepath.Join(dir, strconv.Itoa(i)), green)
			return nil
		})
	}
	_ = tries.Wait() // what went wrong is in missed
	fmt.Println("| row | without it | caught by |\n|---|---|---|")
	for i, g := range all {
		if missed[i] == nil {
			fmt.Printf("| %d | %s | `%s` in `%s` |\n", g.row, g.what, caught[i], g.pkg)
		}
	}
	return errors.Join(missed...)
}

var failed = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)

// try takes the guard out, and returns the test that fails then. What it
// writes is in files whose names begin with path. green says that the test is
// known to pass as it is.
func (g guard) try(ctx context.Context, path string, green bool) (string, error) {
	overlay, err := g.overlay(path)
	if err != nil {
		return "", err
	}
	if !green {
		if out, err := g.run(ctx); err != nil {
			return "", fmt.Errorf("row %d: %s in %s fails as it is:\n%s", g.row, g.test, g.pkg, out)
		}
	}
	out, err := g.run(ctx, "-overlay", overlay, "-count", "1", "-failfast")
	if test := failed.FindSubmatch(out); test != nil {
		return string(test[1]), nil
	}
	switch {
	case bytes.Contains(out, []byte("no tests to run")):
		err = errors.New("there is no test")
	case err == nil:
		err = errors.New("no test sees it")
	default:
		err = fmt.Errorf("the tests do not run:\n%s", out)
	}
	return "", fmt.Errorf("row %d: %s; %s in %s: %w", g.row, g.what, g.test, g.pkg, err)
}

// run runs the test, without a vet of what is changed on purpose.
func (g guard) run(ctx context.Context, args ...string) ([]byte, error) {
	args = append([]string{"test", "-vet=off", "-run", g.test}, append(args, g.pkg)...)
	return exec.CommandContext(ctx, "go", args...).CombinedOutput()
}

// overlay writes the changed file, and what tells the compiler to take it.
func (g guard) overlay(path string) (string, error) {
	changed, err := g.removed()
	if err != nil {
		return "", err
	}
	file, err := filepath.Abs(g.file)
	if err != nil {
		return "", err
	}
	copied, overlay := path+".go", path+".json"
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{file: copied}})
	if err != nil {
		return "", err
	}
	return overlay, errors.Join(os.WriteFile(copied, changed, 0o600), os.WriteFile(overlay, replace, 0o600))
}

// removed is the file without the guard.
func (g guard) removed() ([]byte, error) {
	source, err := os.ReadFile(g.file)
	if err != nil {
		return nil, err
	}
	if n := bytes.Count(source, []byte(g.old)); n != 1 {
		return nil, fmt.Errorf("row %d: %s: %q is in %s %d times and not once", g.row, g.what, g.old, g.file, n)
	}
	return bytes.Replace(source, []byte(g.old), []byte(g.new), 1), nil
}
