package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/posternauth/postern/examples"
)

type lambdaInitCmd struct {
	Folder string `arg:"" default:"." help:"Where to write it (${default}); files that are there stay."`
	Module string `default:"example.com/auth" placeholder:"PATH" help:"Path of the Go module (${default})."`
}

// Run writes a project: the function, its configuration, and templates for
// SAM, Terraform and CDK.
func (c lambdaInitCmd) Run(term *terminal) error {
	files, err := fs.Sub(examples.Lambda, "lambda")
	if err != nil {
		return err
	}
	err = fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		return c.write(term, path, content)
	})
	if err != nil {
		return err
	}
	if err := c.write(term, "go.mod", fmt.Appendf(nil, "module %s\n\ngo 1.26\n", c.Module)); err != nil {
		return err
	}
	version := buildVersion().Version
	if version == "(devel)" {
		version = "latest"
	}
	term.say("Next:")
	term.say("  cd %s && go get %s@%s && go mod tidy", c.Folder, modulePath, version)
	term.say("  postern lambda local . --env API_DOMAIN={origin} --event '{\"postern\":\"prepare\"}'")
	return nil
}

// write writes a file, unless it is there.
func (c lambdaInitCmd) write(term *terminal, path string, content []byte) error {
	to := filepath.Join(c.Folder, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		term.hint(to + " is there, and stays")
		return nil
	}
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	fmt.Fprintln(term.out, to)
	return errors.Join(err, f.Close())
}
