package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/posternauth/postern/internal/testdb"
)

// TestStart holds what somebody sees who tries the program: the sign-in page,
// at once, over a file that was not there.
func TestStart(t *testing.T) {
	t.Parallel()
	began := time.Now()
	p := start(t, "dev", "--addr", "127.0.0.1:0", "--db", testdb.EmptySQLite(t))
	page, err := newVisitor(p.URL).do(t.Context(), http.MethodGet, "/auth", "", "")
	want(t, "GET /auth", page, err)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the sign-in page took %v", took)
	}
	if !strings.Contains(page.text, "<html") {
		t.Errorf("GET /auth is no page: %s", page.text)
	}
}

// TestStop asks the program to end while it is busy: every request that it has
// begun to read is answered, no new one is taken, and that is no failure.
func TestStop(t *testing.T) {
	t.Parallel()
	const email = "ada@example.com"
	p := start(t, "dev", "--addr", "127.0.0.1:0", "--no-limits", "--db", testdb.SQLite(t))
	a, err := newVisitor(p.URL).signUp(t.Context(), email)
	want(t, "sign-up", a, err)

	var load sync.WaitGroup
	for range 4 {
		load.Go(func() { signInUntilRefused(t, p.URL, email) })
	}
	var accepted, answered sync.WaitGroup
	release := make(chan struct{})
	for range 8 {
		accepted.Add(1)
		answered.Go(func() { signInSlowly(t, p.URL, email, accepted.Done, release) })
	}
	accepted.Wait()
	p.stop()
	waitUntilRefused(t, p.URL)
	close(release)
	answered.Wait()
	load.Wait()
	if code := p.wait(); code != 0 {
		t.Errorf("exit code %d: %s", code, &p.stderr)
	}
}

// signInSlowly sends the head of a request, calls accepted when the program
// asks for the body, and sends that when release is closed.
func signInSlowly(t *testing.T, url, email string, accepted func(), release <-chan struct{}) {
	accepted = sync.OnceFunc(accepted)
	defer accepted()
	v := newVisitor(url)
	v.http.Transport = &http.Transport{ExpectContinueTimeout: time.Minute}
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: accepted})
	body := form(email)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/auth/signin", &lateBody{strings.NewReader(body), release})
	if err != nil {
		t.Error(err)
		return
	}
	r.ContentLength = int64(len(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Expect", "100-continue")
	if a, err := v.send(r); err != nil || !a.ok() {
		t.Errorf("a request that was accepted before the end: %d %s, %v", a.code, a.text, err)
	}
}

// lateBody is a body that is sent when release is closed.
type lateBody struct {
	io.Reader
	release <-chan struct{}
}

func (b *lateBody) Read(p []byte) (int, error) {
	<-b.release
	return b.Reader.Read(p)
}

// signInUntilRefused signs in, on a new connection each time, until there is
// no answer any more. What is answered is answered well.
func signInUntilRefused(t *testing.T, url, email string) {
	v := newVisitor(url)
	v.http.Transport = &http.Transport{DisableKeepAlives: true}
	for {
		a, err := v.signIn(t.Context(), email)
		if err != nil {
			return
		}
		if !a.ok() {
			t.Errorf("a sign-in while the program ends: %d %s", a.code, a.text)
		}
	}
}

// waitUntilRefused waits until nobody listens any more.
func waitUntilRefused(t *testing.T, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", strings.TrimPrefix(url, "http://"))
		switch {
		case ctx.Err() != nil:
			t.Fatal("it still listens, five seconds after it was asked to end")
		case err != nil:
			return
		}
		conn.Close()
		time.Sleep(time.Millisecond)
	}
}
