// Command nethttp is an application with sign-in, over net/http: the pages at
// /auth, an API that only people who are signed in can call at /me.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/connect"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/recipe/emailpassword"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/ui"
)

func main() {
	ctx := context.Background()
	uri := "sqlite:app.db" // or postgres://…, or http://core:3567
	if len(os.Args) > 1 {
		uri = os.Args[1]
	}
	store, err := connect.Open(ctx, connect.Config{URI: core.Secret(uri)})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	sessions := session.New(session.Config{})
	mails := new(delivery.Outbox) // delivery.NewSMTP(…) sends them
	app, err := postern.New(postern.Config{
		App:     postern.AppInfo{Name: "Example", APIDomain: "localhost:8080", WebsiteDomain: "localhost:8080"},
		Core:    store.App,
		Recipes: []postern.Recipe{emailpassword.New(emailpassword.Config{Email: mails}), sessions},
	})
	if err != nil {
		log.Fatal(err)
	}
	pages, err := ui.For(app, ui.Config{Outbox: mails})
	if err != nil {
		log.Fatal(err)
	}

	mux := http.NewServeMux()
	mux.Handle("GET /me", sessions.Require(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "Hello, %s\n", session.FromContext(r.Context()).UserID())
	}))
	log.Println("http://localhost:8080/auth")
	log.Fatal(http.ListenAndServe("localhost:8080", pages.Middleware(app.Middleware(mux))))
}
