package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/connect"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/recipe/accountlinking"
	"github.com/posternauth/postern/recipe/emailpassword"
	"github.com/posternauth/postern/recipe/emailverification"
	"github.com/posternauth/postern/recipe/jwt"
	"github.com/posternauth/postern/recipe/multitenancy"
	"github.com/posternauth/postern/recipe/openid"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/recipe/thirdparty"
)

// This is the file to change. Everything else follows from it.

// stage is the stage of the API Gateway: "/dev", "/test", "/prod", or "" where
// there is none: $default of an HTTP API, a custom domain, a function URL.
var stage = env("STAGE", "/dev")

// backend is everything that this function's sign-in is configured with.
type backend struct {
	core     connect.Config
	app      postern.Config
	sessions *session.Recipe
	// pages says that the built-in pages are used: there is no other website.
	pages bool
}

func backendConfig() (backend, error) {
	mails, err := mailer()
	if err != nil {
		return backend{}, err
	}
	others, err := providers()
	if err != nil {
		return backend{}, err
	}
	validity, err := time.ParseDuration(env("ACCESS_TOKEN_VALIDITY", "1h"))
	if err != nil {
		return backend{}, fmt.Errorf("ACCESS_TOKEN_VALIDITY: %w", err)
	}
	apiDomain, website := env("API_DOMAIN", "http://127.0.0.1:3001"), env("WEBSITE_DOMAIN", "")
	sessions := session.New(session.Config{Audience: "postern"})
	b := backend{
		core: connect.Config{
			URI:    core.Secret(env("CORE_URI", "sqlite:/tmp/postern.db")), // postgres://…, or https://… for a core elsewhere
			APIKey: secret("CORE_API_KEY"),                                 // of a core elsewhere
			Engine: engine.Config{Serverless: true, MasterKey: secret("MASTER_KEY"), AccessTokenValidity: validity},
		},
		app: postern.Config{
			ServerlessEnv: true,
			App: postern.AppInfo{
				Name:            env("APP_NAME", "Example"),
				APIDomain:       apiDomain,
				APIGatewayPath:  stage,
				APIBasePath:     "/auth",
				WebsiteDomain:   website,
				WebsiteBasePath: "/auth",
			},
			Recipes: []postern.Recipe{
				thirdparty.New(thirdparty.Config{
					Providers:       others,
					PrivateNetworks: strings.Fields(env("PROVIDER_NETWORKS", "")), // where providers of tenants may be, beside the internet
					TrustEmailOf:    isTrusted,
				}),
				emailpassword.New(emailpassword.Config{Email: mails}),
				emailverification.New(emailverification.Config{Mode: emailverification.Optional, Email: mails}),
				accountlinking.New(accountlinking.Config{ShouldLink: sameAddress}),
				sessions,
				multitenancy.New(multitenancy.Config{}),            // tells the pages which providers there are
				openid.New(openid.Config{}), jwt.New(jwt.Config{}), // for authorizers
			},
		},
		sessions: sessions,
	}
	if website == "" { // the built-in pages are the website, behind the same stage
		b.pages, b.app.App.WebsiteDomain, b.app.App.WebsiteBasePath = true, apiDomain, stage+"/auth"
	}
	return b, nil
}

// isTrusted believes the providers of some tenants, on servers of their own, that
// an address is proved.
func isTrusted(tenantID, _ string) bool {
	return slices.Contains(strings.Fields(env("TRUSTED_TENANTS", "")), tenantID)
}

// sameAddress makes logins with the same address one user, once both have
// proved it.
func sameAddress(context.Context, accountlinking.Question) (accountlinking.Answer, error) {
	return accountlinking.Answer{Link: true}, nil
}

// mailer sends mails by SMTP, or keeps them in memory where there is no server.
func mailer() (delivery.Sender, error) {
	host := env("SMTP_HOST", "")
	if host == "" {
		return new(delivery.Outbox), nil
	}
	return delivery.NewSMTP(delivery.SMTPConfig{
		Host: host, Username: env("SMTP_USERNAME", ""), Password: secret("SMTP_PASSWORD"),
		From: delivery.From{Name: env("APP_NAME", "Example"), Address: env("SMTP_FROM", "")},
	})
}

// env is a variable of the function. A variable that is set to nothing is set.
func env(name, otherwise string) string {
	if value, ok := os.LookupEnv(name); ok {
		return value
	}
	return otherwise
}

// secret is one that does not show when it is printed.
func secret(name string) core.Secret { return core.Secret(env(name, "")) }
