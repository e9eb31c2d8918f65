// Command load measures a real `postern serve` under load, over HTTP, on a
// database with few users and on one with many: what counts beside the
// throughput is how much slower the big one is. Both servers run at the same
// time and are asked in turns, so what else the machine does strikes both.
//
//	load -postern bin/postern -database sqlite
//	load -postern bin/postern -database postgres://…
//
// It prints a table for docs/benchmarks.md; `make load` runs it for both
// databases.
package main
