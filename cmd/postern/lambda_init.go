package main

import "context"

type lambdaInitCmd struct{}

// Run writes a project.
func (c lambdaInitCmd) Run(context.Context, *terminal) error { return nil }
