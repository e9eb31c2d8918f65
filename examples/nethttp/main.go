// Command nethttp is an application with sign-in, over net/http: the pages at
// /auth, an API that only people who are signed in can call at /me. Google and
// GitHub are ways in if GOOGLE_ID and GOOGLE_SECRET, GITHUB_ID and
// GITHUB_SECRET are set; register http://localhost:8080/auth/callback/google
// and …/github there.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/connect"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/recipe/emailpassword"
	"github.com/posternauth/postern/recipe/multitenancy"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/recipe/thirdparty"
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
		App:  postern.AppInfo{Name: "Example", APIDomain: "localhost:8080", WebsiteDomain: "localhost:8080"},
		Core: store.App,
		Recipes: []postern.Recipe{
			emailpassword.New(emailpassword.Config{Email: mails}),
			thirdparty.New(thirdparty.Config{Providers: providers("google", "github")}),
			multitenancy.New(multitenancy.Config{}), // tells the pages which providers there are
			sessions,
		},
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
	server := &http.Server{
		Addr: "localhost:8080", Handler: pages.Middleware(app.Middleware(mux)),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
	}
	log.Fatal(server.ListenAndServe())
}

// providers are those of these that the environment has a client id for.
func providers(ids ...string) (list []thirdparty.Provider) {
	for _, id := range ids {
		name := strings.ToUpper(id)
		if client := os.Getenv(name + "_ID"); client != "" {
			list = append(list, thirdparty.Provider{ThirdPartyID: id, Clients: []thirdparty.Client{
				{ClientID: client, ClientSecret: core.Secret(os.Getenv(name + "_SECRET"))},
			}})
		}
	}
	return list
}
