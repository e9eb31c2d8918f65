package lambda

import (
	"encoding/json"
	"strings"
)

// Kind is what sent an event, and with that how the answer has to look.
type Kind string

// The kinds of events that are HTTP requests.
const (
	REST        Kind = "rest"         // API Gateway, REST API
	HTTP1       Kind = "http1"        // API Gateway, HTTP API with payload format 1.0
	HTTP2       Kind = "http2"        // API Gateway, HTTP API with payload format 2.0
	FunctionURL Kind = "function-url" // a function's own URL
	ALB         Kind = "alb"          // Application Load Balancer, one value a header
	ALBMulti    Kind = "alb-multi"    // the same with lambda.multi_value_headers.enabled
)

// The kinds of events that are not.
const (
	restRequestAuthorizer Kind = "authorizer-rest"
	restTokenAuthorizer   Kind = "authorizer-token"
	http1Authorizer       Kind = "authorizer-http1"
	http2Authorizer       Kind = "authorizer-http2"
	appSyncAuthorizer     Kind = "authorizer-appsync"
	webSocket             Kind = "websocket"
	other                 Kind = "" // a warm-up, a schedule, the console's test
)

// event is the union of all shapes. What is absent and what is null are both
// zero.
type event struct {
	Version    string `json:"version"`
	Type       string `json:"type"`
	RouteKey   string `json:"routeKey"`
	RouteARN   string `json:"routeArn"`
	MethodARN  string `json:"methodArn"`
	Token      string `json:"authorizationToken"`
	HTTPMethod string `json:"httpMethod"`
	Resource   string `json:"resource"`

	Path       string            `json:"path"`
	RawPath    string            `json:"rawPath"`
	PathParams map[string]string `json:"pathParameters"`

	RawQuery   string              `json:"rawQueryString"`
	Query      map[string]string   `json:"queryStringParameters"`
	MultiQuery map[string][]string `json:"multiValueQueryStringParameters"`

	Headers      json.RawMessage `json:"headers"` // see readHeaders
	MultiHeaders json.RawMessage `json:"multiValueHeaders"`
	Cookies      []string        `json:"cookies"`

	Body     string `json:"body"`
	IsBase64 bool   `json:"isBase64Encoded"`

	Context struct {
		Stage        string `json:"stage"`
		Path         string `json:"path"`
		DomainName   string `json:"domainName"`
		ConnectionID string `json:"connectionId"`
		Identity     struct {
			SourceIP string `json:"sourceIp"`
		} `json:"identity"`
		HTTP struct {
			Method   string `json:"method"`
			SourceIP string `json:"sourceIp"`
		} `json:"http"`
		ELB *struct{} `json:"elb"`
	} `json:"requestContext"`

	// AppSync sends them in newer events.
	RequestHeaders json.RawMessage `json:"requestHeaders"`
}

// read reads an event and tells what it is. JSON whose members have other
// types than those of gateways is from somebody else.
func read(payload []byte) (*event, Kind) {
	e := new(event)
	if json.Unmarshal(e.takeHeaders(payload), e) != nil {
		return e, other
	}
	return e, e.kind()
}

// kind tells the events apart. The order matters: authorizers and load
// balancers have what requests have too. "version" alone says nothing, the
// events of schedules have one.
func (e *event) kind() Kind {
	c := &e.Context
	switch {
	case e.Type == "TOKEN" && e.MethodARN != "":
		return restTokenAuthorizer
	case e.Type == "REQUEST" && e.Version == "2.0" && e.RouteARN != "":
		return http2Authorizer
	case e.Type == "REQUEST" && e.Version == "1.0":
		return http1Authorizer
	case e.Type == "REQUEST" && e.MethodARN != "":
		return restRequestAuthorizer
	case c.ConnectionID != "":
		return webSocket
	case c.ELB != nil && e.HTTPMethod != "" && len(e.MultiHeaders) > 0 && e.MultiHeaders[0] == '{':
		return ALBMulti
	case c.ELB != nil && e.HTTPMethod != "":
		return ALB
	case e.Version == "2.0" && c.HTTP.Method != "" && strings.Contains(c.DomainName, ".lambda-url."):
		return FunctionURL
	case e.Version == "2.0" && c.HTTP.Method != "":
		return HTTP2
	case e.HTTPMethod != "" && e.Version == "1.0":
		return HTTP1
	case e.HTTPMethod != "" && e.Resource != "":
		return REST
	case e.Token != "" && e.Type == "":
		return appSyncAuthorizer
	}
	return other
}
