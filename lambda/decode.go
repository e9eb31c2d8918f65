package lambda

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

var errBody = errors.New("the body of the event is not the base64 that it says it is")

// request makes the request that net/http would have received, and returns
// what the gateway had in front of its path. Nothing of it is shared with
// another invocation.
func (e *event) request(ctx context.Context, kind Kind, basePaths []string) (*http.Request, string, error) {
	body, err := e.body()
	if err != nil {
		return nil, "", err
	}
	h := e.header()
	prefix, path := e.split(kind, basePaths)
	u := location(path, kind != HTTP2 && kind != http2Authorizer, e.query(kind))
	r := &http.Request{
		Method: e.method(), URL: u, RequestURI: u.RequestURI(), Header: h, Host: e.host(h),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: http.NoBody, ContentLength: int64(len(body)), RemoteAddr: e.remoteAddr(kind, h),
	}
	if len(body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	h.Del("Host") // net/http keeps it in the request
	return r.WithContext(ctx), prefix, nil
}

func (e *event) method() string {
	if e.Context.HTTP.Method != "" {
		return e.Context.HTTP.Method
	}
	return e.HTTPMethod
}

func (e *event) host(h http.Header) string {
	if host := h.Get("Host"); host != "" {
		return host
	}
	return e.Context.DomainName
}

// header returns the headers. Where there are several values of one, only
// multiValueHeaders has them all; payload format 2.0 joins them with commas,
// and nobody can part them again. Cookies become one line.
func (e *event) header() http.Header {
	read := readHeaders(e.MultiHeaders)
	if len(read) == 0 {
		read = readHeaders(e.Headers)
	}
	h := make(http.Header, len(read)+1)
	for name, values := range read {
		if name = http.CanonicalHeaderKey(name); len(h[name]) > 0 {
			values = append(h[name], values...)
		}
		h[name] = values
	}
	cookies := h["Cookie"]
	if len(e.Cookies) > 0 { // a function URL has them in both places
		cookies = e.Cookies
	}
	if len(cookies) > 0 {
		h.Set("Cookie", strings.Join(cookies, "; "))
	}
	return h
}

// query returns the query as it is written in a URL. Only payload format 2.0
// has it so; others have maps, and load balancers leave those escaped.
func (e *event) query(kind Kind) string {
	plain := func(s string) string { return s }
	switch kind {
	case HTTP2, FunctionURL, http2Authorizer:
		return e.RawQuery
	case ALB, ALBMulti:
		plain = unescapeQuery
	}
	q := url.Values{}
	for name, values := range e.MultiQuery {
		for _, value := range values {
			q.Add(plain(name), plain(value))
		}
	}
	if len(e.MultiQuery) == 0 {
		for name, value := range e.Query {
			q.Set(plain(name), plain(value))
		}
	}
	return q.Encode()
}

func unescapeQuery(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

func (e *event) body() ([]byte, error) {
	if !e.IsBase64 {
		return []byte(e.Body), nil
	}
	body, err := base64.StdEncoding.DecodeString(e.Body)
	if err != nil {
		return nil, errBody
	}
	return body, nil
}

// remoteAddr is who spoke to the gateway. A load balancer says it in the last
// entry of X-Forwarded-For: what is left of that, anybody may have written. It
// is empty for health checks and for tests from the console.
func (e *event) remoteAddr(kind Kind, h http.Header) string {
	address := e.Context.Identity.SourceIP
	switch kind {
	case HTTP2, FunctionURL, http2Authorizer:
		address = e.Context.HTTP.SourceIP
	case ALB, ALBMulti:
		address = ""
		if lines := h["X-Forwarded-For"]; len(lines) > 0 {
			last := lines[len(lines)-1]
			address = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
		}
	}
	if at, err := netip.ParseAddrPort(address); err == nil { // a load balancer may say the client's port
		return at.String()
	}
	if _, err := netip.ParseAddr(strings.Trim(address, "[]")); err != nil {
		return ""
	}
	return net.JoinHostPort(strings.Trim(address, "[]"), "0")
}
