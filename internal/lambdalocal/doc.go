// Package lambdalocal is what stands around a function on AWS Lambda, on one
// machine: a gateway that turns requests into events and answers into
// responses, and a runtime that runs the bootstrap of a zip, with its
// extensions.
//
// It follows what gateways and the runtime were seen to do, not what the
// package lambda expects: neither knows the other.
package lambdalocal
