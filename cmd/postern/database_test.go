package main

import (
	"strings"
	"testing"

	"github.com/posternauth/postern/core"
)

// TestWithoutPassword holds that what is shown of a URI keeps its secret.
func TestWithoutPassword(t *testing.T) {
	t.Parallel()
	for uri, want := range map[core.Secret]string{
		"postgres://ada:canary@localhost/app": "postgres://ada:xxxxx@localhost/app",
		"sqlite:/tmp/app.db":                  "sqlite:/tmp/app.db",
		"sqlite:app.db":                       "sqlite:app.db",
		"https://core:3567":                   "https://core:3567",
		"postgres://ada:canary@%zz":           "the database",
	} {
		if got := withoutPassword(uri); got != want || strings.Contains(got, "canary") {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
