// Package examples holds the examples as files, for programs that write
// projects.
package examples

import "embed"

// Lambda is a function on AWS Lambda with its templates: examples/lambda.
//
//go:embed lambda
var Lambda embed.FS
