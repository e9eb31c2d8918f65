package lambdalocal

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// environment is the runtime's process, the extensions' processes, and the API
// that they speak.
type environment struct {
	server *http.Server
	addr   string
	output io.Writer

	runtime   *process
	processes []*process // all of them

	queue  chan *invocation
	polled chan struct{} // one for each time the runtime asks for an event

	mu         sync.Mutex
	current    *invocation
	extensions map[string]*extension // by their identifiers
	failure    string                // what an init reported
	frozen     bool
}

// invocation is one event on its way.
type invocation struct {
	id       string
	event    []byte
	deadline time.Time
	done     chan outcome
}

type outcome struct {
	payload []byte
	failed  bool
}

// startEnvironment starts extensions and runtime, and waits until all of them
// ask for an event.
func startEnvironment(ctx context.Context, r *Runtime) (*environment, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	e := &environment{
		addr: l.Addr().String(), output: r.cfg.Output, queue: make(chan *invocation), polled: make(chan struct{}, 1),
		extensions: map[string]*extension{},
	}
	e.server = &http.Server{Handler: e.api(), ReadHeaderTimeout: time.Minute}
	go func() { _ = e.server.Serve(l) }()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), initTimeout)
	defer cancel()
	if err := e.boot(ctx, r); err != nil {
		e.shutdown()
		return nil, fmt.Errorf("%w: %w", ErrInit, err)
	}
	return e, nil
}

func (e *environment) boot(ctx context.Context, r *Runtime) error {
	env := e.variables(r)
	names, err := externalExtensions(r.opt)
	if err != nil {
		return err
	}
	for _, file := range names {
		p, err := startProcess([]string{file}, r.opt, env, e.output)
		if err != nil {
			return fmt.Errorf("extension %s: %w", filepath.Base(file), err)
		}
		e.processes = append(e.processes, p)
		if err := e.await(ctx, func() bool { return e.registered(filepath.Base(file)) }); err != nil {
			return fmt.Errorf("extension %s did not register: %w", filepath.Base(file), err)
		}
	}
	command := make([]string, len(r.cfg.Command))
	for i, word := range r.cfg.Command {
		command[i] = strings.ReplaceAll(word, "{code}", r.code)
	}
	if e.runtime, err = startProcess(command, r.code, env, e.output); err != nil {
		return err
	}
	e.processes = append(e.processes, e.runtime)
	select {
	case <-e.polled:
	case <-e.runtime.exited:
		return fmt.Errorf("it has ended%s", e.reported())
	case <-ctx.Done():
		return fmt.Errorf("it did not ask for an event within %s%s", initTimeout, e.reported())
	}
	return e.await(ctx, e.extensionsReady)
}

// await waits until something holds, while all processes live.
func (e *environment) await(ctx context.Context, holds func() bool) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !holds() {
		for _, p := range e.processes {
			if !p.alive() {
				return fmt.Errorf("%s has ended%s", filepath.Base(p.cmd.Path), e.reported())
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (e *environment) reported() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.failure == "" {
		return ""
	}
	return ": " + e.failure
}

// externalExtensions are the programs in the extensions folder of the layers.
func externalExtensions(opt string) (files []string, err error) {
	entries, err := os.ReadDir(filepath.Join(opt, "extensions"))
	if os.IsNotExist(err) {
		return nil, nil
	}
	for _, entry := range entries {
		if entry.Type().IsRegular() {
			files = append(files, filepath.Join(opt, "extensions", entry.Name()))
		}
	}
	return files, err
}

// variables are those that every process on Lambda has.
func (e *environment) variables(r *Runtime) []string {
	env := append([]string{}, r.cfg.Env...)
	for _, pair := range [][2]string{
		{"AWS_LAMBDA_RUNTIME_API", e.addr},
		{"AWS_LAMBDA_FUNCTION_NAME", "local"},
		{"AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"},
		{"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", strconv.Itoa(r.cfg.MemoryMB)},
		{"AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"},
		{"AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/local"},
		{"AWS_LAMBDA_LOG_STREAM_NAME", "local"},
		{"LAMBDA_TASK_ROOT", r.code},
		{"LAMBDA_RUNTIME_DIR", "/var/runtime"},
		{"TZ", ":UTC"},
	} {
		env = append(env, pair[0]+"="+pair[1])
	}
	return append(env, handlerVariable(r.cfg)...)
}

// handlerVariable is the last word of the command, "index.handler", which
// runtimes of other languages also read from the environment.
func handlerVariable(cfg RuntimeConfig) []string {
	return []string{"_HANDLER=" + filepath.Base(cfg.Command[len(cfg.Command)-1])}
}

func (e *environment) alive() bool { return e.runtime != nil && e.runtime.alive() }

// invoke hands an event to the runtime. It is over when the runtime asks for
// the next one, or has ended.
func (e *environment) invoke(ctx context.Context, event []byte, deadline time.Time) ([]byte, error) {
	in := &invocation{uuid.NewString(), event, deadline, make(chan outcome, 1)}
	timeout := time.NewTimer(time.Until(deadline))
	defer timeout.Stop()
	e.tellInvoke(in)
	select {
	case e.queue <- in:
	case <-e.runtime.exited:
		return nil, ErrExited
	case <-timeout.C:
		return nil, ErrTimeout
	}
	select {
	case out := <-in.done:
		return e.finish(out, timeout)
	case <-e.runtime.exited:
		select {
		case out := <-in.done:
			return e.finish(out, timeout)
		default:
			return nil, ErrExited
		}
	case <-timeout.C:
		return nil, ErrTimeout
	}
}

func (e *environment) finish(out outcome, timeout *time.Timer) ([]byte, error) {
	select {
	case <-e.polled:
	case <-e.runtime.exited:
	case <-timeout.C:
	}
	if out.failed {
		return nil, &FunctionError{out.payload}
	}
	return out.payload, nil
}

func (e *environment) freeze() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.frozen {
		for _, p := range e.processes {
			p.signal(stop)
		}
		e.frozen = true
	}
}

func (e *environment) thaw() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.frozen {
		for _, p := range e.processes {
			p.signal(proceed)
		}
		e.frozen = false
	}
}

// shutdown ends the environment: extensions are told, and if there are any,
// the runtime gets SIGTERM. What does not end in time is killed.
func (e *environment) shutdown() {
	e.thaw()
	by := time.Now()
	if e.tellShutdown() > 0 {
		by = by.Add(shutdownTimeout)
		if e.runtime != nil {
			e.runtime.signal(terminate)
		}
	}
	for _, p := range e.processes {
		p.end(by)
	}
	_ = e.server.Close()
}
