// Package bench measures Postern beside the least that the same work can cost:
// a session beside the bare signature, a sign-in beside the bare hash, a
// refresh beside the bare commit. Both are measured in turns in one run, so
// what else the machine does strikes both, and what counts is the ratio:
//
//	x-bare   how many times the bare work it takes; less is better
//	of-bare  which part of the bare throughput it has; more is better
//
// `make bench` runs them all; docs/benchmarks.md holds what came of it. There
// is nothing here to import.
package bench
