package lambdalocal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// RuntimeConfig is a function and what it runs with.
type RuntimeConfig struct {
	// Code is the zip that would be uploaded, or a folder with what is in it.
	Code string
	// Layers are zips or folders, the later ones over the earlier. They are
	// unpacked beside the code, and what is in extensions/ is started.
	Layers []string
	// Command runs the code, from its folder; default ./bootstrap. "{code}" in
	// it is the folder.
	Command []string
	// Env are the variables of the processes, beside those of Lambda.
	Env []string
	// Timeout of an invocation; default 10 seconds.
	Timeout time.Duration
	// MemoryMB is what the function is told that it has; default 512.
	MemoryMB int
	// Freeze stops all processes between invocations, as Lambda does.
	Freeze bool
	// Output takes what the processes print; default nowhere.
	Output io.Writer
}

// Runtime runs a function: one invocation after the other, in an environment
// that is thrown away after a crash or a timeout.
type Runtime struct {
	cfg    RuntimeConfig
	folder string // of everything that was unpacked
	code   string
	opt    string

	mu  sync.Mutex // held by an invocation
	env *environment
}

// The ways in which a function fails, beside [ErrTimeout].
var (
	ErrExited = errors.New("the function has ended instead of answering")
	ErrInit   = errors.New("the function did not come up")
)

// FunctionError is what a function reported instead of an answer, as JSON.
type FunctionError struct{ Payload []byte }

func (e *FunctionError) Error() string { return "the function failed: " + string(e.Payload) }

// maxPayload is the largest event and the largest answer, in bytes.
const maxPayload = 6<<20 + 100

const (
	initTimeout     = 10 * time.Second
	shutdownTimeout = 2 * time.Second
)

// NewRuntime unpacks a function. Nothing runs before it is needed. Close it.
func NewRuntime(cfg RuntimeConfig) (*Runtime, error) {
	if cfg.Timeout <= 0 {
		cfg.Timeout = 10 * time.Second
	}
	if cfg.MemoryMB <= 0 {
		cfg.MemoryMB = 512
	}
	if cfg.Output == nil {
		cfg.Output = io.Discard
	}
	if len(cfg.Command) == 0 {
		cfg.Command = []string{"{code}/bootstrap"}
	}
	folder, err := os.MkdirTemp("", "postern-lambda-")
	if err != nil {
		return nil, err
	}
	r := &Runtime{cfg: cfg, folder: folder, code: filepath.Join(folder, "task"), opt: filepath.Join(folder, "opt")}
	if err := r.unpack(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Runtime) unpack() (err error) {
	if r.code, err = lay(r.cfg.Code, r.code); err != nil {
		return fmt.Errorf("the function %s: %w", r.cfg.Code, err)
	}
	if err := os.MkdirAll(r.opt, 0o700); err != nil {
		return err
	}
	for _, layer := range r.cfg.Layers {
		if err := unpack(layer, r.opt); err != nil {
			return fmt.Errorf("the layer %s: %w", layer, err)
		}
	}
	return nil
}

// Start brings the function up, if it is not, and returns how long that took.
func (r *Runtime) Start(ctx context.Context) (time.Duration, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.start(ctx)
}

func (r *Runtime) start(ctx context.Context) (time.Duration, error) {
	if r.env != nil && r.env.alive() {
		return 0, nil
	}
	r.discard()
	began := time.Now()
	env, err := startEnvironment(ctx, r)
	if err != nil {
		return 0, err
	}
	r.env = env
	return time.Since(began), nil
}

// Invoke has the function serve one event.
func (r *Runtime) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	if len(event) > maxPayload {
		return nil, ErrTooLarge
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.start(ctx); err != nil {
		return nil, err
	}
	r.env.thaw()
	answer, err := r.env.invoke(ctx, event, time.Now().Add(r.cfg.Timeout))
	if errors.Is(err, ErrTimeout) || errors.Is(err, ErrExited) {
		r.discard()
	} else if r.cfg.Freeze {
		r.env.freeze()
	}
	return answer, err
}

// Freeze stops all processes until the next invocation.
func (r *Runtime) Freeze() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.env != nil {
		r.env.freeze()
	}
}

// Processes returns the ids of the processes that run.
func (r *Runtime) Processes() (ids []int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.env != nil {
		for _, p := range r.env.processes {
			ids = append(ids, p.cmd.Process.Pid)
		}
	}
	return ids
}

// Restart throws the environment away: the next invocation is a cold start.
func (r *Runtime) Restart() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.discard()
}

func (r *Runtime) discard() {
	if r.env != nil {
		r.env.shutdown()
		r.env = nil
	}
}

// Close ends everything.
func (r *Runtime) Close() error {
	r.Restart()
	return os.RemoveAll(r.folder)
}
