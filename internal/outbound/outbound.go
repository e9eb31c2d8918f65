// Package outbound asks other servers whose addresses come from a
// configuration, or from what such a server said. It reaches only the public
// internet, over TLS, unless networks are allowed by name; it follows no
// redirect, and takes neither long nor much.
package outbound

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

const (
	// Timeout is how long one answer may take, connecting included.
	Timeout = 5 * time.Second
	// MaxAnswer is how many bytes of an answer are read.
	MaxAnswer = 1 << 20
)

// Client asks other servers. It is safe for concurrent use.
type Client struct {
	http    *http.Client
	private bool // some network that is not public is allowed
}

// New returns a client that reaches the public internet and these networks.
func New(allowed []netip.Prefix) *Client {
	dialer := &net.Dialer{Timeout: Timeout, Control: func(_, address string, _ syscall.RawConn) error {
		return check(address, allowed)
	}}
	return &Client{
		private: len(allowed) > 0,
		http: &http.Client{
			Timeout:       Timeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{
				DialContext:           dialer.DialContext,
				TLSHandshakeTimeout:   Timeout,
				ResponseHeaderTimeout: Timeout,
				MaxIdleConnsPerHost:   4,
				IdleConnTimeout:       30 * time.Second,
				ForceAttemptHTTP2:     true,
			},
		},
	}
}

// errPrivate is an address that is not public. What is told outside does not
// differ from a server that does not answer.
var errPrivate = errors.New("the address is not a public one, and its network is not among those that are allowed")

// check decides about the address that is about to be connected to: the name
// has been looked up by then, so that it cannot change any more.
func check(address string, allowed []netip.Prefix) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return errPrivate
	}
	ip := at.Addr().Unmap().WithZone("")
	for _, network := range allowed {
		if network.Contains(ip) {
			return nil
		}
	}
	if !isPublic(ip) {
		return errPrivate
	}
	return nil
}

// notPublic are the networks of the IANA special-purpose registries that
// netip.Addr has no method for. Those that carry an IPv4 address inside are
// among them.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"),
	netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("3fff::/20"),
	netip.MustParsePrefix("5f00::/16"),
	netip.MustParsePrefix("fec0::/10"),
}

func isPublic(ip netip.Addr) bool {
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false
	}
	for _, network := range notPublic {
		if network.Contains(ip) {
			return false
		}
	}
	return true
}

// CheckURL reports what is wrong with an address as a configuration has it: it
// has to be https, and may be http only where some private network is allowed.
func (c *Client) CheckURL(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.User != nil:
		return fmt.Errorf("%q is no address of a server; write it like https://example.com/path", address)
	case u.Scheme == "https" || u.Scheme == "http" && c.private:
		return nil
	}
	return fmt.Errorf("%q has to begin with https://", address)
}

// HTTP returns the client for libraries that bring their own requests. They
// have to look at addresses by [Client.CheckURL], and to read with a limit.
func (c *Client) HTTP() *http.Client { return c.http }

// Answer is what a server said.
type Answer struct {
	Code   int
	Header http.Header
	Body   []byte
}

// Do sends a request and reads the answer. It fails when there is no answer,
// or one that is too large; a status of 400 or more is an answer.
func (c *Client) Do(ctx context.Context, r *http.Request) (Answer, error) {
	if err := c.CheckURL(r.URL.String()); err != nil {
		return Answer{}, err
	}
	res, err := c.http.Do(r.WithContext(ctx))
	if err != nil {
		return Answer{}, fmt.Errorf("%s does not answer: %w", r.URL.Host, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, MaxAnswer+1))
	switch {
	case err != nil:
		return Answer{}, fmt.Errorf("%s stopped in the middle of its answer: %w", r.URL.Host, err)
	case len(body) > MaxAnswer:
		return Answer{}, fmt.Errorf("the answer of %s is larger than %d bytes", r.URL.Host, MaxAnswer)
	}
	return Answer{res.StatusCode, res.Header, body}, nil
}

// StatusError is an answer that says no.
type StatusError struct {
	Host string
	Code int
	Body string // at most 500 bytes of it
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%s answers %d: %s", e.Host, e.Code, e.Body)
}

// JSON is [Client.Do] for an answer of 200 that is a JSON document, which goes
// into to. Any other status is a [StatusError].
func (c *Client) JSON(ctx context.Context, r *http.Request, to any) error {
	if r.Header.Get("Accept") == "" {
		r.Header.Set("Accept", "application/json")
	}
	answer, err := c.Do(ctx, r)
	if err != nil {
		return err
	}
	if answer.Code < 200 || answer.Code > 299 {
		return &StatusError{r.URL.Host, answer.Code, string(answer.Body[:min(len(answer.Body), 500)])}
	}
	decoder := json.NewDecoder(bytes.NewReader(answer.Body))
	decoder.UseNumber()
	if err := decoder.Decode(to); err != nil {
		return fmt.Errorf("%s does not answer with JSON: %w", r.URL.Host, err)
	}
	return nil
}
