package engine

import (
	"github.com/posternauth/postern/engine/internal/background"
	"github.com/posternauth/postern/engine/internal/kernel"
)

// Jobs, Worker and Kernel are for tests.
func (e *Engine) Jobs() []background.Job { return e.jobs() }

// Worker is for tests.
func (e *Engine) Worker() *background.Worker { return e.worker }

// Kernel is for tests.
func (e *Engine) Kernel() *kernel.Kernel { return e.kernel }

// Tables returns all that the kernel of an engine knows. It is for tests.
func Tables() []kernel.Table {
	k, _ := kernel.New(kernel.Config{Tables: tables()}) // which fails for a master key only
	return k.Tables
}
