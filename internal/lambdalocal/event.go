package lambdalocal

import (
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
)

// restEvent is payload format 1.0. What is absent is null.
type restEvent struct {
	Version                         string              `json:"version,omitempty"` // of HTTP APIs only
	Resource                        string              `json:"resource"`
	Path                            string              `json:"path"`
	HTTPMethod                      string              `json:"httpMethod"`
	Headers                         map[string]string   `json:"headers"`
	MultiValueHeaders               map[string][]string `json:"multiValueHeaders"`
	QueryStringParameters           map[string]string   `json:"queryStringParameters"`
	MultiValueQueryStringParameters map[string][]string `json:"multiValueQueryStringParameters"`
	PathParameters                  map[string]string   `json:"pathParameters"`
	StageVariables                  map[string]string   `json:"stageVariables"`
	RequestContext                  restContext         `json:"requestContext"`
	Body                            *string             `json:"body"`
	IsBase64Encoded                 bool                `json:"isBase64Encoded"`
}

type restContext struct {
	ResourceID        string       `json:"resourceId"`
	ResourcePath      string       `json:"resourcePath"`
	HTTPMethod        string       `json:"httpMethod"`
	ExtendedRequestID string       `json:"extendedRequestId"`
	RequestTime       string       `json:"requestTime"`
	Path              string       `json:"path"`
	AccountID         string       `json:"accountId"`
	Protocol          string       `json:"protocol"`
	Stage             string       `json:"stage"`
	DomainPrefix      string       `json:"domainPrefix"`
	RequestTimeEpoch  int64        `json:"requestTimeEpoch"`
	RequestID         string       `json:"requestId"`
	Identity          restIdentity `json:"identity"`
	DomainName        string       `json:"domainName"`
	DeploymentID      string       `json:"deploymentId"`
	APIID             string       `json:"apiId"`
}

type restIdentity struct {
	SourceIP  string  `json:"sourceIp"`
	UserAgent string  `json:"userAgent"`
	User      *string `json:"user"`
}

// httpEvent is payload format 2.0. What is absent has no key.
type httpEvent struct {
	Version               string            `json:"version"`
	RouteKey              string            `json:"routeKey"`
	RawPath               string            `json:"rawPath"`
	RawQueryString        string            `json:"rawQueryString"`
	Cookies               []string          `json:"cookies,omitempty"`
	Headers               map[string]string `json:"headers"`
	QueryStringParameters map[string]string `json:"queryStringParameters,omitempty"`
	RequestContext        httpContext       `json:"requestContext"`
	Body                  string            `json:"body,omitempty"`
	IsBase64Encoded       bool              `json:"isBase64Encoded"`
}

type httpContext struct {
	AccountID    string `json:"accountId"`
	APIID        string `json:"apiId"`
	DomainName   string `json:"domainName"`
	DomainPrefix string `json:"domainPrefix"`
	HTTP         struct {
		Method    string `json:"method"`
		Path      string `json:"path"`
		Protocol  string `json:"protocol"`
		SourceIP  string `json:"sourceIp"`
		UserAgent string `json:"userAgent"`
	} `json:"http"`
	RequestID string `json:"requestId"`
	RouteKey  string `json:"routeKey"`
	Stage     string `json:"stage"`
	Time      string `json:"time"`
	TimeEpoch int64  `json:"timeEpoch"`
}

// albEvent is that of a load balancer. It has either kind of headers.
type albEvent struct {
	RequestContext                  albContext          `json:"requestContext"`
	HTTPMethod                      string              `json:"httpMethod"`
	Path                            string              `json:"path"`
	QueryStringParameters           map[string]string   `json:"queryStringParameters,omitempty"`
	MultiValueQueryStringParameters map[string][]string `json:"multiValueQueryStringParameters,omitempty"`
	Headers                         map[string]string   `json:"headers,omitempty"`
	MultiValueHeaders               map[string][]string `json:"multiValueHeaders,omitempty"`
	Body                            string              `json:"body"`
	IsBase64Encoded                 bool                `json:"isBase64Encoded"`
}

type albContext struct {
	ELB struct {
		TargetGroupARN string `json:"targetGroupArn"`
	} `json:"elb"`
}

const account = "123456789012"

// event is the event of a request, in the form of the shape.
func (g *Gateway) event(r *http.Request, p place, body []byte) any {
	switch g.Shape {
	case REST, HTTP1:
		return g.restEvent(r, p, body)
	case HTTP, FunctionURL:
		return g.httpEvent(r, p, body)
	}
	return g.albEvent(r, body)
}

func (g *Gateway) restEvent(r *http.Request, p place, body []byte) restEvent {
	at, multi := now(), g.headers(r)
	e := restEvent{
		Resource: "/{proxy+}", Path: p.event, HTTPMethod: r.Method, Headers: last(multi), MultiValueHeaders: multi,
		PathParameters: map[string]string{"proxy": strings.TrimPrefix(p.inner, "/")},
		RequestContext: restContext{
			ResourceID: "ab12cd", HTTPMethod: r.Method, RequestTime: at.Format(requestTime), RequestTimeEpoch: at.UnixMilli(),
			Path: p.context, AccountID: account, Protocol: r.Proto, Stage: g.stage(), DomainName: r.Host, DomainPrefix: firstLabel(r.Host),
			RequestID: uuid.NewString(), APIID: firstLabel(r.Host), Identity: restIdentity{SourceIP: sourceIP(r), UserAgent: r.UserAgent()},
		},
	}
	if p.inner == "/" {
		e.Resource, e.PathParameters = "/", nil
	}
	e.RequestContext.ResourcePath = e.Resource
	if g.Shape == HTTP1 {
		e.Version = "1.0"
	}
	if query := pairs(r.URL.RawQuery, url.QueryUnescape); len(query) > 0 {
		e.QueryStringParameters, e.MultiValueQueryStringParameters = last(query), query
	}
	if len(body) > 0 {
		text, encoded := g.text(r, body)
		e.Body, e.IsBase64Encoded = &text, encoded
	}
	return e
}

