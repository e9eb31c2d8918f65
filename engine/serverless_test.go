package engine_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/engine/internal/dbtest"
	"github.com/posternauth/postern/internal/testdb"
)

// TestServerless holds that opening touches nothing, that an old schema is
// named by whoever misses it, and that preparing makes what is needed.
func TestServerless(t *testing.T) {
	t.Parallel()
	testdb.EachEmpty(t, func(t *testing.T, uri string) {
		cfg := engine.Config{Database: core.Secret(uri), Serverless: true}
		e, err := engine.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		var down *core.Unavailable
		_, err = e.App("").User.Count(t.Context(), core.CountUsers{})
		if !errors.As(err, &down) || !strings.Contains(down.Err.Error(), "run `postern migrate`") {
			t.Fatalf("an empty database answers %v", err)
		}
		if from, to, err := engine.Prepare(t.Context(), cfg); from != 0 || to < 1 || err != nil {
			t.Fatalf("prepared from %d to %d, %v", from, to, err)
		}
		if keys, secrets := dbtest.Count(t, e.Kernel().DB, "signing_keys"), dbtest.Count(t, e.Kernel().DB, "key_values"); keys == 0 || secrets == 0 {
			t.Errorf("%d keys and %d secrets were made", keys, secrets)
		}
		if out, err := e.App("").User.Count(t.Context(), core.CountUsers{}); err != nil || out.Count != 0 {
			t.Errorf("%+v, %v", out, err)
		}
		if from, to, err := engine.Prepare(t.Context(), cfg); from != to || err != nil {
			t.Errorf("prepared again from %d to %d, %v", from, to, err)
		}
	})
}

// TestServerlessNeedsNoDatabase opens one that is not there.
func TestServerlessNeedsNoDatabase(t *testing.T) {
	t.Parallel()
	e, err := engine.Open(t.Context(), engine.Config{Database: "postgres://nobody@no-such-host.invalid/x", Serverless: true})
	if err != nil {
		t.Fatal(err)
	}
	e.Close()
}

// TestDatabasePassword holds that each connection asks for its password.
func TestDatabasePassword(t *testing.T) {
	t.Parallel()
	uri, err := url.Parse(testdb.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	asked, refusal := 0, errors.New("no token today")
	open := func(password func(context.Context) (core.Secret, error)) error {
		_, _, err := engine.Migrate(t.Context(), engine.Config{Database: core.Secret(uri.String()), DatabasePassword: password})
		return err
	}
	if err := open(func(context.Context) (core.Secret, error) { asked++; return "token", nil }); err != nil || asked == 0 {
		t.Errorf("it was asked %d times: %v", asked, err)
	}
	if err := open(func(context.Context) (core.Secret, error) { return "", refusal }); err == nil || !strings.Contains(err.Error(), refusal.Error()) {
		t.Errorf("a refusal is %v", err)
	}
}
