package background

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/posternauth/postern/engine/internal/db"
)

const (
	// leaseTurns is how many turns a lease lasts: how long the others wait
	// when an instance has died with it.
	leaseTurns = 3
	// startWithin spreads the first turns of instances that start together.
	startWithin = 2 * time.Second
)

// Job is something to do from time to time, by one of all instances.
type Job struct {
	Name  string
	Every time.Duration
	// Do works until all is done, or until held says that the lease is lost.
	// It returns how much was done.
	Do func(ctx context.Context, held func() bool) (done int64, err error)
}

// Turn is one turn of a job.
type Turn struct {
	Job  string
	Led  bool // this instance had the lease; without it nothing was done
	Done int64
	Took time.Duration
	Err  error // what it ended with; the next turn tries again
}

// Worker is an instance that does jobs.
type Worker struct {
	DB     *db.DB
	Log    *slog.Logger
	Holder string // names the instance
}

// New returns a worker with a name of its own.
func New(d *db.DB, log *slog.Logger) *Worker {
	return &Worker{DB: d, Log: log, Holder: uuid.NewString()}
}

// Run does the jobs until ctx ends, and then gives the leases back. report is
// called after every turn, by several goroutines.
func (w *Worker) Run(ctx context.Context, jobs []Job, report func(Turn)) {
	var all sync.WaitGroup
	for _, j := range jobs {
		all.Go(func() { w.run(ctx, j, report) })
	}
	all.Wait()
}

func (w *Worker) run(ctx context.Context, j Job, report func(Turn)) {
	next := time.NewTimer(rand.N(startWithin))
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			w.leave(ctx, j)
			return
		case <-next.C:
		}
		report(w.Turn(ctx, j))
		next.Reset(j.Every)
	}
}

// Lease returns the lease of a job.
func (w *Worker) Lease(j Job) Lease { return Lease{w.DB, j.Name, w.Holder, leaseTurns * j.Every} }

// leave gives the lease back although ctx has ended.
func (w *Worker) leave(ctx context.Context, j Job) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := w.Lease(j).Release(ctx); err != nil {
		w.Log.DebugContext(ctx, "a lease was not given back", "job", j.Name, "err", err)
	}
}

// Turn does the job once if this instance has, or gets, the lease.
func (w *Worker) Turn(ctx context.Context, j Job) Turn {
	began, lease := time.Now(), w.Lease(j)
	t := Turn{Job: j.Name}
	if t.Led, t.Err = lease.Take(ctx); t.Led {
		t.Done, t.Err = j.Do(ctx, func() bool {
			held, err := lease.Take(ctx)
			return held && err == nil
		})
	}
	t.Took = time.Since(began)
	if t.Err != nil && ctx.Err() == nil {
		w.Log.WarnContext(ctx, "work in the background failed", "job", j.Name, "err", t.Err)
	}
	return t
}
