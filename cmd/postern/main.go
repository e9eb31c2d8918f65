// Command postern is sign-in for applications: a core, a backend and its
// pages, in one program.
//
//	postern dev      try it: everything on one port, over a file
//	postern serve    the core, for SDKs in any language
//	postern migrate  bring a database up to date
//	postern user     list, create and delete users
//	postern doctor   name what is wrong with a deployed sign-in
//	postern lambda   run a function behind a gateway here, build it, make a project
//	postern version  say which version this is
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/posternauth/postern/core"
)

// commands is the command line.
type commands struct {
	Dev     devCmd     `cmd:"" help:"Try it: sign-in page, demo and API on one port, over a file."`
	Serve   serveCmd   `cmd:"" help:"Run the core for SDKs in any language."`
	Migrate migrateCmd `cmd:"" help:"Bring a database up to date."`
	User    userCmd    `cmd:"" help:"List, create and delete users."`
	Doctor  doctorCmd  `cmd:"" help:"Name what is wrong with a deployed sign-in."`
	Lambda  lambdaCmd  `cmd:"" help:"AWS Lambda: run, build, layer, init."`
	Version versionCmd `cmd:"" help:"Say which version this is."`
}

// database is where a command finds its core.
type database struct {
	DB core.Secret `name:"db" env:"POSTERN_DB" placeholder:"URI" help:"Database: sqlite:FILE or postgres://… (default: a file in your data folder)."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run runs one command and returns the exit code: 2 for a command line that
// makes no sense, 1 for a command that failed.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	term := newTerminal(stdout, stderr)
	exit := -1
	parser, err := kong.New(new(commands),
		kong.Name("postern"),
		kong.Description("Sign-in for your application: a core, a backend and its pages, in one program.\nStart with: postern dev"),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exit = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(term),
	)
	if err != nil { // a mistake in the struct above
		panic(err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	cmd, err := parser.Parse(args)
	if exit >= 0 { // --help has been printed
		return exit
	}
	if err != nil {
		term.fail(err)
		term.hint("See `postern --help`.")
		return 2
	}
	if err := cmd.Run(); err != nil && !errors.Is(err, context.Canceled) {
		term.fail(err)
		return 1
	}
	return 0
}

type versionCmd struct {
	JSON bool `help:"Print JSON."`
}

// Run prints the version.
func (c versionCmd) Run(term *terminal) error {
	v := buildVersion()
	if c.JSON {
		return term.json(v)
	}
	fmt.Fprintf(term.out, "postern %s (%s, %s)\n", v.Version, v.Revision, v.Go)
	return nil
}
