package outbound_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/posternauth/postern/internal/outbound"
)

// loopback allows what the tests listen on.
func loopback() []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }

func get(t *testing.T, c *outbound.Client, address string, to any) error {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	return c.JSON(t.Context(), r, to)
}

// TestPrivateAddresses asks for addresses that are not public, in all their
// spellings: nothing arrives.
func TestPrivateAddresses(t *testing.T) {
	t.Parallel()
	var arrived atomic.Int64
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: l, Config: &http.Server{ConnState: func(net.Conn, http.ConnState) { arrived.Add(1) }}}
	server.Start()
	t.Cleanup(server.Close)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	c := outbound.New([]netip.Prefix{netip.MustParsePrefix("10.1.2.3/32")}) // so that http is accepted at all
	for _, host := range []string{
		"127.0.0.1", "localhost", "127.1", "0x7f.1", "2130706433", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
		"[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "169.254.169.254", "[fe80::1]", "[fd00::1]", "10.0.0.1", "[::ffff:10.0.0.1]",
		"172.16.0.1", "192.168.0.1", "100.64.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255",
	} {
		began := time.Now()
		err := get(t, c, "http://"+host+":"+port+"/", new(any))
		if err == nil {
			t.Errorf("%s answers", host)
		}
		if took := time.Since(began); took > outbound.Timeout+time.Second {
			t.Errorf("%s takes %v", host, took)
		}
	}
	if n := arrived.Load(); n != 0 {
		t.Errorf("%d connections arrived", n)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var arrived atomic.Int64
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived.Add(1) }))
	t.Cleanup(target.Close)
	server := httptest.NewServer(http.RedirectHandler(target.URL, http.StatusFound))
	t.Cleanup(server.Close)
	err := get(t, outbound.New(loopback()), server.URL, new(any))
	var status *outbound.StatusError
	if !errors.As(err, &status) || status.Code != http.StatusFound || arrived.Load() != 0 {
		t.Errorf("got %v, %d arrived", err, arrived.Load())
	}
}

func TestBadAnswers(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		answer http.HandlerFunc
		says   string
	}{
		"HTML":      {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, "does not answer with JSON"},
		"an error":  {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "out of order", 500) }, "answers 500: out of order"},
		"too large": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 10<<20)) }, "larger than"},
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			_, _ = w.Write([]byte("{"))
		}, "stopped in the middle"},
		"silence": {func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done() // the client has had enough
		}, "does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(row.answer)
			t.Cleanup(server.Close)
			began := time.Now()
			err := get(t, outbound.New(loopback()), server.URL, new(any))
			if err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("got %v, want one that says %q", err, row.says)
			}
			if took := time.Since(began); took > outbound.Timeout+time.Second {
				t.Errorf("it takes %v", took)
			}
		})
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"https://example.com/token": true, "http://example.com/token": false, "https://me:secret@example.com/": false,
		"/token": false, "example.com": false, "ftp://example.com": false, "https://": false, "": false,
	} {
		if err := outbound.New(nil).CheckURL(address); (err == nil) != ok {
			t.Errorf("CheckURL(%q) = %v", address, err)
		}
	}
	if err := outbound.New(loopback()).CheckURL("http://127.0.0.1:1/"); err != nil {
		t.Error(err)
	}
}
