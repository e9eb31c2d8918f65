package main

import (
	"testing"
)

// TestGuards holds the list to the code: each guard is there, once.
func TestGuards(t *testing.T) {
	t.Chdir("../..")
	for _, g := range guards() {
		if _, err := g.removed(); err != nil {
			t.Error(err)
		}
	}
}
