// Package connect opens a core by its URI, for programs that are told where it
// is: a file, a database, or a core behind HTTP.
package connect

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/posternauth/postern/cdi"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine"
)

// Config says which core to open.
type Config struct {
	// URI is one of
	//
	//	sqlite:app.db                         a core here, over a file
	//	postgres://user:secret@host/db        a core here, over PostgreSQL
	//	https://core1:3567;https://core2:3567 a core behind HTTP
	//
	// Required.
	URI core.Secret
	// APIKey is the key of a core behind HTTP.
	APIKey core.Secret
	// AppID is the app; default public.
	AppID string
	// Engine changes a core here; its Database is the URI.
	Engine engine.Config
}

// Core is an open core.
type Core struct {
	// App is the core of the app.
	App *core.Core
	// Engine is the core here, or nil for one behind HTTP.
	Engine *engine.Engine
}

// Open opens a core. Close it when it is no longer used.
func Open(ctx context.Context, cfg Config) (*Core, error) {
	scheme, _, _ := strings.Cut(string(cfg.URI), ":")
	switch scheme {
	case "http", "https":
		c, err := cdi.Dial(string(cfg.URI), cdi.Options{APIKey: cfg.APIKey, AppID: cfg.AppID})
		return &Core{App: c}, err
	case "sqlite", "postgres", "postgresql":
		cfg.Engine.Database = cfg.URI
		e, err := engine.Open(ctx, cfg.Engine)
		if err != nil {
			return nil, err
		}
		return &Core{e.App(cfg.AppID), e}, nil
	case "":
		return nil, errors.New(`URI: is missing; give where the core is, like "sqlite:app.db" or "postgres://…"`)
	}
	return nil, fmt.Errorf("URI: %q is no scheme for a core; use sqlite:, postgres:// or https://", scheme)
}

// Close closes the core.
func (c *Core) Close() error {
	if c.Engine == nil {
		return nil
	}
	return c.Engine.Close()
}
