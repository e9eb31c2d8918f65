package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"
)

// options are what the command line says.
type options struct {
	postern  string        // the binary
	database string        // sqlite, or the URI of a PostgreSQL server
	sizes    []int         // users in the tables, few first
	lasts    time.Duration // of one turn at one server
	turns    int
	clients  int
	only     string // a part of the name of a load
}

func main() {
	var o options
	sizes := flag.String("sizes", "10000,1000000", "users in the tables, the smallest first")
	flag.StringVar(&o.postern, "postern", "bin/postern", "the program")
	flag.StringVar(&o.database, "database", "sqlite", "sqlite, or the URI of a PostgreSQL server that may create databases")
	flag.DurationVar(&o.lasts, "for", time.Second, "how long a turn at one server lasts")
	flag.IntVar(&o.turns, "turns", 15, "turns at each server")
	flag.IntVar(&o.clients, "clients", 8, "clients at once")
	flag.StringVar(&o.only, "only", "", "measure only what has this in its name")
	flag.Parse()
	for size := range strings.SplitSeq(*sizes, ",") {
		n, err := strconv.Atoi(size)
		if err != nil || n < 1000 {
			fmt.Fprintf(os.Stderr, "-sizes: %q is no number of at least 1000\n", size)
			os.Exit(2)
		}
		o.sizes = append(o.sizes, n)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run fills a database of each size, serves it and measures all loads.
func run(ctx context.Context, o options) error {
	var targets []*target
	defer func() {
		for _, t := range targets {
			t.close()
		}
	}()
	for _, size := range o.sizes {
		t, err := newTarget(ctx, o, size)
		if t != nil {
			targets = append(targets, t)
		}
		if err != nil {
			return err
		}
	}
	var rows []row
	for _, l := range loads() {
		if !strings.Contains(l.name, o.only) {
			continue
		}
		r, err := measure(ctx, o, l, targets)
		if err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
		rows = append(rows, r)
	}
	print(os.Stdout, targets, rows)
	return nil
}
