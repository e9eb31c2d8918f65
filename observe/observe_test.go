package observe_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/observe"
	"github.com/posternauth/postern/op"
)

func TestOutcome(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"OK":                         nil,
		"EMAIL_ALREADY_EXISTS_ERROR": core.EmailAlreadyExists,
		"UNAUTHORISED":               fmt.Errorf("wrapped: %w", &core.Unauthorised{}),
		"bad_input":                  core.Bad("x"),
		"forbidden":                  &core.Forbidden{},
		"unavailable":                &core.Unavailable{Err: errors.New("x")},
		"error":                      errors.New("x"),
	} {
		if got := observe.Outcome(err); got != want {
			t.Errorf("%v is %s, want %s", err, got, want)
		}
	}
}

func TestOperations(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	c := &core.Core{EmailPassword: core.EmailPassword{SignIn: func(_ context.Context, in core.SignIn) (core.RecipeUser, error) {
		if in.Password != "canary" {
			return core.RecipeUser{}, core.WrongCredentials
		}
		return core.RecipeUser{}, nil
	}}}
	around := observe.Operations(registry, noop.NewTracerProvider().Tracer("test"))
	for _, f := range op.Fields(c, "cdi") {
		if !f.Nil() {
			f.Wrap(around)
		}
	}
	for _, password := range []core.Secret{"canary", "x", "y"} {
		_, _ = c.EmailPassword.SignIn(t.Context(), core.SignIn{Email: "ada@example.com", Password: password})
	}
	want := `
# HELP postern_operations_total Operations of the core, by outcome.
# TYPE postern_operations_total counter
postern_operations_total{operation="EmailPassword.SignIn",outcome="OK"} 1
postern_operations_total{operation="EmailPassword.SignIn",outcome="WRONG_CREDENTIALS_ERROR"} 2
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "postern_operations_total"); err != nil {
		t.Error(err)
	}
}
