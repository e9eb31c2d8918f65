package bench_test

import (
	"sync"
	"testing"
	"time"
)

// turns is how often ours and the bare work change places in a run.
const turns = 6

// took is how long an operation took on each side, in nanoseconds.
type took struct{ ours, bare float64 }

// beside measures b.N operations of ours beside the bare work, in turns. The
// benchmark's own time and allocations are ours. The bare work is done as
// often, but not for much longer than ours.
func beside(b *testing.B, ours, bare func(n int)) took {
	var ourTime, bareTime time.Duration
	var bareOps int
	b.ReportAllocs()
	b.ResetTimer()
	b.StopTimer()
	for i := range turns {
		n := b.N*(i+1)/turns - b.N*i/turns
		b.StartTimer()
		turn := timed(func() { ours(n) })
		b.StopTimer()
		ourTime += turn
		m := min(n, 100)
		if bareOps > 0 {
			m = min(n, max(m, int(turn*time.Duration(bareOps)/bareTime)))
		}
		bareTime += timed(func() { bare(m) })
		bareOps += m
	}
	t := took{float64(ourTime.Nanoseconds()) / float64(b.N), float64(bareTime.Nanoseconds()) / float64(max(1, bareOps))}
	b.ReportMetric(t.bare, "bare-ns/op")
	return t
}

func timed(f func()) time.Duration {
	began := time.Now()
	f()
	return time.Since(began)
}

// cost reports how many times the bare work ours takes.
func (t took) cost(b *testing.B) { b.ReportMetric(t.ours/t.bare, "x-bare") }

// share reports which part of the bare throughput ours has.
func (t took) share(b *testing.B) { b.ReportMetric(t.bare/t.ours, "of-bare") }

// times calls do n times.
func times(do func()) func(n int) {
	return func(n int) {
		for range n {
			do()
		}
	}
}

// spread calls do n times by so many workers at once.
func spread(workers int, do func(worker int)) func(n int) {
	return func(n int) {
		var wait sync.WaitGroup
		for w := range workers {
			wait.Go(func() {
				for range n*(w+1)/workers - n*w/workers {
					do(w)
				}
			})
		}
		wait.Wait()
	}
}
