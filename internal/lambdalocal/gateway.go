package lambdalocal

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// Shape is a kind of gateway.
type Shape string

// The shapes of gateways.
const (
	REST        Shape = "rest"
	HTTP        Shape = "http"  // HTTP API, payload format 2.0
	HTTP1       Shape = "http1" // HTTP API, payload format 1.0
	FunctionURL Shape = "url"
	ALB         Shape = "alb"       // a load balancer that knows one value a header
	ALBMulti    Shape = "alb-multi" // with lambda.multi_value_headers.enabled
)

// Shapes are all shapes.
func Shapes() []Shape { return []Shape{REST, HTTP, HTTP1, FunctionURL, ALB, ALBMulti} }

// hasStages reports whether a gateway of this shape has stages.
func (s Shape) hasStages() bool { return s == REST || s == HTTP || s == HTTP1 }

// Function serves an event.
type Function interface {
	Invoke(ctx context.Context, event []byte) ([]byte, error)
}

// The ways in which an invocation fails that gateways tell apart.
var (
	ErrTimeout  = errors.New("the function did not answer in time")
	ErrTooLarge = errors.New("the payload is larger than 6 MB")
)

// Gateway is an API Gateway, a function URL or a load balancer in front of a
// function.
type Gateway struct {
	Shape Shape
	// Stage of an API: "dev"; default "$default" for HTTP APIs, and "prod".
	Stage string
	// Mapping is the base path of a custom domain, "/api", which hides the
	// stage; "/" is a custom domain without one. Empty: the gateway's own
	// domain, whose paths begin with the stage.
	Mapping string
	// MappingWithoutStage is a mapping of a REST API to all its stages: the
	// stage is in the path.
	MappingWithoutStage bool
	// CORS is the gateway's own, of an HTTP API or a function URL. Nil leaves
	// it to the function.
	CORS *CORS

	Function Function
	Log      *slog.Logger // default none
}

// The largest bodies of requests, in bytes.
const (
	maxAPIBody = 10 << 20
	maxURLBody = 6 << 20
	maxALBBody = 1 << 20
)

func (g *Gateway) maxBody() int64 {
	switch g.Shape {
	case FunctionURL:
		return maxURLBody
	case ALB, ALBMulti:
		return maxALBBody
	}
	return maxAPIBody
}

func (g *Gateway) stage() string {
	switch {
	case !g.Shape.hasStages():
		return "$default"
	case g.Stage != "":
		return g.Stage
	case g.Shape == REST:
		return "prod"
	}
	return "$default"
}

// Path is what the gateway has in front of the paths of the app: "/dev", or "".
func (g *Gateway) Path() string {
	path := strings.TrimSuffix(g.Mapping, "/")
	if stage := g.stage(); stage != "$default" && (g.Mapping == "" || g.MappingWithoutStage) {
		path += "/" + stage
	}
	return path
}

// ServeHTTP sends a request through the function.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.CORS != nil && g.CORS.preflight(w, r) {
		return
	}
	place, ok := g.place(r.URL.EscapedPath())
	if !ok {
		g.refuse(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, g.maxBody()))
	if err != nil {
		g.tooLarge(w)
		return
	}
	event, err := json.Marshal(g.event(r, place, body))
	if err != nil {
		g.broken(w, err)
		return
	}
	out, err := g.Function.Invoke(r.Context(), event)
	switch {
	case errors.Is(err, ErrTooLarge):
		g.tooLarge(w)
	case errors.Is(err, ErrTimeout):
		g.log(err)
		g.message(w, http.StatusGatewayTimeout, "Endpoint request timed out")
	case err != nil:
		g.broken(w, err)
	default:
		g.respond(w, r, out)
	}
}

// place is where a request goes, in escaped form.
type place struct {
	event   string // the path in the event
	context string // the path in its context
	inner   string // the path that the routes of the API match
}

// place reads a path by the rules of the shape. It is false for a path that
// leads to no stage.
func (g *Gateway) place(path string) (p place, ok bool) {
	if !g.Shape.hasStages() {
		return place{path, path, path}, true
	}
	if g.Mapping != "" {
		return g.placeByMapping(path)
	}
	inner := path
	if g.stage() != "$default" {
		if inner, ok = below(path, "/"+g.stage()); !ok {
			return p, false
		}
	}
	if g.Shape == REST {
		return place{inner, path, inner}, true
	}
	return place{path, path, inner}, true // an HTTP API keeps the stage
}

func (g *Gateway) placeByMapping(path string) (p place, ok bool) {
	inner, ok := below(path, strings.TrimSuffix(g.Mapping, "/"))
	if !ok {
		return p, false
	}
	if g.MappingWithoutStage {
		if inner, ok = below(inner, "/"+g.stage()); !ok {
			return p, false
		}
	}
	if g.Shape == REST {
		return place{path, path, inner}, true
	}
	if g.stage() == "$default" {
		return place{inner, inner, inner}, true
	}
	staged := "/" + g.stage() + inner // the mapping is nowhere
	return place{staged, staged, inner}, true
}

// below takes a prefix of whole segments away.
func below(path, prefix string) (string, bool) {
	rest, ok := strings.CutPrefix(path, prefix)
	if !ok || rest != "" && rest[0] != '/' {
		return "", false
	}
	if rest == "" {
		rest = "/"
	}
	return rest, true
}

func (g *Gateway) refuse(w http.ResponseWriter, _ *http.Request) {
	if g.Shape == REST {
		g.message(w, http.StatusForbidden, "Forbidden")
		return
	}
	g.message(w, http.StatusNotFound, "Not Found")
}

func (g *Gateway) tooLarge(w http.ResponseWriter) {
	text := "Request Entity Too Large"
	if g.Shape == REST {
		text = "Request Too Long"
	}
	g.message(w, http.StatusRequestEntityTooLarge, text)
}

// broken answers for a function that failed, or whose answer makes no sense.
func (g *Gateway) broken(w http.ResponseWriter, err error) {
	g.log(err)
	if g.Shape == HTTP || g.Shape == HTTP1 {
		g.message(w, http.StatusInternalServerError, "Internal Server Error")
		return
	}
	g.message(w, http.StatusBadGateway, "Internal server error")
}

func (g *Gateway) log(err error) {
	if g.Log != nil {
		g.Log.Warn("the function failed", "err", err)
	}
}

func (g *Gateway) message(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(struct {
		Message string `json:"message"`
	}{text})
}

// requestTime is how gateways write the time.
const requestTime = "02/Jan/2006:15:04:05 -0700"

func now() time.Time { return time.Now().UTC() }
