// Package command is the instrument that runs programs and keeps what they
// print. Every run has a deadline and leaves no child behind. It does not know
// what a program should print.
package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"listo/internal/engine/shell"
	"listo/internal/lab"
)

// DefaultTimeout bounds a run that sets none.
const DefaultTimeout = 60 * time.Second

// MaxOutput is the most that is kept of each output stream, in bytes.
const MaxOutput = 16 << 20

// waitDelay is how long a program that has ended may leave its output open.
const waitDelay = 2 * time.Second

// Command is one program to run. Either Args (a program and its arguments) or
// Line (given to sh -c) is set.
type Command struct {
	Args    []string
	Line    string
	Dir     string
	Env     map[string]string // beside a minimal PATH, HOME and locale
	Timeout time.Duration
	// Quiet keeps the output out of the evidence (it may be large or secret);
	// the step and its exit code stay.
	Quiet bool
}

// Result is how the run ended.
type Result struct {
	Exit   int
	Stdout []byte
	Stderr []byte
	// StdoutCut and StderrCut count the bytes that came after MaxOutput and were
	// not kept.
	StdoutCut, StderrCut int64
}

// Run runs the command and records it as a step. err is set when it could not
// be run to its end; a non-zero exit is no error.
func Run(ctx context.Context, r *lab.Recorder, c Command) (Result, error) {
	touch := r.Touch("command", c.replay())
	result, err := c.run(ctx)
	if !c.Quiet {
		capture(touch, "stdout", result.Stdout, result.StdoutCut)
		capture(touch, "stderr", result.Stderr, result.StderrCut)
	}
	touch.End(result.Exit, err)
	return result, err
}

func capture(t *lab.Touch, name string, b []byte, cut int64) {
	switch {
	case cut > 0:
		t.CaptureCut(name, "text/plain", b, cut, true)
	case len(b) > 0:
		t.Capture(name, "text/plain", b, true)
	}
}

func (c Command) replay() string {
	if c.Line != "" {
		return c.Line
	}
	return shell.Join(c.Args...)
}

func (c Command) run(ctx context.Context) (Result, error) {
	timeout := c.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	args := c.Args
	if c.Line != "" {
		args = []string{"sh", "-c", c.Line}
	}
	if err := c.folder(); err != nil {
		return Result{Exit: -1}, err
	}
	cmd := c.command(ctx, args)
	var stdout, stderr bounded
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	killGroup(cmd)
	result := Result{-1, stdout.kept, stderr.kept, stdout.cut, stderr.cut}
	if cmd.ProcessState != nil {
		result.Exit = cmd.ProcessState.ExitCode()
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() == context.DeadlineExceeded:
		return result, fmt.Errorf("command: %s: not ended within %v", c.replay(), timeout)
	case ctx.Err() != nil:
		return result, ctx.Err()
	case errors.As(err, &exit), errors.Is(err, exec.ErrWaitDelay): // the latter: a child it left behind held its output
		return result, nil
	case err != nil:
		return result, fmt.Errorf("command: %s: %w", args[0], err)
	}
	return result, nil
}

// command prepares a program in a process group of its own, which ends as a
// whole when ctx does.
func (c Command) command(ctx context.Context, args []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir, cmd.Env = c.Dir, Environ(c.Env)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = waitDelay
	return cmd
}

// folder makes sure of the working folder: a start that fails for lack of it
// blames the program.
func (c Command) folder() error {
	if c.Dir == "" {
		return nil
	}
	if _, err := os.Stat(c.Dir); err != nil {
		return fmt.Errorf("command: its working folder: %w", err)
	}
	return nil
}

// killGroup ends what a program that has ended left of its group.
func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // mostly there is nobody left
	}
}

// Environ gives the environment of a child: what programs need to run at all,
// and env. Nothing of listo's own environment leaks in beside that.
func Environ(env map[string]string) []string {
	var all []string
	for _, name := range []string{"PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER",
		"GOPATH", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS", "GOTOOLCHAIN", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "DOCKER_HOST",
		// Whom the machine trusts: without them a package client retries for minutes.
		"SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS"} {
		if _, own := env[name]; own {
			continue
		}
		if v, ok := os.LookupEnv(name); ok {
			all = append(all, name+"="+v)
		}
	}
	for name, value := range env {
		all = append(all, name+"="+value)
	}
	return all
}

// bounded keeps the first MaxOutput bytes and counts the others. It is no
// bytes.Buffer: io.Copy would use that one's ReadFrom, which has no bound.
type bounded struct {
	kept []byte
	cut  int64
}

// Write takes everything and keeps what there is room for.
func (b *bounded) Write(p []byte) (int, error) {
	room := min(MaxOutput-len(b.kept), len(p))
	b.kept = append(b.kept, p[:room]...)
	b.cut += int64(len(p) - room)
	return len(p), nil
}

// FirstLine gives the first line of an output, for a sentence.
func FirstLine(b []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(b)), "\n")
	return line
}
