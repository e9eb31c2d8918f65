package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// row is what came of a load, for each server, and how many times longer the
// last one takes than the first: the median of all turns, for what else the
// machine does changes from turn to turn.
type row struct {
	name    string
	figures []figures
	ratio   float64
}

type figures struct {
	perSecond float64
	p50, p99  time.Duration
	memory    int // of the server at most, in MiB
}

// measure asks the servers in turns.
func measure(ctx context.Context, o options, l load, targets []*target) (row, error) {
	clients := cmp.Or(l.clients, o.clients)
	took := make([][]time.Duration, len(targets))
	var ratios []float64
	for turn := range o.turns + 1 {
		middles := make([]time.Duration, len(targets))
		for i, t := range targets {
			got, err := ask(ctx, l, t, clients, o.lasts)
			if err != nil {
				return row{}, err
			}
			slices.Sort(got)
			middles[i] = got[len(got)/2]
			if turn > 0 { // the first one fills caches
				took[i] = append(took[i], got...)
			}
		}
		if turn > 0 {
			ratios = append(ratios, float64(middles[len(middles)-1])/float64(middles[0]))
		}
	}
	slices.Sort(ratios)
	r := row{name: l.name, ratio: ratios[len(ratios)/2]}
	for i, all := range took {
		slices.Sort(all)
		memory, err := targets[i].memory()
		if err != nil {
			return row{}, err
		}
		r.figures = append(r.figures, figures{
			perSecond: float64(len(all)) / (o.lasts.Seconds() * float64(o.turns)),
			p50:       all[len(all)/2], p99: all[len(all)*99/100], memory: memory,
		})
	}
	fmt.Fprintf(os.Stderr, "%s: measured\n", l.name)
	return r, nil
}

// ask has clients ask one server for a while, and returns how long each answer
// took.
func ask(ctx context.Context, l load, t *target, clients int, lasts time.Duration) ([]time.Duration, error) {
	again := make([]func(context.Context) error, clients)
	for i := range again {
		var err error
		if again[i], err = l.begin(ctx, t); err != nil {
			return nil, err
		}
	}
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	var wait sync.WaitGroup
	ends := time.Now().Add(lasts)
	for _, do := range again {
		wait.Go(func() {
			var took []time.Duration
			var err error
			for now := time.Now(); now.Before(ends) && err == nil; {
				err = do(ctx)
				then := time.Now()
				took, now = append(took, then.Sub(now)), then
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
			if failed == nil {
				failed = err
			}
		})
	}
	wait.Wait()
	return all, failed
}

// print writes the table.
func print(w io.Writer, targets []*target, rows []row) {
	fmt.Fprint(w, "| |")
	for _, t := range targets {
		fmt.Fprintf(w, " %d users: requests/s | p50 | p99 | MiB |", t.size)
	}
	fmt.Fprintln(w, " times longer |\n|---|"+strings.Repeat("---|", 4*len(targets)+1))
	ms := func(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)) }
	for _, r := range rows {
		fmt.Fprintf(w, "| %s |", r.name)
		for _, f := range r.figures {
			fmt.Fprintf(w, " %.0f | %s | %s | %d |", f.perSecond, ms(f.p50), ms(f.p99), f.memory)
		}
		fmt.Fprintf(w, " %.2f |\n", r.ratio)
	}
}
