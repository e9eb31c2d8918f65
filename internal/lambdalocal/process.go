package lambdalocal

import (
	"io"
	"os/exec"
	"time"
)

// process is one that belongs to an environment.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{}
}

// startProcess starts a process in a group of its own, so that all that it
// starts ends with it.
func startProcess(command []string, folder string, env []string, output io.Writer) (*process, error) {
	cmd := exec.Command(command[0], command[1:]...) //nolint:noctx // it outlives the request that started it
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = folder, env, output, output
	cmd.WaitDelay = time.Second
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd, make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

func (p *process) alive() bool {
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}

// end waits until the process has ended, and kills it when it does not in
// time.
func (p *process) end(by time.Time) {
	select {
	case <-p.exited:
	case <-time.After(time.Until(by)):
	}
	p.signal(kill)
	<-p.exited
}
