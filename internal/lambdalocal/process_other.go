//go:build !unix

package lambdalocal

import (
	"os/exec"
	"syscall"
)

// The signals that an environment gives. There is only the end here.
const (
	kill      = syscall.SIGKILL
	terminate = syscall.SIGTERM
	stop      = syscall.Signal(0)
	proceed   = syscall.Signal(0)
)

func ownGroup(*exec.Cmd) {}

func (p *process) signal(s syscall.Signal) {
	if s == kill {
		_ = p.cmd.Process.Kill()
	}
}
