package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/posternauth/postern/core"
)

func newRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// startAdmin serves what operators ask, on a port of its own that strangers
// do not reach; nowhere if addr is empty. It returns the address.
//
//	/metrics  for Prometheus
//	/health   200 while the process runs
//	/ready    200 while the database answers and the process takes requests
func startAdmin(ctx context.Context, addr string, c *core.Core, registry *prometheus.Registry, log *slog.Logger) (string, error) {
	if addr == "" {
		return "", nil
	}
	l, addr, err := listen(ctx, addr)
	if err != nil {
		return "", err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /ready", func(w http.ResponseWriter, r *http.Request) {
		if _, err := c.Service.Ping(r.Context(), struct{}{}); err != nil || ctx.Err() != nil {
			http.Error(w, "not ready", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	go func() {
		if err := serve(ctx, l, mux, log); err != nil {
			log.Error("the admin port failed", "err", err)
		}
	}()
	return addr, nil
}
