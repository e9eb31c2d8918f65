package idp

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// Fault is what a provider does wrong. The zero value is nothing.
type Fault struct {
	// Claims changes the claims of ID tokens, and Sign signs them in another
	// way: [Server.Sign] is the right one.
	Claims func(claims map[string]any)
	Sign   func(claims map[string]any) string
	// UserInfo and Discovery change these answers.
	UserInfo  func(info map[string]any)
	Discovery func(document map[string]any)
	// Answer takes over any request: true says that it has answered.
	Answer func(w http.ResponseWriter, r *http.Request) bool
}

// Break makes a shape answer wrongly from now on; a zero Fault mends it.
func (s *Server) Break(shape Shape, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[shape] = f
}

func (s *Server) fault(shape Shape) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults[shape]
}

// At limits an answer to the requests whose path ends in one of these.
func At(answer func(w http.ResponseWriter, r *http.Request) bool, ends ...string) func(w http.ResponseWriter, r *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		for _, end := range ends {
			if strings.HasSuffix(r.URL.Path, end) {
				return answer(w, r)
			}
		}
		return false
	}
}

// Down answers 500 to everything.
func Down(w http.ResponseWriter, _ *http.Request) bool {
	http.Error(w, "out of order", http.StatusInternalServerError)
	return true
}

// HTML answers with a page, as a proxy in between may.
func HTML(w http.ResponseWriter, _ *http.Request) bool {
	w.Header().Set("Content-Type", "text/html")
	_, _ = w.Write([]byte("<!doctype html><title>Maintenance</title>"))
	return true
}

// Huge answers with ten megabytes of JSON.
func Huge(w http.ResponseWriter, _ *http.Request) bool {
	_, _ = w.Write([]byte(`{"filler":"` + strings.Repeat("x", 10<<20) + `"}`))
	return true
}

// Slow answers after half a minute, if anybody still waits.
func Slow(w http.ResponseWriter, r *http.Request) bool {
	_, _ = io.Copy(io.Discard, r.Body) // before that nobody notices who has gone
	select {
	case <-r.Context().Done():
	case <-time.After(30 * time.Second):
		http.Error(w, "late", http.StatusGatewayTimeout)
	}
	return true
}

// HangUp closes the connection without an answer.
func HangUp(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }
