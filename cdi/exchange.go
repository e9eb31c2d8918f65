package cdi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/op"
)

// client sends operations to the hosts of one core.
type client struct {
	hosts   []string
	key     core.Secret
	timeout time.Duration
	http    *http.Client
	next    atomic.Uint64 // the host whose turn it is

	negotiating chan struct{} // holds a value while one asks for the version
	version     atomic.Pointer[string]
}

// call is the transport of every operation.
func (c *client) call(ctx context.Context, f op.Field, in, out any) error {
	m, err := encode(f, in)
	if err != nil {
		return err
	}
	switch out.(type) {
	case *core.UserPage, *core.UserList:
		m.maxReply = maxUserList
	}
	version, err := c.negotiated(ctx)
	if err != nil {
		return err
	}
	got, err := c.send(ctx, m, version)
	if err != nil {
		return err
	}
	if got.refusesVersion() { // another core answers there now
		c.version.Store(nil)
		return &core.Unavailable{Err: got.refusal(f.Name)}
	}
	return got.decode(f, out)
}

// negotiated returns the version that both sides speak. It asks once; callers
// that come meanwhile wait for the answer.
func (c *client) negotiated(ctx context.Context) (string, error) {
	if v := c.version.Load(); v != nil {
		return *v, nil
	}
	select {
	case c.negotiating <- struct{}{}:
		defer func() { <-c.negotiating }()
	case <-ctx.Done():
		return "", &core.Unavailable{Err: ctx.Err()}
	}
	if v := c.version.Load(); v != nil {
		return *v, nil
	}
	v, err := c.negotiate(ctx)
	if err == nil {
		c.version.Store(&v)
	}
	return v, err
}

func (c *client) negotiate(ctx context.Context) (string, error) {
	got, err := c.send(ctx, message{method: http.MethodGet, path: "/apiversion", maxReply: maxReply}, "")
	if err != nil {
		return "", err
	}
	if err := got.refusal("/apiversion"); err != nil {
		return "", err
	}
	var theirs versionList
	if err := json.Unmarshal(got.body, &theirs); err != nil {
		return "", fmt.Errorf("cdi: the answer to /apiversion is not that of a core: %w", err)
	}
	best := newestCommon(spoken(), theirs.Versions)
	if best == "" {
		return "", fmt.Errorf("cdi: no common version: the core speaks %q, this client %q", theirs.Versions, spoken())
	}
	return best, nil
}

// send tries the hosts in turn, each once, as long as the request cannot have
// been processed or only reads.
func (c *client) send(ctx context.Context, m message, version string) (reply, error) {
	first := c.next.Add(1) - 1
	var err error
	for i := range uint64(len(c.hosts)) {
		host := c.hosts[(first+i)%uint64(len(c.hosts))]
		var got reply
		var sent bool
		if got, sent, err = c.sendTo(ctx, host, m, version); err == nil {
			return got, nil
		}
		if ctx.Err() != nil || sent && m.method != http.MethodGet {
			break
		}
	}
	return reply{}, &core.Unavailable{Err: err}
}

// patience is how often a core that says "too many requests" is asked again.
const patience = 5

// sendTo sends to one host, again after a pause as long as that has too many
// requests.
func (c *client) sendTo(ctx context.Context, host string, m message, version string) (got reply, sent bool, err error) {
	for n := 0; ; n++ {
		got, sent, err = c.exchange(ctx, host, m, version)
		if err != nil || got.code != http.StatusTooManyRequests || n == patience {
			return got, sent, err
		}
		select {
		case <-time.After(10*time.Millisecond + time.Duration(n)*250*time.Millisecond):
		case <-ctx.Done():
			return got, sent, ctx.Err()
		}
	}
}

// exchange makes one request. sent says whether any of it may have arrived.
func (c *client) exchange(ctx context.Context, host string, m message, version string) (got reply, sent bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var wrote atomic.Bool
	trace := &httptrace.ClientTrace{WroteHeaders: func() { wrote.Store(true) }}
	r, err := c.newRequest(httptrace.WithClientTrace(ctx, trace), host, m, version)
	if err != nil {
		return reply{}, false, err
	}
	response, err := c.http.Do(r)
	if err != nil {
		return reply{}, wrote.Load(), withoutURL(host, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, m.maxReply+1))
	if err != nil {
		return reply{}, true, err
	}
	if int64(len(body)) > m.maxReply {
		return reply{}, true, fmt.Errorf("the answer is larger than %d bytes", m.maxReply)
	}
	return reply{response.StatusCode, response.Header, body}, true, nil
}

// withoutURL drops the URL from an error of net/http: its query names people.
func withoutURL(host string, err error) error {
	if wrapped := new(url.Error); errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return fmt.Errorf("%s: %w", host, err)
}

func (c *client) newRequest(ctx context.Context, host string, m message, version string) (*http.Request, error) {
	target := host + m.path
	if m.query != "" {
		target += "?" + m.query
	}
	var body io.Reader
	if m.body != nil {
		body = bytes.NewReader(m.body)
	}
	r, err := http.NewRequestWithContext(ctx, m.method, target, body)
	if err != nil {
		return nil, err
	}
	setUnlessEmpty(r.Header, versionHeader, version)
	setUnlessEmpty(r.Header, keyHeader, string(c.key))
	setUnlessEmpty(r.Header, "rid", m.rid)
	if m.body != nil {
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	return r, nil
}

func setUnlessEmpty(h http.Header, name, value string) {
	if value != "" {
		h.Set(name, value)
	}
}

// The sizes of answers that are read, in bytes.
const (
	maxReply    = 1 << 20
	maxUserList = 10 << 20
)
