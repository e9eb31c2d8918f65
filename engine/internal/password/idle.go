package password

import (
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"time"
)

const (
	// idleAfter is for how long nothing was hashed when memory is given back.
	idleAfter = 5 * time.Second
	// maxLive is how much live memory, in bytes, a program may have for that:
	// to go through more of it costs more than the garbage of hashes is worth.
	maxLive = 256 << 20
)

// idle gives memory back to the system when nothing was hashed for a while:
// each hash leaves megabytes of garbage, which a runtime without work collects
// only after two minutes. Use sets a timer, which goes off once.
type idle struct {
	giveBack func()
	timer    *time.Timer
	since    atomic.Int64 // the last use, in Unix nanoseconds
}

func newIdle(giveBack func()) *idle {
	i := &idle{giveBack: giveBack}
	i.timer = time.AfterFunc(idleAfter, i.over)
	i.timer.Stop() // until there is use
	return i
}

// used starts the time anew.
func (i *idle) used() {
	i.since.Store(time.Now().UnixNano())
	i.timer.Reset(idleAfter)
}

// over gives memory back. If it comes far too late the process was frozen
// meanwhile: it wakes because there is work, which shall not wait for this.
func (i *idle) over() {
	if time.Now().UnixNano()-i.since.Load() > int64(2*idleAfter) {
		i.used()
		return
	}
	i.giveBack()
}

// freeMemory collects all garbage and returns all free memory to the system.
func freeMemory() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	if live[0].Value.Uint64() <= maxLive {
		debug.FreeOSMemory()
	}
}
