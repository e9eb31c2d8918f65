package main

import (
	"bufio"
	"bytes"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// process is the program, running.
type process struct {
	// URL is where it listens.
	URL string

	cmd    *exec.Cmd
	stderr bytes.Buffer // read it only when the process has ended
	exited chan error
	t      *testing.T
}

// start starts the program and waits until it says where it listens. It is
// killed when the test ends.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.CommandContext(t.Context(), binary, args...), exited: make(chan error, 1), t: t}
	// What `serve` hashes costs little: no test here is about that.
	p.cmd.Env = []string{"HOME=" + t.TempDir(), "ARGON2_ITERATIONS=1", "ARGON2_MEMORY_KB=64"}
	p.cmd.Stderr = &p.stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	first, err := bufio.NewReader(out).ReadString('\n')
	go func() { p.exited <- p.cmd.Wait() }()
	if err != nil {
		p.wait()
		t.Fatalf("postern %s ended without saying where it listens: %s", strings.Join(args, " "), &p.stderr)
	}
	p.URL = strings.TrimSpace(first)
	return p
}

// kill ends the process as a crash would: at once, nothing is finished.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	p.wait()
}

// stop asks the process to end.
func (p *process) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
}

// wait waits until the process has ended, and returns its exit code: -1 when
// it was killed.
func (p *process) wait() int {
	err := <-p.exited
	p.exited <- err
	return p.cmd.ProcessState.ExitCode()
}

// freePort returns a port on which nobody listens now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}
