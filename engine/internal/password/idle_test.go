package password

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestIdle counts how often memory is given back.
func TestIdle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var given atomic.Int64
		h := newHasher(t)
		h.idle = newIdle(func() { given.Add(1) })
		after := func(d time.Duration, want int64, when string) {
			t.Helper()
			time.Sleep(d)
			synctest.Wait()
			if n := given.Load(); n != want {
				t.Errorf("%s memory was given back %d times, want %d", when, n, want)
			}
		}
		hash := func() {
			if err := h.VerifyNone(t.Context(), "x"); err != nil {
				t.Fatal(err)
			}
		}
		after(time.Hour, 0, "before the first use")
		for range 10 {
			hash()
			after(idleAfter-1, 0, "in use")
		}
		after(1, 1, "when idle")
		after(time.Hour, 1, "while idle")
		hash()
		h.idle.since.Add(int64(-time.Hour))
		after(idleAfter, 1, "when woken up")
		after(idleAfter, 2, "when idle after that")
		hash()
		h.Close()
		after(time.Hour, 2, "when closed")
	})
}
