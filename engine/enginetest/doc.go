// Package enginetest is the behaviour of any core, as tests: [Run] holds a
// core to its contract, operation by operation and outcome by outcome, and
// fails when one of them was not tried.
//
// The same tests run on an engine in this process and on one behind HTTP, on
// every database. There is one file a feature, named like those of package
// core; race.go is what happens at once, isolation.go what tenants and apps
// must not see of each other.
package enginetest
