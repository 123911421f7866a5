// Package command is the instrument that runs programs and keeps what they
// print. Every run has a deadline and leaves no child behind. It does not know
// what a program should print.
package command

import (
	"bytes"
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
}

// Run runs the command and records it as a step. err is set when it could not
// be run to its end; a non-zero exit is no error.
func Run(ctx context.Context, r *lab.Recorder, c Command) (Result, error) {
	touch := r.Touch("command", c.replay())
	result, err := c.run(ctx)
	if !c.Quiet {
		captureSome(touch, "stdout", result.Stdout)
		captureSome(touch, "stderr", result.Stderr)
	}
	touch.End(result.Exit, err)
	return result, err
}

func captureSome(t *lab.Touch, name string, b []byte) {
	if len(b) > 0 {
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
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir, cmd.Env = c.Dir, Environ(c.Env)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 2 * time.Second
	var stdout, stderr bounded
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	result := Result{Exit: -1, Stdout: stdout.Bytes(), Stderr: stderr.Bytes()}
	if cmd.ProcessState != nil {
		result.Exit = cmd.ProcessState.ExitCode()
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() == context.DeadlineExceeded:
		return result, fmt.Errorf("command: %s: not ended within %v", c.replay(), timeout)
	case ctx.Err() != nil:
		return result, ctx.Err()
	case errors.As(err, &exit):
		return result, nil
	case err != nil:
		return result, fmt.Errorf("command: %s: %w", args[0], err)
	}
	return result, nil
}

// Environ gives the environment of a child: what programs need to run at all,
// and env. Nothing of listo's own environment leaks in beside that.
func Environ(env map[string]string) []string {
	var all []string
	for _, name := range []string{"PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER",
		"GOPATH", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS", "GOTOOLCHAIN", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "DOCKER_HOST"} {
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

// bounded keeps the first MaxOutput bytes and counts on.
type bounded struct {
	bytes.Buffer
	cut int
}

// Write takes everything and keeps what there is room for.
func (b *bounded) Write(p []byte) (int, error) {
	room := max(0, MaxOutput-b.Len())
	b.Buffer.Write(p[:min(room, len(p))])
	b.cut += max(0, len(p)-room)
	return len(p), nil
}

// Bytes gives what was kept, with a note of what was cut.
func (b *bounded) Bytes() []byte {
	if b.cut == 0 {
		return b.Buffer.Bytes()
	}
	return append(b.Buffer.Bytes(), fmt.Sprintf("\n… %d bytes cut …\n", b.cut)...)
}

// FirstLine gives the first line of an output, for a sentence.
func FirstLine(b []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(b)), "\n")
	return line
}
