package main

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/posternauth/postern/engine"
)

// startWork starts the background work of an engine, and returns how to end
// it: when that returns, its leases are given back.
func startWork(ctx context.Context, e *engine.Engine, registry prometheus.Registerer) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	report := countTurns(registry)
	go func() {
		defer close(ended)
		e.Work(ctx, report)
	}()
	return func() {
		cancel()
		<-ended
	}
}

// countTurns counts what is done in the background.
//
//	postern_background_turns_total{job, outcome}  outcome: done, elsewhere, error
//	postern_background_done_total{job}            rows deleted, apps with their next key
//	postern_background_seconds_total{job}
//	postern_background_leads{job}                 1 while this instance does the job
func countTurns(registry prometheus.Registerer) func(engine.Turn) {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "postern_background_" + name, Help: help}, labels)
		registry.MustRegister(v)
		return v
	}
	turns := counter("turns_total", "Turns of jobs in the background, by outcome.", "job", "outcome")
	done := counter("done_total", "Rows deleted, and apps that got their next key.", "job")
	seconds := counter("seconds_total", "How long jobs in the background took.", "job")
	leads := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "postern_background_leads", Help: "1 while this instance does the job for all.",
	}, []string{"job"})
	registry.MustRegister(leads)
	return func(t engine.Turn) {
		outcome, led := "elsewhere", 0.0
		switch {
		case t.Err != nil:
			outcome = "error"
		case t.Led:
			outcome = "done"
		}
		if t.Led {
			led = 1
		}
		turns.WithLabelValues(t.Job, outcome).Inc()
		done.WithLabelValues(t.Job).Add(float64(t.Done))
		seconds.WithLabelValues(t.Job).Add(t.Took.Seconds())
		leads.WithLabelValues(t.Job).Set(led)
	}
}
