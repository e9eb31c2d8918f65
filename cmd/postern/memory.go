package main

import (
	"context"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/posternauth/postern/engine"
)

// keepSmall has the collector run before the heap is large, as long as what is
// alive is small: each password leaves garbage of 19 MiB, which otherwise
// piles up. A server that holds much for good reasons is left alone, and so is
// one that was started with GOMEMLIMIT.
func keepSmall(ctx context.Context, cfg engine.Config) {
	if debug.SetMemoryLimit(-1) != math.MaxInt64 {
		return
	}
	small := smallHeap(cfg)
	defer debug.SetMemoryLimit(math.MaxInt64)
	alive := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	for tick := time.NewTicker(time.Second); ; {
		limit := small
		if metrics.Read(alive); int64(alive[0].Value.Uint64()) > small-(4<<20) {
			limit = math.MaxInt64
		}
		debug.SetMemoryLimit(limit)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// smallHeap is what the process needs, and each password that is hashed at
// once, in bytes.
func smallHeap(cfg engine.Config) int64 {
	workers, each := int64(cfg.Passwords.Workers), int64(cfg.Passwords.MemoryKiB)<<10
	if workers == 0 {
		workers = int64(runtime.GOMAXPROCS(0))
	}
	if each == 0 {
		each = 19 << 20
	}
	return 44<<20 + workers*each
}
