package lambda

import (
	"net/url"
	"strings"
)

// A path has two parts: what belongs to the gateway, a stage or the mapping of
// a custom domain, and what routes match on. Which gateway leaves which of
// them in the event is the table in docs/lambda.md.

// split returns the two parts, as they are written in the event.
func (e *event) split(kind Kind, basePaths []string) (prefix, path string) {
	path = e.Path
	if kind == HTTP2 || kind == FunctionURL || kind == http2Authorizer {
		path = e.RawPath
	}
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	switch kind {
	case REST, restRequestAuthorizer:
		prefix, path = e.splitREST(path)
	case HTTP1, HTTP2, http1Authorizer, http2Authorizer:
		prefix, path = e.splitStage(path)
	}
	for _, base := range basePaths {
		if rest, ok := cut(path, base); ok {
			return prefix + base, rest
		}
	}
	return prefix, path
}

// splitREST takes the path that the matched resource stands for: what is
// before it is mapping, stage or both. By the gateway's own domain the path is
// without the stage, which the context then has.
func (e *event) splitREST(path string) (prefix, rest string) {
	inner, ok := e.matched()
	if inner == "/" { // "/api" and "/api/" are both the root behind a mapping
		path = strings.TrimSuffix(path, "/") + "/"
	}
	if before, ends := strings.CutSuffix(path, inner); ok && ends && before != "" {
		return before, inner
	}
	if before, ok := strings.CutSuffix(e.Context.Path, path); ok && strings.HasPrefix(before, "/") {
		return before, path
	}
	return "", path
}

// splitStage takes a named stage away, which an HTTP API leaves in the path:
// once, as a whole segment, and not when the route says that the first segment
// is the route's own.
func (e *event) splitStage(path string) (prefix, rest string) {
	if e.Context.Stage == "" || e.Context.Stage == "$default" {
		return "", path
	}
	stage := "/" + e.Context.Stage
	rest, ok := cut(path, stage)
	if !ok || e.routes(path) && !e.routes(rest) {
		return "", path
	}
	return stage, rest
}

// matched rebuilds the path from the resource and its parameters, if they are
// all there.
func (e *event) matched() (path string, ok bool) {
	segments := strings.Split(e.Resource, "/")
	for i, s := range segments {
		if name, variable := parameter(s); variable {
			if segments[i] = e.PathParams[name]; segments[i] == "" {
				return "", false
			}
		}
	}
	return strings.Join(segments, "/"), strings.HasPrefix(e.Resource, "/")
}

// routes reports whether the route of an HTTP API, "ANY /auth/{proxy+}", has a
// path. The default route has none of its own.
func (e *event) routes(path string) bool {
	route := e.Resource
	if route == "" {
		_, route, _ = strings.Cut(e.RouteKey, " ")
	}
	have, want := strings.Split(path, "/"), strings.Split(route, "/")
	for i, s := range want {
		if strings.HasSuffix(s, "+}") {
			return true
		}
		if _, variable := parameter(s); i >= len(have) || !variable && s != have[i] {
			return false
		}
	}
	return len(have) == len(want)
}

// parameter returns the name in "{proxy+}" or "{id}".
func parameter(segment string) (name string, ok bool) {
	if len(segment) < 3 || segment[0] != '{' || segment[len(segment)-1] != '}' {
		return "", false
	}
	return strings.TrimSuffix(segment[1:len(segment)-1], "+"), true
}

// cut takes a prefix away, at the boundary of a segment only.
func cut(path, prefix string) (string, bool) {
	rest, ok := strings.CutPrefix(path, prefix)
	switch {
	case !ok || prefix == "" || prefix == "/":
		return path, false
	case rest == "":
		return "/", true
	case rest[0] == '/':
		return rest, true
	}
	return path, false
}

// location builds a URL from its parts. It never parses a path: a "?" that a
// gateway has decoded would end it. A path that is escaped badly is taken as
// it stands.
func location(path string, escaped bool, query string) *url.URL {
	u := &url.URL{Path: path, RawQuery: query}
	if !escaped {
		return u
	}
	plain, err := url.PathUnescape(path)
	if err != nil {
		return u
	}
	if u.Path = plain; u.EscapedPath() != path {
		u.RawPath = path
	}
	return u
}
