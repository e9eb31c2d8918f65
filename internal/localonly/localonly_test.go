package localonly

import (
	"net/http/httptest"
	"testing"
)

func TestAllowed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		host, origin string
		want         bool
	}{
		{"127.0.0.1:3567", "", true},
		{"localhost:3567", "", true},
		{"LOCALHOST", "", true},
		{"app.localhost:3567", "", true},
		{"[::1]:3567", "", true},
		{"192.168.1.7:3000", "", true}, // the address cannot be made to point elsewhere
		{"evil.example:3567", "", false},
		{"localhost.evil.example", "", false},
		{"127.0.0.1.evil.example", "", false},
		{"", "", false},
		{"known.example", "", true},
		{"127.0.0.1:3567", "http://localhost:3000", true},
		{"127.0.0.1:3567", "https://known.example", true},
		{"127.0.0.1:3567", "https://evil.example", false},
		{"127.0.0.1:3567", "http://203.0.113.7", false},
		{"192.168.1.7:3000", "http://192.168.1.7:3000", true},
		{"127.0.0.1:3567", "null", false},
		{"127.0.0.1:3567", "http://localhost@evil.example", false},
		{"127.0.0.1:3567", "%", false},
	} {
		r := httptest.NewRequest("POST", "/", nil)
		r.Host = tt.host
		if tt.origin != "" {
			r.Header.Set("Origin", tt.origin)
		}
		if got := Allowed(r, "known.example", ""); got != tt.want {
			t.Errorf("host %q, origin %q: %v", tt.host, tt.origin, got)
		}
	}
}

func TestLoopback(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]bool{
		"127.0.0.1:1": true, "[::1]:1": true, "localhost:0": true, "0.0.0.0:1": false, ":3567": false, "[::]:1": false, "10.0.0.1:1": false, "core:1": false,
	} {
		if got := Loopback(addr); got != want {
			t.Errorf("%s: %v", addr, got)
		}
	}
}
