// Package observe tells operators what a core does: a span and two metrics
// for each operation, whoever calls it. It is an [op.Middleware], and so goes
// around the operations of any core:
//
//	around := observe.Operations(registry, otel.Tracer("postern"))
//	for _, f := range op.Fields(c, "cdi") {
//		f.Wrap(around)
//	}
//
// Neither spans nor metrics carry inputs or results.
package observe

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// Operations counts and times operations, and makes a span of each.
//
//	postern_operations_total{operation, outcome}
//	postern_operation_seconds{operation}
//
// The outcome is OK, the status of an expected outcome, bad_input, forbidden,
// unavailable or error.
func Operations(registry prometheus.Registerer, tracer trace.Tracer) op.Middleware {
	total := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "postern_operations_total", Help: "Operations of the core, by outcome.",
	}, []string{"operation", "outcome"})
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "postern_operation_seconds", Help: "How long operations of the core take.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
	}, []string{"operation"})
	registry.MustRegister(total, seconds)
	return func(ctx context.Context, f op.Field, _ any, next func(context.Context) (any, error)) (any, error) {
		ctx, span := tracer.Start(ctx, f.Name, trace.WithSpanKind(trace.SpanKindInternal))
		defer span.End()
		start := time.Now()
		out, err := next(ctx)
		outcome := Outcome(err)
		seconds.WithLabelValues(f.Name).Observe(time.Since(start).Seconds())
		total.WithLabelValues(f.Name, outcome).Inc()
		span.SetAttributes(attribute.String("postern.outcome", outcome))
		if outcome == outcomeError || outcome == outcomeUnavailable {
			span.SetStatus(codes.Error, outcome)
		}
		return out, err
	}
}

const (
	outcomeError       = "error"
	outcomeUnavailable = "unavailable"
)

// Outcome names what came of an operation, by a word of a small set.
func Outcome(err error) string {
	var (
		status    op.Status
		fail      op.Failer
		bad       *core.BadInput
		tenant    *core.TenantNotFound
		forbidden *core.Forbidden
		down      *core.Unavailable
	)
	switch {
	case err == nil:
		return "OK"
	case errors.As(err, &fail):
		return string(fail.FailStatus())
	case errors.As(err, &status):
		return string(status)
	case errors.As(err, &bad), errors.As(err, &tenant):
		return "bad_input"
	case errors.As(err, &forbidden):
		return "forbidden"
	case errors.As(err, &down), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return outcomeUnavailable
	}
	return outcomeError
}
