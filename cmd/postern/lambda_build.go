package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const modulePath = "github.com/posternauth/postern"

type lambdaBuildCmd struct {
	Package string `arg:"" default:"." help:"The package of the function (${default})."`
	Arch    string `default:"arm64" enum:"arm64,amd64" help:"arm64 or amd64 (${default})."`
	Out     string `default:"function.zip" placeholder:"FILE" help:"Where to write the zip (${default})."`
	SQLite  bool   `name:"sqlite" help:"Keep SQLite in it, for trying it without a server; 2 MB more."`
}

// Run builds the zip that is uploaded.
func (c lambdaBuildCmd) Run(ctx context.Context, term *terminal) error {
	if err := (build{Package: c.Package, Arch: c.Arch, Name: "bootstrap", Out: c.Out, SQLite: c.SQLite}).run(ctx); err != nil {
		return err
	}
	return report(term, c.Out)
}

type lambdaLayerCmd struct {
	Arch []string `default:"arm64,amd64" enum:"arm64,amd64" help:"arm64, amd64, or both (${default})."`
	Out  string   `default:"." placeholder:"FOLDER" help:"Where to write postern-layer-ARCH.zip (${default})."`
}

// Run builds the layers.
func (c lambdaLayerCmd) Run(ctx context.Context, term *terminal) error {
	for _, arch := range c.Arch {
		out := filepath.Join(c.Out, "postern-layer-"+arch+".zip")
		if err := (build{Package: modulePath + "/cmd/postern-extension", Arch: arch, Name: "extensions/postern", Out: out}).run(ctx); err != nil {
			return err
		}
		if err := report(term, out); err != nil {
			return err
		}
	}
	return nil
}

func report(term *terminal, file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	term.say("%s has %.1f MB.", file, float64(info.Size())/1e6)
	fmt.Fprintln(term.out, file)
	return nil
}

// build is a static program that goes into a zip.
type build struct {
	Package string
	Arch    string
	Name    string // in the zip
	Out     string
	SQLite  bool
}

// run builds the zip. It has the same bytes whenever and wherever it is made
// by the same toolchain.
func (b build) run(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "postern-build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	program := filepath.Join(folder, "program")
	if err := b.compile(ctx, folder, program); err != nil {
		return err
	}
	f, err := os.Create(b.Out)
	if err != nil {
		return err
	}
	return errors.Join(writeZip(f, b.Name, program), f.Close())
}

// compile builds a package: a folder in its own module; one that is named by
// its path in the module here or, if that does not have it, in an empty one.
func (b build) compile(ctx context.Context, folder, program string) error {
	in, pkg := ".", b.Package
	if info, err := os.Stat(pkg); err == nil && info.IsDir() {
		in, pkg = pkg, "."
	} else if _, err := goRun(ctx, in, nil, "list", pkg); err != nil {
		in = filepath.Join(folder, "module")
		if err := emptyModule(ctx, in, pkg); err != nil {
			return err
		}
	}
	tags := "lambda.norpc"
	if !b.SQLite {
		tags += ",postern.nosqlite"
	}
	env := []string{"CGO_ENABLED=0", "GOOS=linux", "GOARCH=" + b.Arch}
	_, err := goRun(ctx, in, env, "build", "-tags", tags, "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", program, pkg)
	return err
}

func emptyModule(ctx context.Context, folder, pkg string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	version := buildVersion().Version
	if version == "(devel)" {
		version = "latest"
	}
	if _, err := goRun(ctx, folder, nil, "mod", "init", "layer"); err != nil {
		return err
	}
	_, err := goRun(ctx, folder, nil, "get", pkg+"@"+version)
	return err
}

func goRun(ctx context.Context, folder string, env []string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = folder, append(os.Environ(), env...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return "", errors.New("building needs the Go toolchain: https://go.dev/dl")
	}
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, strings.TrimSpace(said.String()))
	}
	return string(out), nil
}

// writeZip writes one program that anybody may execute.
func writeZip(w io.Writer, name, program string) error {
	in, err := os.Open(program)
	if err != nil {
		return err
	}
	defer in.Close()
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	head := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)}
	head.SetMode(0o755)
	entry, err := z.CreateHeader(head)
	if err != nil {
		return err
	}
	if _, err := io.Copy(entry, in); err != nil {
		return err
	}
	return z.Close()
}
