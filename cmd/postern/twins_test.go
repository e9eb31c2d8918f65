package main

import (
	"errors"
	"sync"
	"testing"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/testdb"
)

// TestTwins has two servers share a database, and asks both for the same at
// once.
func TestTwins(t *testing.T) {
	t.Parallel()
	uri := testdb.Postgres(t)
	one := start(t, "serve", "--db", uri, "--addr", "127.0.0.1:0")
	two := start(t, "serve", "--db", uri, "--addr", "127.0.0.1:0")
	// A client with two hosts asks them in turn.
	both := dial(t, one.URL+";"+two.URL)
	t.Run("sign-up", func(t *testing.T) { oneAccount(t, both, uri) })
	t.Run("refresh", func(t *testing.T) { oneSuccessor(t, both) })
}

// oneAccount signs up 500 times with one address: one of them gets it.
func oneAccount(t *testing.T, both *core.Core, uri string) {
	errs := make([]error, 500)
	atOnce(len(errs), len(errs), func(i int) {
		_, errs[i] = both.EmailPassword.SignUp(t.Context(), core.SignUp{Email: "ada@example.com", Password: firstPassword})
	})
	created := 0
	for _, err := range errs {
		if err == nil {
			created++
		} else if !errors.Is(err, core.EmailAlreadyExists) {
			t.Errorf("sign-up: %v", err)
		}
	}
	if created != 1 {
		t.Errorf("%d sign-ups were told that they made the account", created)
	}
	holdTables(t, uri)
}

// oneSuccessor refreshes 1000 times with one token: all get the same one.
func oneSuccessor(t *testing.T, both *core.Core) {
	ctx := t.Context()
	session, err := both.Session.Create(ctx, core.CreateSession{
		UserID: "ada", UserDataInJWT: core.Object{}, UserDataInDatabase: core.Object{},
	})
	if err != nil {
		t.Fatal(err)
	}
	tokens, errs := make([]core.Secret, 1000), make([]error, 1000)
	atOnce(len(tokens), 100, func(i int) {
		out, err := both.Session.Refresh(ctx, core.RefreshSession{RefreshToken: session.RefreshToken.Token})
		tokens[i], errs[i] = out.RefreshToken.Token, err
	})
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	for _, token := range tokens {
		if token != tokens[0] || token == session.RefreshToken.Token {
			t.Fatal("the same refresh token has several successors, or itself")
		}
	}
	if _, err := both.Session.Refresh(ctx, core.RefreshSession{RefreshToken: tokens[0]}); err != nil {
		t.Errorf("the successor does not refresh: %v", err)
	}
}

// atOnce calls do for 0 to n-1, so many at once.
func atOnce(n, workers int, do func(i int)) {
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for i := w; i < n; i += workers {
				do(i)
			}
		})
	}
	wait.Wait()
}
