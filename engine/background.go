package engine

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/posternauth/postern/engine/internal/db"
)

// What an engine does on its own: it deletes what has expired, and makes
// signing keys before they are needed. Both happen on the way of calls, too,
// so a process that lives for one request needs none of this.

const (
	cleanEvery = time.Minute
	keysEvery  = time.Minute
	// leaseTurns is how many turns a lease lasts: how long the others wait
	// when an instance has died with it.
	leaseTurns = 3
	// startWithin spreads the first turns of instances that start together.
	startWithin = 2 * time.Second
	// cleanRows bounds what is deleted of a table at once, cleanApps for how
	// many apps in one turn.
	cleanRows = 500
	cleanApps = 200
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

// job is something to do from time to time, by one of all instances.
type job struct {
	lease
	every time.Duration
	// do works until all is done, or until held says that the lease is lost.
	do func(ctx context.Context, held func() bool) (done int64, err error)
}

func (e *Engine) jobs() []job {
	holder := uuid.NewString()
	of := func(name string, every time.Duration, do func(context.Context, func() bool) (int64, error)) job {
		return job{lease{e, name, holder, leaseTurns * every}, every, do}
	}
	return []job{of("clean", cleanEvery, (&cleaner{e: e}).clean), of("keys", keysEvery, e.makeKeysAhead)}
}

// Work does the background work of a process that lives long, until ctx ends:
// it deletes what has expired, a few hundred rows at a time, and makes signing
// keys ahead of time. Any number of instances may do this over one database: a
// lease for each job decides who does it, and is given back at the end. report
// is called after every turn, by several goroutines. Without Work the same
// happens on the way of calls, a little at a time.
func (e *Engine) Work(ctx context.Context, report func(Turn)) {
	var all sync.WaitGroup
	for _, j := range e.jobs() {
		all.Go(func() { j.run(ctx, report) })
	}
	all.Wait()
}

func (j job) run(ctx context.Context, report func(Turn)) {
	next := time.NewTimer(rand.N(startWithin))
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			j.leave(ctx)
			return
		case <-next.C:
		}
		report(j.turn(ctx))
		next.Reset(j.every)
	}
}

// leave gives the lease back although ctx has ended.
func (j job) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := j.release(ctx); err != nil {
		j.e.kernel.Log.DebugContext(ctx, "a lease was not given back", "job", j.name, "err", err)
	}
}

// turn does the job once if this instance has, or gets, the lease.
func (j job) turn(ctx context.Context) Turn {
	began := time.Now()
	t := Turn{Job: j.name}
	if t.Led, t.Err = j.take(ctx); t.Led {
		t.Done, t.Err = j.do(ctx, func() bool {
			held, err := j.take(ctx)
			return held && err == nil
		})
	}
	t.Took = time.Since(began)
	if t.Err != nil && ctx.Err() == nil {
		j.e.kernel.Log.WarnContext(ctx, "work in the background failed", "job", j.name, "err", t.Err)
	}
	return t
}

// cleaner deletes what has expired, of some apps in each turn.
type cleaner struct {
	e    *Engine
	last string // the app that it was at
}

func (c *cleaner) clean(ctx context.Context, held func() bool) (deleted int64, err error) {
	apps, err := db.Texts(ctx, c.e.kernel.DB.Reader, `SELECT app_id FROM apps WHERE app_id > $1 ORDER BY app_id LIMIT $2`, c.last, int64(cleanApps))
	if err != nil {
		return 0, err
	}
	for _, id := range apps {
		for more := true; more; {
			if !held() {
				return deleted, nil
			}
			var n int64
			if n, more, err = c.e.app(id).DeleteExpired(ctx, cleanRows); err != nil {
				return deleted, err
			}
			deleted += n
		}
		c.last = id
	}
	if len(apps) < cleanApps {
		c.last = "" // begin anew
	}
	return deleted, nil
}
