package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/posternauth/postern/engine/internal/background"
	"github.com/posternauth/postern/engine/internal/kernel"
	"github.com/posternauth/postern/engine/internal/keys"
)

// What an engine does on its own: it deletes what has expired, and makes
// signing keys before they are needed. Both happen on the way of calls, too,
// so a process that lives for one request needs none of this.

const (
	cleanEvery = time.Minute
	keysEvery  = time.Minute
	// keyApps bounds for how many apps keys are made in one turn.
	keyApps = 50
)

// Turn is one turn of a job in the background.
type Turn struct {
	Job  string // "clean" or "keys"
	Led  bool   // this instance had the lease; without it nothing was done
	Done int64  // rows deleted, or apps that have their next key
	Took time.Duration
	Err  error // what it ended with; the next turn tries again
}

// Work does the background work of a process that lives long, until ctx ends:
// it deletes what has expired, a few hundred rows at a time, and makes signing
// keys ahead of time. Any number of instances may do this over one database: a
// lease for each job decides who does it, and is given back at the end. report
// is called after every turn, by several goroutines. Without Work the same
// happens on the way of calls, a little at a time.
func (e *Engine) Work(ctx context.Context, report func(Turn)) {
	e.worker.Run(ctx, e.jobs(), func(t background.Turn) { report(Turn(t)) })
}

func (e *Engine) jobs() []background.Job {
	return []background.Job{
		{Name: "clean", Every: cleanEvery, Do: (&kernel.Cleaner{Kernel: e.kernel}).Clean},
		{Name: "keys", Every: keysEvery, Do: e.makeKeysAhead},
	}
}

// makeKeysAhead makes the keys that become due before the next turn, of the
// apps that sign.
func (e *Engine) makeKeysAhead(ctx context.Context, held func() bool) (made int64, err error) {
	due, err := keys.Due(ctx, e.kernel, keysEvery)
	if err != nil {
		return 0, err
	}
	var failed error // of one app; the others get their keys
	for _, key := range due[:min(len(due), keyApps)] {
		if !held() {
			break
		}
		if err := e.rooms(key).keys.MakeAhead(ctx, keysEvery); err != nil {
			failed = errors.Join(failed, fmt.Errorf("app %q: %w", key, err))
			continue
		}
		made++
	}
	return made, failed
}
