package cdi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/internal/urls"
	"github.com/posternauth/postern/op"
)

// Options is how to reach a core.
type Options struct {
	// APIKey is sent with every request when there is one.
	APIKey core.Secret
	// AppID is the app whose core it is. Default: what the connection URI says,
	// or the app "public".
	AppID string
	// Timeout is how long one host may take to answer. Default: 5 s.
	Timeout time.Duration
	// HTTP makes the requests. Default: a client with a connection pool of its
	// own. Redirects are never followed.
	HTTP *http.Client
}

// Dial returns the core behind connectionURI: one or more hosts separated by
// semicolons, "https://a.example.com/core;https://b.example.com". Requests go
// to the hosts in turn, and to the next one when a host cannot be reached.
// Dial itself connects to nothing; it fails when connectionURI or options have
// a mistake.
//
// A core that does not answer is a [core.Unavailable]. A request that may have
// been processed is not sent again, unless it only reads.
func Dial(connectionURI string, options Options) (*core.Core, error) {
	hosts, err := parseHosts(connectionURI, options.AppID)
	if err != nil {
		return nil, err
	}
	if strings.ContainsAny(string(options.APIKey), "\r\n") {
		return nil, errors.New("cdi: Options.APIKey has a line break; remove it")
	}
	c := &client{
		hosts:       hosts,
		key:         options.APIKey,
		timeout:     cmp.Or(options.Timeout, 5*time.Second),
		http:        withoutRedirects(options.HTTP),
		negotiating: make(chan struct{}, 1),
	}
	remote := new(core.Core)
	for _, f := range op.Fields(remote, "cdi") {
		f.Bind(func(ctx context.Context, in, out any) error { return c.call(ctx, f, in, out) })
	}
	addFallbacks(remote)
	return remote, nil
}

// parseHosts returns the base URLs of a connection URI, without a slash at the
// end.
func parseHosts(connectionURI, appID string) ([]string, error) {
	if appID != "" {
		if _, err := core.AppID(appID); err != nil {
			return nil, fmt.Errorf("cdi: Options.AppID %q: %w", appID, err)
		}
	}
	var hosts []string
	for part := range strings.SplitSeq(connectionURI, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		domain, err := urls.Domain(part)
		if err != nil {
			return nil, fmt.Errorf("cdi: connection URI, host %d: %w", len(hosts)+1, err)
		}
		path, err := urls.Path(part)
		if err != nil {
			return nil, fmt.Errorf("cdi: connection URI, host %d: %w", len(hosts)+1, err)
		}
		if appID != "" {
			path += "/" + core.AppPrefix + appID
		}
		hosts = append(hosts, domain+path)
	}
	if len(hosts) == 0 {
		return nil, errors.New(`cdi: the connection URI names no host; write it like "https://core.example.com"`)
	}
	return hosts, nil
}

// maxIdlePerHost keeps connections open for bursts; two, the default of
// net/http, would make most requests of a busy server connect anew.
const maxIdlePerHost = 100

// withoutRedirects returns a copy of c, or a new client, that takes a redirect
// for an answer: another host must not see the key or the passwords.
func withoutRedirects(c *http.Client) *http.Client {
	if c == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.MaxIdleConnsPerHost = maxIdlePerHost
		c = &http.Client{Transport: transport}
	}
	out := *c
	out.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &out
}
