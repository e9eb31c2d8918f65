package cdi

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/posternauth/postern/op"
)

// minutesKept is how far back requests are counted.
const minutesKept = 24 * 60

// requests counts the requests of an app, minute by minute. What is kept
// grows with the minutes in which there were any.
type requests struct {
	mu      sync.Mutex
	minutes []minute // the oldest first
}

type minute struct {
	at     int64 // in minutes
	total  int64
	second int64 // the one that is being counted
	inIt   int64
	peak   int64 // of a second
}

func (r *requests) add(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	second := now.Unix()
	at := second / 60
	if n := len(r.minutes); n == 0 || r.minutes[n-1].at < at {
		gone := slices.IndexFunc(r.minutes, func(m minute) bool { return m.at >= at-minutesKept })
		if gone < 0 {
			gone = n
		}
		r.minutes = append(slices.Delete(r.minutes, 0, gone), minute{at: at})
	}
	m := &r.minutes[len(r.minutes)-1]
	if m.second != second {
		m.second, m.inIt = second, 0
	}
	m.total++
	m.inIt++
	m.peak = max(m.peak, m.inIt)
}

// requestStats is the last 24 hours, from the oldest minute to the one before
// this. -1 means that nobody asked anything.
type requestStats struct {
	AtMinute                 int64     `json:"atMinute"`
	AverageRequestsPerSecond []float64 `json:"averageRequestsPerSecond"`
	PeakRequestsPerSecond    []float64 `json:"peakRequestsPerSecond"`
}

func statsOf(r *requests, now func() time.Time) op.Func[struct{}, requestStats] {
	return func(context.Context, struct{}) (requestStats, error) { return r.stats(now()), nil }
}

func (r *requests) stats(now time.Time) requestStats {
	r.mu.Lock()
	defer r.mu.Unlock()
	none := slices.Repeat([]float64{-1}, minutesKept)
	out := requestStats{now.Unix() / 60, none, slices.Clone(none)}
	for _, m := range r.minutes {
		if i := m.at - out.AtMinute + minutesKept; i >= 0 && i < minutesKept {
			out.AverageRequestsPerSecond[i] = float64(m.total) / 60
			out.PeakRequestsPerSecond[i] = float64(m.peak)
		}
	}
	return out
}
