package cdi_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/posternauth/postern/cdi"
)

// TestRequestStats: a busy second shows as peak, all of a minute as average,
// a quiet minute as -1, and what is a day old not at all.
func TestRequestStats(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	c, _ := recording()
	h := handler(t, cdi.Config{App: only(c), Now: func() time.Time { return now }})
	for range 4 {
		ask(t, h, "GET /recipe/roles", "")
	}
	now = now.Add(time.Second)
	ask(t, h, "GET /recipe/roles", "")
	ask(t, h, "GET /appid-shop/recipe/roles", "") // counts for itself

	type stats struct {
		AtMinute                                        int64
		AverageRequestsPerSecond, PeakRequestsPerSecond []float64
	}
	read := func() (s stats) {
		_, text, _ := ask(t, h, "GET /requests/stats", "")
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err, text)
		}
		return s
	}
	if got := read(); got.AtMinute != now.Unix()/60 || got.PeakRequestsPerSecond[1439] != -1 {
		t.Errorf("this minute is not over: %d, %v", got.AtMinute, got.PeakRequestsPerSecond[1439])
	}
	now = now.Add(2 * time.Minute)
	got := read()
	if n := len(got.AverageRequestsPerSecond); n != 1440 || len(got.PeakRequestsPerSecond) != n {
		t.Fatalf("%d minutes, want a day", n)
	}
	if got.AverageRequestsPerSecond[1438] != 0.1 || got.PeakRequestsPerSecond[1438] != 4 || got.PeakRequestsPerSecond[1439] != -1 {
		t.Errorf("got %v and %v", got.AverageRequestsPerSecond[1438:], got.PeakRequestsPerSecond[1438:])
	}
	now = now.Add(24 * time.Hour)
	for i, peak := range read().PeakRequestsPerSecond {
		if peak != -1 && i > 1 {
			t.Errorf("a day later minute %d has a peak of %v", i, peak)
		}
	}
}
