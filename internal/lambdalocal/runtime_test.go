//go:build unix

package lambdalocal_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/posternauth/postern/internal/lambdalocal"
)

// code is the folder with the bootstrap of testdata.
var code string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "postern-bootstrap")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	code = folder
	build := exec.CommandContext(context.Background(), "go", "build", "-tags", "lambda.norpc,postern.nosqlite", "-o", filepath.Join(folder, "bootstrap"), "./testdata/bootstrap")
	if out, err := build.CombinedOutput(); err != nil {
		log.Fatalf("go build: %v\n%s", err, out)
	}
	return m.Run()
}

// function starts the bootstrap behind a gateway.
func function(t *testing.T, cfg lambdalocal.RuntimeConfig) (*lambdalocal.Runtime, func(path string) (int, string)) {
	t.Helper()
	cfg.Code, cfg.Output = code, t.Output()
	cfg.Env = append(cfg.Env, "CLOSED="+filepath.Join(t.TempDir(), "closed"))
	r, err := lambdalocal.NewRuntime(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	g := &lambdalocal.Gateway{Shape: lambdalocal.HTTP, Function: r}
	return r, func(path string) (int, string) {
		rec := httptest.NewRecorder()
		g.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, http.NoBody))
		return rec.Code, rec.Body.String()
	}
}

// TestCrashes holds which faults end a process, and that the next visitor is
// served in any case.
func TestCrashes(t *testing.T) {
	t.Parallel()
	_, get := function(t, lambdalocal.RuntimeConfig{Timeout: 3 * time.Second})
	status, pid := get("/")
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, pid)
	}
	for _, tt := range []struct {
		path   string
		status int
		same   bool // the process lives on
	}{
		{"/panic", http.StatusInternalServerError, true},
		{"/large", http.StatusInternalServerError, true},
		{"/exit", http.StatusInternalServerError, false},
		{"/slow", http.StatusGatewayTimeout, false},
	} {
		if status, text := get(tt.path); status != tt.status {
			t.Errorf("%s is answered by %d %s", tt.path, status, text)
		}
		status, now := get("/")
		if status != http.StatusOK || (now == pid) != tt.same {
			t.Errorf("after %s: %d by process %s, before it was %s", tt.path, status, now, pid)
		}
		pid = now
	}
}

// TestPayloads holds the limits of the runtime itself.
func TestPayloads(t *testing.T) {
	t.Parallel()
	r, get := function(t, lambdalocal.RuntimeConfig{})
	if _, err := r.Invoke(t.Context(), make([]byte, 7<<20)); !errors.Is(err, lambdalocal.ErrTooLarge) {
		t.Errorf("an event of 7 MB: %v", err)
	}
	if _, err := r.Invoke(t.Context(), []byte(`{}`)); !errors.Is(err, lambdalocal.ErrExited) {
		t.Errorf("an answer of 7 MB: %v", err)
	}
	if status, _ := get("/"); status != http.StatusOK {
		t.Errorf("after that: %d", status)
	}
}

// TestEnd holds that the function may close what it has open.
func TestEnd(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "closed")
	r, err := lambdalocal.NewRuntime(lambdalocal.RuntimeConfig{Code: code, Env: []string{"CLOSED=" + file}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "closed" {
		t.Errorf("%q, %v", text, err)
	}
}

// TestFreeze holds that a function that stands still goes on where it was.
func TestFreeze(t *testing.T) {
	t.Parallel()
	r, get := function(t, lambdalocal.RuntimeConfig{Freeze: true})
	_, first := get("/")
	stands := func() bool { // where that can be seen
		state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.Processes()[0]))
		return err != nil || strings.Contains(string(state), ") T ")
	}
	for by := time.Now().Add(5 * time.Second); !stands(); runtime.Gosched() {
		if time.Now().After(by) {
			t.Fatal("the process runs between invocations")
		}
	}
	if status, second := get("/"); status != http.StatusOK || second != first {
		t.Errorf("%d by %s, before it was %s", status, second, first)
	}
}

// TestConcurrent holds that an environment serves one at a time.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	_, get := function(t, lambdalocal.RuntimeConfig{})
	_, pid := get("/")
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			if status, text := get("/"); status != http.StatusOK || text != pid {
				t.Errorf("%d %s", status, text)
			}
		})
	}
	wait.Wait()
}

// TestInit holds that a function that does not come up is an error that says
// why.
func TestInit(t *testing.T) {
	t.Parallel()
	r, err := lambdalocal.NewRuntime(lambdalocal.RuntimeConfig{Code: code, Env: []string{"FAIL=1"}, Output: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Start(t.Context()); !errors.Is(err, lambdalocal.ErrInit) || !strings.Contains(err.Error(), "ended") {
		t.Errorf("%v", err)
	}
	if _, err := lambdalocal.NewRuntime(lambdalocal.RuntimeConfig{Code: filepath.Join(t.TempDir(), "none.zip")}); err == nil {
		t.Error("code that is not there is accepted")
	}
}
