//go:build unix

package lambdalocal

import (
	"os/exec"
	"syscall"
)

// The signals that an environment gives.
const (
	kill      = syscall.SIGKILL
	terminate = syscall.SIGTERM
	stop      = syscall.SIGSTOP
	proceed   = syscall.SIGCONT
)

func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// signal reaches the whole group. A group that is gone needs none.
func (p *process) signal(s syscall.Signal) { _ = syscall.Kill(-p.cmd.Process.Pid, s) }
