package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/posternauth/postern/internal/lambdalocal"
)

type lambdaCmd struct {
	Local lambdaLocalCmd `cmd:"" help:"Run a function behind a gateway on this machine."`
	Build lambdaBuildCmd `cmd:"" help:"Build the zip of a function in Go."`
	Layer lambdaLayerCmd `cmd:"" help:"Build the layer that runs the core beside a function in any language."`
	Init  lambdaInitCmd  `cmd:"" help:"Write a project: function, templates, permissions."`
}

type lambdaLocalCmd struct {
	Code              string        `arg:"" help:"The function: a zip, a folder with what is in it, or a Go package."`
	Gateway           string        `default:"rest" enum:"rest,http,http1,url,alb,alb-multi" help:"What is in front: rest, http, http1, url, alb or alb-multi (${default})."`
	Stage             string        `placeholder:"NAME" help:"Stage of the API (dev for rest, $$default for http)."`
	Mapping           string        `placeholder:"PATH" help:"Base path of a custom domain, which hides the stage; / for none."`
	MappingKeepsStage bool          `help:"The mapping is for all stages of a REST API: the stage is in the path."`
	Addr              string        `default:"127.0.0.1:3001" placeholder:"HOST:PORT" help:"Where to listen (${default})."`
	Layer             []string      `placeholder:"ZIP" help:"Layers; may be repeated."`
	Command           string        `placeholder:"COMMAND" help:"What runs the code, if it is not bootstrap: \"node {code}/loop.mjs\"."`
	Env               []string      `placeholder:"NAME=VALUE" sep:"none" help:"Variables of the function; {origin} in them is where the gateway listens."`
	Timeout           time.Duration `default:"10s" placeholder:"TIME" help:"Time of an invocation (${default})."`
	Event             string        `placeholder:"JSON" help:"Send this event before anything else, to bring a database up to date for example."`
	CORSOrigin        string        `placeholder:"URL" help:"Let the gateway answer CORS for this origin, as an HTTP API or a function URL can."`
	Freeze            bool          `help:"Stop the processes between invocations, as Lambda does."`
}

// Run serves the function until ctx ends.
func (c lambdaLocalCmd) Run(ctx context.Context, term *terminal) error {
	code, clean, err := c.code(ctx, term)
	if err != nil {
		return err
	}
	defer clean()
	l, addr, err := listen(ctx, c.Addr)
	if err != nil {
		return err
	}
	origin := "http://" + addr
	f := &reloading{file: code, cfg: c.runtime(code, origin, term)}
	defer f.Close()
	if c.Event != "" {
		answer, err := f.Invoke(ctx, []byte(c.Event))
		if err != nil {
			return fmt.Errorf("--event: %w", err)
		}
		term.say("The event is answered by %s", answer)
	} else if err := f.start(ctx); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(term.err, nil))
	g := c.gateway(f, log)
	c.greet(term, origin, g)
	return serve(ctx, l, g, log)
}

// code is the zip or the folder to run; a Go package is built first, for this
// machine.
func (c lambdaLocalCmd) code(ctx context.Context, term *terminal) (code string, clean func(), err error) {
	sources, err := filepath.Glob(filepath.Join(c.Code, "*.go"))
	if err != nil || len(sources) == 0 {
		return c.Code, func() {}, err
	}
	folder, err := os.MkdirTemp("", "postern-build-")
	if err != nil {
		return "", nil, err
	}
	clean = func() { _ = os.RemoveAll(folder) }
	term.hint("Building " + c.Code + " …")
	zip := filepath.Join(folder, "function.zip")
	if err := (build{Package: c.Code, Arch: runtime.GOARCH, Name: "bootstrap", Out: zip, SQLite: true}).run(ctx); err != nil {
		clean()
		return "", nil, err
	}
	return zip, clean, nil
}

func (c lambdaLocalCmd) runtime(code, origin string, term *terminal) lambdalocal.RuntimeConfig {
	env := os.Environ()
	for _, pair := range c.Env {
		env = append(env, strings.ReplaceAll(pair, "{origin}", origin))
	}
	return lambdalocal.RuntimeConfig{
		Code: code, Layers: c.Layer, Command: strings.Fields(c.Command), Env: env, Timeout: c.Timeout, Freeze: c.Freeze, Output: term.err,
	}
}

func (c lambdaLocalCmd) gateway(f lambdalocal.Function, log *slog.Logger) *lambdalocal.Gateway {
	g := &lambdalocal.Gateway{
		Shape: lambdalocal.Shape(c.Gateway), Stage: c.Stage, Mapping: c.Mapping, MappingWithoutStage: c.MappingKeepsStage, Function: f, Log: log,
	}
	if g.Shape == lambdalocal.REST && g.Stage == "" {
		g.Stage = "dev"
	}
	if c.CORSOrigin != "" {
		g.CORS = lambdalocal.NewCORS(c.CORSOrigin)
	}
	return g
}

// greet tells what is easy to get wrong: the settings that fit this gateway.
func (c lambdaLocalCmd) greet(term *terminal, origin string, g *lambdalocal.Gateway) {
	path := g.Path()
	term.say("%s is running behind %s. Its settings are:", c.Code, term.paint(bold, c.Gateway))
	for _, row := range [][2]string{
		{"APIDomain", origin}, {"APIGatewayPath", path}, {"APIBasePath", "/auth"}, {"apiBasePath of the frontend", path + "/auth"},
	} {
		term.say("  %-28s %q", row[0], row[1])
	}
	fmt.Fprintln(term.out, origin+path)
}

// reloading is a function that is started anew when its zip has changed.
type reloading struct {
	file string
	cfg  lambdalocal.RuntimeConfig

	mu      sync.Mutex
	seen    time.Time
	running *lambdalocal.Runtime
}

// Invoke serves an event with the newest code.
func (f *reloading) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	r, err := f.newest()
	if err != nil {
		return nil, err
	}
	return r.Invoke(ctx, event)
}

func (f *reloading) start(ctx context.Context) error {
	r, err := f.newest()
	if err == nil {
		_, err = r.Start(ctx)
	}
	return err
}

func (f *reloading) newest() (*lambdalocal.Runtime, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(f.file)
	if err != nil {
		return nil, err
	}
	if f.running != nil && info.ModTime().Equal(f.seen) {
		return f.running, nil
	}
	r, err := lambdalocal.NewRuntime(f.cfg)
	if err != nil {
		return nil, err
	}
	if f.running != nil {
		err = f.running.Close()
	}
	f.running, f.seen = r, info.ModTime()
	return r, err
}

// Close ends the function.
func (f *reloading) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.running == nil {
		return nil
	}
	return f.running.Close()
}
