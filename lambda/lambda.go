package lambda

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	awslambda "github.com/aws/aws-lambda-go/lambda"
)

// Config changes how events are served. Its zero value is right for most.
type Config struct {
	// BasePaths are mappings of custom domains, "/api", that are to be taken
	// off the paths of requests and that the events do not show otherwise.
	BasePaths []string
	// TokenHeader is the header that carries the session's token, as
	// "Bearer …", where Authorization is taken by AWS: a function URL with IAM
	// or behind CloudFront with origin access control. Default: none.
	TokenHeader string
	// MaxAnswer is the largest answer in bytes of JSON; default, and at most,
	// 6 MiB. Load balancers get 1 MiB at most. A larger one becomes a 500.
	MaxAnswer int
	// Event answers events that are no HTTP requests: warm-ups, schedules,
	// tests from the console. What it returns is written as JSON. The default
	// answers {"ok":true} and does nothing.
	Event func(ctx context.Context, event json.RawMessage) (any, error)
	// Authorizer answers the events of authorizers; see [Authorizer]. Without
	// it they fail.
	Authorizer *Authorizer
	// Close is called once before the process ends, by SIGTERM: close the
	// core there. It has about 300 ms.
	Close func() error
	// Log takes what goes wrong; default slog.Default().
	Log *slog.Logger
}

// Start serves events with h and does not return. It has to be called in a
// Lambda function; on a laptop `postern lambda local` makes one.
func Start(h http.Handler) { Config{}.Start(h) }

// Handler returns the function that serves events with h, for those who start
// it themselves.
func Handler(h http.Handler) *Function { return Config{}.Handler(h) }

// Start serves events with h and does not return.
func (c Config) Start(h http.Handler) {
	f := c.Handler(h)
	awslambda.StartWithOptions(f, awslambda.WithEnableSIGTERM(func() {
		f.drain()
		os.Exit(0)
	}))
}

// Handler returns the function that serves events with h.
func (c Config) Handler(h http.Handler) *Function {
	f := &Function{cfg: c, handler: h, log: cmp.Or(c.Log, slog.Default())}
	if c.MaxAnswer <= 0 || c.MaxAnswer > maxAnswer {
		f.cfg.MaxAnswer = maxAnswer
	}
	f.cfg.BasePaths = nil
	for _, path := range c.BasePaths {
		f.cfg.BasePaths = append(f.cfg.BasePaths, "/"+strings.Trim(path, "/"))
	}
	return f
}

// Function is an http.Handler as a Lambda function. It is safe for concurrent
// use, and keeps nothing from one invocation for the next.
type Function struct {
	cfg     Config
	handler http.Handler
	log     *slog.Logger
	running sync.RWMutex // held by invocations, and by the end of the process
	ended   sync.Once
}

// Invoke serves one event.
func (f *Function) Invoke(ctx context.Context, payload []byte) (out []byte, err error) {
	f.running.RLock()
	defer f.running.RUnlock()
	ctx, cancel := beforeDeadline(ctx)
	defer cancel()
	e, kind := read(payload)
	switch kind {
	case REST, HTTP1, HTTP2, FunctionURL, ALB, ALBMulti:
		return f.serve(ctx, e, kind, payload)
	case webSocket:
		return nil, fmt.Errorf("lambda: this is an event of a WebSocket API; only HTTP APIs are served")
	}
	defer f.recovered(ctx, &err)
	if kind != other {
		return f.authorize(ctx, e, kind)
	}
	return f.event(ctx, payload)
}

// deadlineMargin is what is left of an invocation for the answer that it took
// too long.
const deadlineMargin = 200 * time.Millisecond

// beforeDeadline ends a little before Lambda would end the process.
func beforeDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	at, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, at.Add(-min(deadlineMargin, time.Until(at)/10)))
}

// serve serves an event that is an HTTP request.
func (f *Function) serve(ctx context.Context, e *event, kind Kind, payload []byte) ([]byte, error) {
	a := newAnswer()
	r, prefix, err := e.request(ctx, kind, f.cfg.BasePaths)
	if err != nil {
		a.fail(http.StatusBadRequest, err.Error())
	} else {
		f.adapt(r, kind)
		r = r.WithContext(context.WithValue(ctx, contextKey{}, Event{kind, prefix, payload}))
		f.call(a, r)
	}
	a.finish(e.method())
	if kind == ALB && r != nil {
		a.dropVainClearings(r)
	}
	out, err := a.encode(kind, f.cfg.MaxAnswer)
	if err == nil {
		return out, nil
	}
	f.log.ErrorContext(ctx, "an answer cannot be sent", "path", e.Path+e.RawPath, "err", err)
	a.fail(http.StatusInternalServerError, "The answer cannot be sent; the log says why")
	a.finish(e.method())
	return a.encode(kind, maxAnswer)
}

// adapt changes what the gateway cannot do: a REST API without binary media
// types returns what is compressed as base64, and by IAM the Authorization
// header is not the caller's.
func (f *Function) adapt(r *http.Request, kind Kind) {
	if kind == REST {
		r.Header.Del("Accept-Encoding")
	}
	if f.cfg.TokenHeader == "" {
		return
	}
	scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if token := r.Header.Get(f.cfg.TokenHeader); token != "" && !strings.EqualFold(scheme, "Bearer") {
		r.Header.Set("Authorization", token)
	}
}

// call runs the handler. A panic is a 500 and not the end of the process,
// which the next visitor would pay with a cold start.
func (f *Function) call(a *answer, r *http.Request) {
	defer func() {
		if v := recover(); v != nil {
			if v != http.ErrAbortHandler { //nolint:errorlint // it is what a handler panics with
				f.log.ErrorContext(r.Context(), "a handler panicked", "path", r.URL.Path, "panic", v, "stack", string(debug.Stack()))
			}
			a.fail(http.StatusInternalServerError, "Internal Error")
		}
	}()
	f.handler.ServeHTTP(a, r)
}

// event serves an event that is no HTTP request.
func (f *Function) event(ctx context.Context, payload []byte) ([]byte, error) {
	if f.cfg.Event == nil {
		return []byte(`{"ok":true}`), nil
	}
	out, err := f.cfg.Event(ctx, payload)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

// recovered makes an error of a panic.
func (f *Function) recovered(ctx context.Context, err *error) {
	if v := recover(); v != nil {
		f.log.ErrorContext(ctx, "an event panicked", "panic", v, "stack", string(debug.Stack()))
		*err = fmt.Errorf("lambda: panic: %v", v)
	}
}

// drainTime is how long a running invocation may take when the process is to
// end, in which Lambda kills it soon.
const drainTime = 100 * time.Millisecond

// drain lets a running invocation finish, and closes what has to be closed.
func (f *Function) drain() {
	done := make(chan struct{})
	go func() {
		f.running.Lock()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(drainTime):
	}
	f.ended.Do(func() {
		if f.cfg.Close == nil {
			return
		}
		if err := f.cfg.Close(); err != nil {
			f.log.Error("closing failed", "err", err)
		}
	})
}

// Event is the event that a request came in.
type Event struct {
	Kind Kind
	// Prefix is what the gateway had in front of the path, "/dev", or "".
	Prefix string
	// JSON is the whole event. It may be read until the request is answered.
	JSON json.RawMessage
}

type contextKey struct{}

// FromContext returns the event of a request, and whether it came in one.
func FromContext(ctx context.Context) (Event, bool) {
	e, ok := ctx.Value(contextKey{}).(Event)
	return e, ok
}
