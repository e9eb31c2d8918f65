// Command postern-extension is what a Lambda layer runs beside a function in
// any language: a core on 127.0.0.1:3567, for the SDK in that function.
//
// It is told by the environment of the function:
//
//	POSTERN_DB          postgres://…; required
//	POSTERN_API_KEYS    keys that the SDK must send, separated by commas; none by default: nobody else reaches it
//	POSTERN_MASTER_KEY  encrypts the keys in the database
//	POSTERN_ADDR        where to listen; default 127.0.0.1:3567
//
// It listens before Lambda takes the function for started, connects to the
// database when the first request needs it, and needs no timer: what is due is
// done on use. The schema is brought up to date by `postern migrate`.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/posternauth/postern/cdi"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine"
)

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	if err := run(context.Background(), os.Getenv, log); err != nil {
		log.Error("the core in the layer ended", "err", err)
		os.Exit(1)
	}
}

// run serves the core until Lambda says that it is over.
func run(ctx context.Context, env func(string) string, log *slog.Logger) error {
	lambda := newClient(env("AWS_LAMBDA_RUNTIME_API"))
	if err := lambda.register(ctx); err != nil {
		return err
	}
	serving, stop, err := start(ctx, env, log)
	if err != nil {
		return errors.Join(err, lambda.failed(ctx, err))
	}
	defer stop()
	over := make(chan error, 1)
	go func() { over <- lambda.untilShutdown(ctx) }()
	select {
	case err := <-serving:
		return err
	case err := <-over:
		return err
	}
}

// start listens. What it returns receives the error that ends it.
func start(ctx context.Context, env func(string) string, log *slog.Logger) (serving <-chan error, stop func(), err error) {
	e, err := engine.Open(ctx, engine.Config{
		Database: core.Secret(env("POSTERN_DB")), MasterKey: core.Secret(env("POSTERN_MASTER_KEY")), Serverless: true, Log: log,
	})
	if err != nil {
		return nil, nil, err
	}
	var keys []core.Secret
	for key := range strings.SplitSeq(env("POSTERN_API_KEYS"), ",") {
		if key = strings.TrimSpace(key); key != "" {
			keys = append(keys, core.Secret(key))
		}
	}
	h, err := cdi.Handler(cdi.Config{App: e.App, APIKeys: keys, Log: log})
	if err != nil {
		return nil, nil, errors.Join(err, e.Close())
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", cmp.Or(env("POSTERN_ADDR"), "127.0.0.1:3567"))
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("POSTERN_ADDR: %w", err), e.Close())
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	return failed, func() { _, _ = server.Close(), e.Close() }, nil
}
