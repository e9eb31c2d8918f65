package main

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/posternauth/postern/examples"
)

// call runs a command line in this process.
func call(t *testing.T, args ...string) (stdout string) {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(t.Context(), args, &out, &errs); code != 0 {
		t.Fatalf("postern %s: exit code %d: %s", strings.Join(args, " "), code, &errs)
	}
	return out.String()
}

// TestLambdaBuild holds what is in the zip, and that it is the same each time.
func TestLambdaBuild(t *testing.T) {
	t.Parallel()
	for arch, machine := range map[string]elf.Machine{"arm64": elf.EM_AARCH64, "amd64": elf.EM_X86_64} {
		if testing.Short() && arch != runtime.GOARCH {
			continue // all of Go has to be compiled for it first
		}
		var zips [][]byte
		for _, name := range []string{"a.zip", "b.zip"} {
			out := filepath.Join(t.TempDir(), name)
			if said := call(t, "lambda", "build", "../../internal/lambdalocal/testdata/bootstrap", "--arch", arch, "--out", out); strings.TrimSpace(said) != out {
				t.Errorf("it prints %q", said)
			}
			b, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			zips = append(zips, b)
		}
		if !bytes.Equal(zips[0], zips[1]) {
			t.Errorf("%s: two builds differ", arch)
		}
		checkZip(t, zips[0], "bootstrap", machine)
	}
}

// TestLambdaLayer builds the layer for one architecture.
func TestLambdaLayer(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	call(t, "lambda", "layer", "--arch", "amd64", "--out", folder)
	b, err := os.ReadFile(filepath.Join(folder, "postern-layer-amd64.zip"))
	if err != nil {
		t.Fatal(err)
	}
	checkZip(t, b, "extensions/postern", elf.EM_X86_64)
}

// checkZip wants one static program that anybody may execute.
func checkZip(t *testing.T, content []byte, name string, machine elf.Machine) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	if len(z.File) != 1 || z.File[0].Name != name || z.File[0].Mode() != 0o755 {
		t.Fatalf("%d files, the first is %s with mode %v", len(z.File), z.File[0].Name, z.File[0].Mode())
	}
	f, err := z.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	program, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	e, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		t.Fatal(err)
	}
	if libraries, _ := e.ImportedLibraries(); e.Machine != machine || len(libraries) > 0 {
		t.Errorf("it is for %v and needs %v", e.Machine, libraries)
	}
	if bytes.Contains(program, []byte("modernc.org/sqlite")) {
		t.Error("SQLite is in it")
	}
}

// TestLambdaInit holds that a new project is the example, builds, and that
// nothing that is there is overwritten.
func TestLambdaInit(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "new")
	call(t, "lambda", "init", folder, "--module", "example.com/sign-in")
	for _, name := range []string{"main.go", "config.go", "providers.go", "template.yaml", "terraform/main.tf", "cdk/app.js", "README.md"} {
		want, err := examples.Lambda.ReadFile("lambda/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(folder, name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	buildProject(t, folder)
	if err := os.WriteFile(filepath.Join(folder, "config.go"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	call(t, "lambda", "init", folder)
	if got, _ := os.ReadFile(filepath.Join(folder, "config.go")); string(got) != "mine" {
		t.Error("a file that was there is overwritten")
	}
}

// buildProject builds a project with this module in place of a released one.
func buildProject(t *testing.T, folder string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(mod), "module "+modulePath, "module example.com/sign-in", 1) +
		"\nrequire " + modulePath + " v0.0.0\nreplace " + modulePath + " => " + root + "\n"
	for name, content := range map[string][]byte{"go.mod": []byte(text), "go.sum": sum} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "vet", ".")
	cmd.Dir, cmd.Env = folder, append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go vet: %v\n%s", err, out)
	}
}

// TestTemplates validates the templates with the tools that are here.
func TestTemplates(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("these tools take long; `make check` asks them")
	}
	folder := t.TempDir()
	call(t, "lambda", "init", folder)
	tool := func(t *testing.T, dir string, env []string, name string, args ...string) {
		t.Helper()
		path, err := exec.LookPath(name)
		if err != nil {
			t.Skipf("%s is not on this machine", name)
		}
		cmd := exec.CommandContext(t.Context(), path, args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
	t.Run("SAM", func(t *testing.T) {
		tool(t, folder, nil, "cfn-lint", "template.yaml")
	})
	t.Run("Terraform", func(t *testing.T) {
		const mirror = "/opt/tf-plugins" // where the provider is, on machines that have it
		if _, err := os.Stat(mirror); err != nil {
			t.Skip("the AWS provider is not on this machine: no " + mirror)
		}
		rc := filepath.Join(folder, "tf.rc")
		if err := os.WriteFile(rc, []byte(`provider_installation { filesystem_mirror { path = "`+mirror+`" } }`), 0o600); err != nil {
			t.Fatal(err)
		}
		dir, env := filepath.Join(folder, "terraform"), []string{"TF_CLI_CONFIG_FILE=" + rc, "CHECKPOINT_DISABLE=1"}
		if err := os.WriteFile(filepath.Join(dir, "function.zip"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		tool(t, dir, env, "terraform", "init", "-input=false", "-no-color")
		tool(t, dir, env, "terraform", "validate", "-no-color")
	})
	t.Run("CDK", func(t *testing.T) {
		library := os.Getenv("POSTERN_TEST_CDK")
		if library == "" {
			t.Skip("POSTERN_TEST_CDK is not set: a folder where npm installed aws-cdk-lib")
		}
		dir := filepath.Join(folder, "cdk")
		if err := os.WriteFile(filepath.Join(dir, "function.zip"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		tool(t, dir, []string{"NODE_PATH=" + filepath.Join(library, "node_modules"), "CDK_OUTDIR=" + filepath.Join(dir, "out")}, "node", "app.js")
	})
}

// TestDoctor runs it against the program itself, and against nobody.
func TestDoctor(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"doctor", "http://127.0.0.1:1/auth", "--json"}, &out, &errs); code != 1 || !strings.Contains(out.String(), `"name": "unreachable"`) {
		t.Errorf("exit code %d: %s%s", code, &out, &errs)
	}
	p := start(t, "dev", "--addr", "127.0.0.1:0", "--db", "sqlite:"+filepath.Join(t.TempDir(), "a.db"))
	if said := call(t, "doctor", p.URL+"/auth"); said != "" {
		t.Errorf("it finds %s", said)
	}
}
