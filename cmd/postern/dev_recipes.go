package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest/idp"
	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/recipe/accountlinking"
	"github.com/posternauth/postern/recipe/emailpassword"
	"github.com/posternauth/postern/recipe/emailverification"
	"github.com/posternauth/postern/recipe/jwt"
	"github.com/posternauth/postern/recipe/metadata"
	"github.com/posternauth/postern/recipe/mfa"
	"github.com/posternauth/postern/recipe/multitenancy"
	"github.com/posternauth/postern/recipe/openid"
	"github.com/posternauth/postern/recipe/passwordless"
	"github.com/posternauth/postern/recipe/role"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/recipe/thirdparty"
	"github.com/posternauth/postern/recipe/totp"
)

// recipes are all that there are, set up so that they can be tried: mails and
// messages go to the outbox, and a stand-in plays the providers.
func (c devCmd) recipes(outbox *delivery.Outbox, sessions *session.Recipe, provider *idp.Server) []postern.Recipe {
	mode := emailverification.Optional
	if c.RequireVerified {
		mode = emailverification.Required
	}
	return []postern.Recipe{
		emailpassword.New(emailpassword.Config{Email: outbox}),
		thirdparty.New(thirdparty.Config{
			Providers:       []thirdparty.Provider{provider.Config(idp.Google), provider.Config(idp.GitHub), provider.Config(idp.Apple)},
			PrivateNetworks: []string{"127.0.0.0/8"},
		}),
		passwordless.New(passwordless.Config{
			ContactMethod: passwordless.EmailOrPhone, FlowType: passwordless.CodeAndLink, Email: outbox, SMS: outbox,
		}),
		emailverification.New(emailverification.Config{Mode: mode, Email: outbox}),
		accountlinking.New(accountlinking.Config{ShouldLink: c.shouldLink()}),
		mfa.New(mfa.Config{Requirements: wantDevice}),
		totp.New(totp.Config{}),
		sessions,
		role.New(role.Config{}),
		metadata.New(metadata.Config{}),
		multitenancy.New(multitenancy.Config{}),
		openid.New(openid.Config{}),
		jwt.New(jwt.Config{}),
	}
}

// shouldLink makes logins with the same proved address one user.
func (c devCmd) shouldLink() func(context.Context, accountlinking.Question) (accountlinking.Answer, error) {
	if !c.Linking {
		return nil
	}
	return func(context.Context, accountlinking.Question) (accountlinking.Answer, error) {
		return accountlinking.Answer{Link: true}, nil
	}
}

// wantDevice wants a code from those who have set up a device for it.
func wantDevice(_ context.Context, q mfa.Question) ([]mfa.Requirement, error) {
	have, err := q.FactorsSetUp()
	for _, factor := range have {
		if factor == totp.RecipeID {
			return []mfa.Requirement{{Factor: totp.RecipeID}}, err
		}
	}
	return nil, err
}

// startProvider serves the stand-in for Google, GitHub and Apple on a port of
// its own until ctx ends.
func startProvider(ctx context.Context, log *slog.Logger) (*idp.Server, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	provider := idp.New()
	provider.URL = "http://" + l.Addr().String()
	server := &http.Server{Handler: provider, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := server.Serve(l); err != nil && ctx.Err() == nil {
			log.Error("the stand-in for providers has stopped", "err", err)
		}
	}()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return provider, nil
}
