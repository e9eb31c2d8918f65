// Package metadata keeps a JSON object for each user. It serves no route; its
// operations are those of core.Metadata (FDI §4.10).
package metadata

import (
	"github.com/posternauth/postern"
	"github.com/posternauth/postern/core"
)

// Functions is what the recipe does; see [core.Metadata].
type Functions = core.Metadata

// Config changes the recipe.
type Config struct {
	// Functions replaces parts of the recipe. It receives the original and
	// returns what to use.
	Functions func(original Functions) Functions
}

// Recipe is the user metadata recipe. Its operations are its fields.
type Recipe struct {
	Functions
	cfg Config
}

// New returns the recipe.
func New(cfg Config) *Recipe { return &Recipe{cfg: cfg} }

// ID is "usermetadata".
func (r *Recipe) ID() string { return "usermetadata" }

// Init prepares the recipe.
func (r *Recipe) Init(a *postern.App) error {
	r.Functions = a.Core.Metadata
	if f := r.cfg.Functions; f != nil {
		r.Functions = f(r.Functions)
	}
	return nil
}

// APIs is nothing: metadata is for the backend.
func (r *Recipe) APIs() any { return nil }
