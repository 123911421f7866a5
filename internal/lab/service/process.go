package service

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"listo/internal/lab/command"
)

// MaxLog is the most that is read of a service's log, in bytes: its tail.
const MaxLog = 8 << 20

// process is the patient as a child of listo.
type process struct {
	cmd  *exec.Cmd
	log  string // file
	gone chan struct{}
	err  error // how it ended; read after gone is closed
	stop string
	dir  string
	env  map[string]string
	// clean takes secrets out of a text that goes into an error.
	clean func(string) string
}

// start runs the command line in a process group of its own, its output going
// to a file, marked so that it can be found again.
func start(line, dir, logFile string, env map[string]string, clean func(string) string) (*process, error) {
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("service: its log: %w", err)
	}
	defer log.Close()
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir, cmd.Env = dir, command.Environ(env)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p := &process{cmd: cmd, log: logFile, gone: make(chan struct{}), dir: dir, env: env, clean: clean}
	begun := make(chan error)
	go func() {
		// The parent's death signal belongs to the thread that forked: keep it alive
		// as long as the child.
		runtime.LockOSThread()
		if err := cmd.Start(); err != nil {
			begun <- fmt.Errorf("service: %s: %w", line, err)
			return
		}
		begun <- nil
		p.err = cmd.Wait()
		close(p.gone)
	}()
	if err := <-begun; err != nil {
		return nil, err
	}
	return p, nil
}

// awaitReady asks the ready URL until it answers 200. The service must still be
// there then: else it is somebody else who answers at its port.
func (p *process) awaitReady(ctx context.Context, url string, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var last error
	for {
		answer := answers(ctx, url)
		if last == nil || ctx.Err() == nil {
			last = answer // an answer that the deadline cut off says nothing
		}
		select {
		case <-p.gone:
			return fmt.Errorf("service: it ended before it was ready (%v): its log ends with: %s", p.err, p.lastLine())
		default:
		}
		if answer == nil {
			return nil
		}
		select {
		case <-p.gone:
		case <-ctx.Done():
			return fmt.Errorf("service: not ready within %v: %s: %w: its log ends with: %s", within, url, last, p.lastLine())
		case <-time.After(25 * time.Millisecond):
		}
	}
}

// readyStatus is what a ready path answers when the service is ready.
const readyStatus = http.StatusOK

// answers tells whether the service is ready.
func answers(ctx context.Context, url string) error {
	status, err := statusOf(ctx, url)
	if err == nil && status != readyStatus {
		return fmt.Errorf("it answered %d", status)
	}
	return err
}

// statusOf asks once, follows no redirect and reads no body.
func statusOf(ctx context.Context, url string) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	resp, err := (&http.Transport{DisableKeepAlives: true, Proxy: nil}).RoundTrip(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	return resp.StatusCode, nil
}

// ended tells whether the service is gone, and how it ended.
func (p *process) ended() (how string, ended bool) {
	select {
	case <-p.gone:
		return p.cmd.ProcessState.String(), true
	default:
		return "", false
	}
}

// ending is how a service ended.
type ending int

const (
	stopped ending = iota // by itself, when it was asked to
	killed                // it was asked and did not
	gone                  // before it was asked
)

// end stops the service: by its stop command or SIGTERM, then SIGKILL.
func (p *process) end(within time.Duration) ending {
	group := -p.cmd.Process.Pid
	defer func() { _ = syscall.Kill(group, syscall.SIGKILL) }() // whatever is left of the group
	select {
	case <-p.gone:
		return gone
	default:
	}
	if p.stop != "" {
		defer p.runStop()()
	} else {
		_ = syscall.Kill(group, syscall.SIGTERM)
	}
	select {
	case <-p.gone:
		return stopped
	case <-time.After(within):
		_ = syscall.Kill(group, syscall.SIGKILL)
		<-p.gone
		return killed
	}
}

// runStop starts the stop command; the function it gives ends what is left of it.
func (p *process) runStop() func() {
	stop := exec.Command("sh", "-c", p.stop)
	stop.Dir, stop.Env = p.dir, command.Environ(p.env)
	stop.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if stop.Start() != nil {
		return func() {} // the service is killed then
	}
	return func() {
		_ = syscall.Kill(-stop.Process.Pid, syscall.SIGKILL)
		_ = stop.Wait() // how it ended is seen at the service
	}
}

// tail reads the end of the service's log, from the beginning of a line: what a
// cut left of a secret could not be told from other text.
func (p *process) tail() ([]byte, error) {
	f, err := os.Open(p.log)
	if err != nil {
		return nil, fmt.Errorf("service: its log: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("service: its log: %w", err)
	}
	from := max(0, info.Size()-MaxLog)
	b, err := io.ReadAll(io.NewSectionReader(f, from, MaxLog))
	if from > 0 {
		_, b, _ = bytes.Cut(b, []byte("\n"))
	}
	return b, err
}

// lastLine gives the end of the log for a sentence, free of secrets before it is
// shortened.
func (p *process) lastLine() string {
	b, _ := p.tail()
	text := strings.TrimSpace(p.clean(string(b)))
	last := []rune(text[strings.LastIndexByte(text, '\n')+1:])
	if len(last) == 0 {
		return "(nothing)"
	}
	return string(last[:min(len(last), 400)])
}

// realEnvironment reads what a running process was really handed. The shell
// that ran the command line may have a child that is the service; the group
// leader's own environment is what listo gave.
func realEnvironment(pid int) map[string]string {
	raw, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(pid), "environ"))
	if err != nil {
		return nil
	}
	env := map[string]string{}
	for _, pair := range strings.Split(strings.TrimRight(string(raw), "\x00"), "\x00") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			env[name] = value
		}
	}
	return env
}
