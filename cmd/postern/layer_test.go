//go:build unix

package main

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/posternauth/postern/cdi"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/lambdalocal"
)

// TestLayer runs the core of the layer beside a function: it is there when the
// function is, and after a freeze during which PostgreSQL was restarted the
// next request succeeds. POSTERN_TEST_FREEZE is how long that lasts.
func TestLayer(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	if out, err := exec.CommandContext(t.Context(), binary, "migrate", "--db", c.URI).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	folder := t.TempDir()
	layer, code := filepath.Join(folder, "layer"), filepath.Join(folder, "code")
	buildProgram(t, "../postern-extension", filepath.Join(layer, "extensions", "postern"))
	buildProgram(t, "../../internal/lambdalocal/testdata/bootstrap", filepath.Join(code, "bootstrap"))
	addr := net.JoinHostPort("127.0.0.1", freePort(t))
	r, err := lambdalocal.NewRuntime(lambdalocal.RuntimeConfig{
		Code: code, Layers: []string{layer}, Output: t.Output(),
		Env: []string{"POSTERN_DB=" + c.URI, "POSTERN_ADDR=" + addr, "CLOSED=" + filepath.Join(folder, "closed")},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	app, err := cdi.Dial("http://"+addr, cdi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	signUp := func(email string) {
		t.Helper()
		_, err := app.EmailPassword.SignUp(t.Context(), core.SignUp{TenantID: "public", Email: email, Password: "correct horse 1"})
		if err != nil {
			t.Fatalf("%s: %v", email, err)
		}
	}
	signUp("ada@example.com")
	for _, away := range []func(){func() { c.stop("fast") }, c.kill} {
		r.Freeze()
		away()
		pause, _ := time.ParseDuration(os.Getenv("POSTERN_TEST_FREEZE"))
		time.Sleep(pause)
		c.start()
		if _, err := r.Invoke(t.Context(), []byte(`{"version":"2.0","rawPath":"/","requestContext":{"http":{"method":"GET"}}}`)); err != nil {
			t.Fatal(err)
		}
		signUp(time.Now().Format("150405.000000") + "@example.com")
	}
	processes := r.Processes()
	if len(processes) != 2 {
		t.Errorf("%d processes, want the function and the extension", len(processes))
	}
}

// buildProgram builds a program of this module.
func buildProgram(t *testing.T, pkg, out string) {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "go", "build", "-tags", "lambda.norpc,postern.nosqlite", "-o", out, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", pkg, err, text)
	}
}
