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

// Tables is for tests.
func Tables() []kernel.Table { return tables() }
