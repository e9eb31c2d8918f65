// Command guards shows that the tests of the security table can fail: it takes
// one guard after the other out of the code, and runs the test that must catch
// it. Nothing in the tree is changed; the compiler is given the changed file
// instead. It prints which test caught what, and fails if one was not caught.
//
//	go run ./internal/guards [-row 8]
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
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *row); err != nil {
		fmt.Fprintln(os.Stderr, err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, row int) error {
	dir, err := os.MkdirTemp("", "postern-guards-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var missed []error
	fmt.Println("| row | without it | caught by |\n|---|---|---|")
	for _, g := range guards() {
		if row != 0 && g.row != row {
			continue
		}
		test, err := g.try(ctx, dir)
		if err != nil {
			missed = append(missed, err)
			continue
		}
		fmt.Printf("| %d | %s | `%s` in `%s` |\n", g.row, g.what, test, g.pkg)
	}
	return errors.Join(missed...)
}

var failed = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)

// try takes the guard out, and returns the test that fails then.
func (g guard) try(ctx context.Context, dir string) (string, error) {
	overlay, err := g.overlay(dir)
	if err != nil {
		return "", err
	}
	if out, err := exec.CommandContext(ctx, "go", "test", "-run", g.test, g.pkg).CombinedOutput(); err != nil {
		return "", fmt.Errorf("row %d: %s in %s fails as it is:\n%s", g.row, g.test, g.pkg, out)
	}
	out, err := exec.CommandContext(ctx, "go", "test", "-overlay", overlay, "-count", "1", "-run", g.test, g.pkg).CombinedOutput()
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

// overlay writes the changed file, and what tells the compiler to take it.
func (g guard) overlay(dir string) (string, error) {
	changed, err := g.removed()
	if err != nil {
		return "", err
	}
	path, err := filepath.Abs(g.file)
	if err != nil {
		return "", err
	}
	copied, overlay := filepath.Join(dir, "changed.go"), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{path: copied}})
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