func (g *Gateway) httpEvent(r *http.Request, p place, body []byte) httpEvent {
	at := now()
	e := httpEvent{
		Version: "2.0", RouteKey: "$default", RawPath: p.event, RawQueryString: r.URL.RawQuery, Headers: joined(g.headers(r)),
		QueryStringParameters: joined(pairs(r.URL.RawQuery, url.QueryUnescape)),
		RequestContext: httpContext{
			AccountID: account, APIID: firstLabel(r.Host), DomainName: r.Host, DomainPrefix: firstLabel(r.Host),
			RequestID: uuid.NewString(), RouteKey: "$default", Stage: g.stage(), Time: at.Format(requestTime), TimeEpoch: at.UnixMilli(),
		},
	}
	for _, line := range r.Header.Values("Cookie") {
		for c := range strings.SplitSeq(line, ";") {
			e.Cookies = append(e.Cookies, strings.TrimSpace(c))
		}
	}
	plain, err := url.PathUnescape(p.event)
	if err != nil {
		plain = p.event
	}
	if g.Shape == HTTP {
		delete(e.Headers, "cookie")
		e.RawPath = plain
	} else {
		e.RequestContext.AccountID = "anonymous"
		// A function URL is known by its domain.
		e.RequestContext.DomainName = "local.lambda-url.us-east-1.on.aws"
	}
	h := &e.RequestContext.HTTP
	h.Method, h.Path, h.Protocol, h.SourceIP, h.UserAgent = r.Method, plain, r.Proto, sourceIP(r), r.UserAgent()
	if len(body) > 0 {
		e.Body, e.IsBase64Encoded = g.text(r, body)
	}
	return e
}

func (g *Gateway) albEvent(r *http.Request, body []byte) albEvent {
	asWritten := func(s string) (string, error) { return s, nil }
	e := albEvent{HTTPMethod: r.Method, Path: r.URL.EscapedPath()}
	e.RequestContext.ELB.TargetGroupARN = "arn:aws:elasticloadbalancing:us-east-1:" + account + ":targetgroup/local/0123456789abcdef"
	e.Body, e.IsBase64Encoded = g.text(r, body)
	headers, query := g.headers(r), pairs(r.URL.RawQuery, asWritten)
	if g.Shape == ALBMulti {
		e.MultiValueHeaders, e.MultiValueQueryStringParameters = headers, query
	} else {
		e.Headers, e.QueryStringParameters = last(headers), last(query)
	}
	return e
}

// headers are those of the request and those that the gateway adds. REST APIs
// keep the case of names, and pass Content-Length to nobody.
func (g *Gateway) headers(r *http.Request) map[string][]string {
	h := r.Header.Clone()
	h.Set("Host", r.Host)
	h.Set("X-Forwarded-For", strings.Join(append(h.Values("X-Forwarded-For"), sourceIP(r)), ", "))
	h.Set("X-Forwarded-Proto", "https")
	h.Set("X-Forwarded-Port", "443")
	h.Set("X-Amzn-Trace-Id", "Root=1-00000000-000000000000000000000000")
	if g.Shape == REST {
		h.Del("Content-Length")
		return h
	}
	lower := make(map[string][]string, len(h))
	for name, values := range h {
		lower[strings.ToLower(name)] = values
	}
	return lower
}

// text is a body as it stands in an event, and whether that is base64.
func (g *Gateway) text(r *http.Request, body []byte) (string, bool) {
	plain := utf8.Valid(body)
	if g.Shape != REST && g.Shape != HTTP1 {
		plain = plain && isText(r.Header) && (g.Shape == HTTP || r.Header.Get("Content-Encoding") == "")
	}
	if plain {
		return string(body), false
	}
	return base64.StdEncoding.EncodeToString(body), true
}

// isText reports a type whose bodies gateways leave as they are. Forms are
// none.
func isText(h http.Header) bool {
	kind := strings.ToLower(h.Get("Content-Type"))
	for _, part := range []string{"text/", "json", "xml", "javascript"} {
		if strings.Contains(kind, part) {
			return true
		}
	}
	return kind == ""
}

// pairs splits a query.
func pairs(raw string, read func(string) (string, error)) map[string][]string {
	m := map[string][]string{}
	for pair := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		n, errName := read(name)
		v, errValue := read(value)
		if pair != "" && errName == nil && errValue == nil {
			m[n] = append(m[n], v)
		}
	}
	return m
}

func last(multi map[string][]string) map[string]string {
	m := make(map[string]string, len(multi))
	for name, values := range multi {
		if len(values) > 0 {
			m[name] = values[len(values)-1]
		}
	}
	return m
}

func joined(multi map[string][]string) map[string]string {
	m := make(map[string]string, len(multi))
	for name, values := range multi {
		m[name] = strings.Join(values, ",")
	}
	return m
}

func sourceIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

func firstLabel(host string) string {
	label, _, _ := strings.Cut(host, ".")
	return label
}
