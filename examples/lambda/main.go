// Command lambda is a function behind an Amazon API Gateway that carries its
// sign-in: the core is in it, and nothing else has to run but the database.
//
//	postern lambda local --event '{"postern":"prepare"}' .
//
// runs it on a laptop; config.go is what there is to configure.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/connect"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/lambda"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/ui"
)

func main() {
	b, err := backendConfig()
	if err != nil {
		log.Fatal(err)
	}
	store, err := connect.Open(context.Background(), b.core)
	if err != nil {
		log.Fatal(err)
	}
	h, err := handler(b, store)
	if err != nil {
		log.Fatal(err)
	}
	lambda.Config{
		Event:      b.event,
		Authorizer: &lambda.Authorizer{Sessions: b.sessions.Authorizer(session.Options{})},
		Close:      store.Close,
	}.Start(h)
}

// handler is the sign-in, a route for people who are signed in, and this
// function's own answer to the rest.
func handler(b backend, store *connect.Core) (http.Handler, error) {
	b.app.Core = store.App
	app, err := postern.New(b.app)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /user", b.sessions.Require(func(w http.ResponseWriter, r *http.Request) {
		fdi.WriteJSON(w, http.StatusOK, map[string]string{"userId": session.FromContext(r.Context()).UserID()})
	}))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fdi.WriteJSON(w, http.StatusOK, map[string]string{"hello": "from the function", "path": r.URL.Path})
	})
	h := app.Middleware(mux)
	if b.pages {
		pages, err := ui.For(app, ui.Config{})
		if err != nil {
			return nil, err
		}
		h = pages.Middleware(h)
	}
	return postern.CORS(app)(h), nil
}

// event answers events that are no requests. {"postern":"prepare"} is sent
// once after each deployment: it brings the database up to date.
func (b backend) event(ctx context.Context, raw json.RawMessage) (any, error) {
	var e struct {
		Postern string `json:"postern"`
	}
	if json.Unmarshal(raw, &e) != nil || e.Postern == "" {
		return map[string]bool{"ok": true}, nil // a warm-up
	}
	if e.Postern != "prepare" {
		return nil, fmt.Errorf("there is no event %q", e.Postern)
	}
	cfg := b.core.Engine
	if cfg.Database = b.core.URI; cfg.Database == "" {
		return nil, errors.New("CORE_URI: is missing")
	}
	from, to, err := engine.Prepare(ctx, cfg)
	return map[string]int64{"from": from, "to": to}, err
}
