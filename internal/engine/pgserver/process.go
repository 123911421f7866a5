package pgserver

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

const (
	// shutDownTimeout is how long a server may take over a fast shutdown.
	shutDownTimeout = 10 * time.Second

	// endTimeout is how long processes may take to die of one signal.
	endTimeout = 3 * time.Second
)

// process is a child that does not outlive us.
type process struct {
	command *exec.Cmd
	done    chan struct{}    // closed when it has exited
	state   *os.ProcessState // of the exit; read it after done
}

// launch starts a command that receives the signal when we die (where the
// system can do that; see dieWith).
//
// The signal is tied to the thread that forked, not to the program: see
// PR_SET_PDEATHSIG in prctl(2). Hence a goroutine that keeps a thread to itself
// until the child is gone.
func launch(command *exec.Cmd, onDeath syscall.Signal) (*process, error) {
	dieWith(command.SysProcAttr, onDeath)
	p := &process{command: command, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
		err := command.Start()
		started <- err
		if err != nil {
			return
		}
		_ = command.Wait() // the state says it all
		p.state = command.ProcessState
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// run executes a command to its end, or kills it when the context ends.
func run(ctx context.Context, command *exec.Cmd) error {
	p, err := launch(command, syscall.SIGKILL)
	if err != nil {
		return fmt.Errorf("run %s: %w", command.Path, err)
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		_ = command.Process.Kill() // it may have exited by itself
		<-p.done
		return fmt.Errorf("run %s: %w", command.Path, context.Cause(ctx))
	}
	if !p.state.Success() {
		return fmt.Errorf("run %s: %v", command.Path, p.state)
	}
	return nil
}

// shutDown asks for PostgreSQL's fast shutdown and waits. A server that does not
// obey is left to endProcessesIn.
func (p *process) shutDown() {
	_ = p.command.Process.Signal(syscall.SIGINT) // it may have exited by itself
	select {
	case <-p.done:
	case <-time.After(shutDownTimeout):
	}
}

// endProcessesIn ends the PostgreSQL processes that work in a directory: with
// SIGQUIT first, on which a server gives its shared memory back to the kernel,
// then with SIGKILL.
func endProcessesIn(dir string) error {
	for _, signal := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGKILL} {
		deadline := time.Now().Add(endTimeout)
		for signalled := false; ; {
			processes := processesIn(dir)
			if len(processes) == 0 {
				return nil
			}
			if time.Now().After(deadline) {
				break
			}
			for _, process := range processes {
				if !signalled {
					_ = process.Signal(signal) // it may be gone already
				}
				_ = process.Release()
			}
			// Once is enough: a second SIGQUIT would cut a shutdown short.
			// SIGKILL is repeated, for children born meanwhile.
			signalled = signal == syscall.SIGQUIT
			time.Sleep(5 * time.Millisecond)
		}
	}
	return fmt.Errorf("processes in %s do not end", dir)
}
