package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/otel"

	"github.com/posternauth/postern/cdi"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/internal/localonly"
	"github.com/posternauth/postern/observe"
	"github.com/posternauth/postern/op"
)

type serveCmd struct {
	database
	Config              string        `env:"POSTERN_CONFIG" placeholder:"FILE" help:"Settings in YAML; the environment and flags win."`
	Addr                string        `env:"POSTERN_ADDR" placeholder:"HOST:PORT" help:"Where to listen (127.0.0.1:3567)."`
	APIKey              []core.Secret `name:"api-key" env:"POSTERN_API_KEYS" placeholder:"KEY" help:"Key that clients must send; may be repeated. At least 20 characters."`
	InsecureNoAPIKey    bool          `name:"insecure-no-api-key" env:"POSTERN_INSECURE_NO_API_KEY" help:"Let everyone in who reaches an address that other machines reach, too."`
	MasterKey           core.Secret   `placeholder:"SECRET" help:"Encrypts the keys in the database. At least 32 characters ($POSTERN_MASTER_KEY)."`
	Pooler              bool          `help:"The database is behind a transaction pooler, such as PgBouncer ($POSTERN_POOLER)."`
	AccessTokenValidity time.Duration `placeholder:"TIME" help:"Life of access tokens (1h)."`
	BasePath            string        `placeholder:"PATH" help:"Prefix of all paths."`
	Admin               string        `env:"POSTERN_ADMIN" placeholder:"HOST:PORT" help:"Where to serve /metrics, /health and /ready (nowhere)."`
	JSONLog             bool          `name:"json-log" env:"POSTERN_JSON_LOG" help:"Log JSON."`
}

// settings are those of the file and the environment, with the flags on top.
func (c serveCmd) settings() (settings, error) {
	s, err := readSettings(c.Config, os.LookupEnv)
	if err != nil {
		return s, err
	}
	s.Database = cmp.Or(c.DB, s.Database)
	s.MasterKey = cmp.Or(c.MasterKey, s.MasterKey)
	s.Pooler = c.Pooler || s.Pooler
	s.AccessTokenValidity = cmp.Or(c.AccessTokenValidity, s.AccessTokenValidity)
	s.basePath = cmp.Or(c.BasePath, s.basePath)
	if len(c.APIKey) > 0 {
		s.apiKeys = c.APIKey
	}
	if s.Database == "" {
		s.Database, err = c.uri()
	}
	return s, err
}

func (c serveCmd) addr(s settings) string {
	return cmp.Or(c.Addr, net.JoinHostPort(cmp.Or(s.host, "127.0.0.1"), cmp.Or(s.port, "3567")))
}

// Run serves the core until ctx ends.
func (c serveCmd) Run(ctx context.Context, term *terminal) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	if err := c.checkReach(s); err != nil {
		return err
	}
	log, err := newLog(term.err, s.logLevel, c.JSONLog)
	if err != nil {
		return err
	}
	s.Log = log
	e, err := engine.Open(ctx, s.Config)
	if err != nil {
		return err
	}
	defer e.Close()
	go keepSmall(ctx, s.Config)
	registry := newRegistry()
	defer startWork(ctx, e, registry)()
	around := observe.Operations(registry, otel.Tracer("github.com/posternauth/postern"))
	h, err := cdi.Handler(cdi.Config{
		App: func(id string) *core.Core { return wrapped(e.App(id), around) }, Domain: e.Domain,
		APIKeys: s.apiKeys, AnyHost: c.InsecureNoAPIKey, BasePath: s.basePath, Settings: s.shown(), Log: log,
	})
	if err != nil {
		return err
	}
	l, addr, err := listen(ctx, c.addr(s))
	if err != nil {
		return err
	}
	admin, err := startAdmin(ctx, c.Admin, e.App(core.Public), registry, log)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	c.greet(term, addr, admin, s)
	return serve(ctx, l, h, log)
}

// checkReach refuses to serve other machines without a key.
func (c serveCmd) checkReach(s settings) error {
	addr := c.addr(s)
	_, _, unreadable := net.SplitHostPort(addr) // which listening will say
	if len(s.apiKeys) > 0 || c.InsecureNoAPIKey || unreadable != nil || localonly.Loopback(addr) {
		return nil
	}
	return fmt.Errorf("other machines reach %s, and there is no API key: set --api-key (POSTERN_API_KEYS, api_keys) to what `openssl rand -hex 32` prints, "+
		"or listen on 127.0.0.1, or say --insecure-no-api-key if everyone in this network may read and change all users", addr)
}

func wrapped(c *core.Core, around op.Middleware) *core.Core {
	for _, f := range op.Fields(c, "cdi") {
		f.Wrap(around)
	}
	return c
}

func (c serveCmd) greet(term *terminal, addr, admin string, s settings) {
	fmt.Fprintf(term.out, "http://%s%s\n", addr, s.basePath)
	term.say("The core is running. Give this connectionURI to your SDK. Stop it with Ctrl-C.")
	if admin != "" {
		term.say("Metrics, health and readiness are at http://%s", admin)
	}
	if len(s.apiKeys) == 0 {
		term.hint("Everyone who reaches this address is trusted; set --api-key before others can.")
	}
}

// newLog makes the log: text for people, JSON for programs.
func newLog(w interface{ Write([]byte) (int, error) }, level string, asJSON bool) (*slog.Logger, error) {
	var opts slog.HandlerOptions
	switch strings.ToUpper(level) {
	case "", "INFO":
	case "NONE":
		return slog.New(slog.DiscardHandler), nil
	default:
		var l slog.Level
		if err := l.UnmarshalText([]byte(level)); err != nil {
			return nil, fmt.Errorf("log_level: %q is no level; use DEBUG, INFO, WARN, ERROR or NONE", level)
		}
		opts.Level = l
	}
	if asJSON {
		return slog.New(slog.NewJSONHandler(w, &opts)), nil
	}
	return slog.New(slog.NewTextHandler(w, &opts)), nil
}

type migrateCmd struct {
	database
	Pooler bool `env:"POSTERN_POOLER" help:"The database is behind a transaction pooler, such as PgBouncer."`
	JSON   bool `help:"Print JSON."`
}

// Run brings the schema up to date.
func (c migrateCmd) Run(ctx context.Context, term *terminal) error {
	uri, err := c.uri()
	if err != nil {
		return err
	}
	from, to, err := engine.Migrate(ctx, engine.Config{Database: uri, Pooler: c.Pooler})
	if err != nil {
		return err
	}
	if c.JSON {
		return term.json(struct {
			From int64 `json:"from"`
			To   int64 `json:"to"`
		}{from, to})
	}
	if from == to {
		fmt.Fprintf(term.out, "The schema is up to date (version %d).\n", to)
		return nil
	}
	fmt.Fprintf(term.out, "The schema went from version %d to %d.\n", from, to)
	return nil
}
