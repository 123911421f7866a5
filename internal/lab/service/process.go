package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
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
}

// start runs the command line in a process group of its own, its output going
// to a file, marked so that it can be found again.
func start(line, dir, logFile string, env map[string]string) (*process, error) {
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("service: its log: %w", err)
	}
	defer log.Close()
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir, cmd.Env = dir, command.Environ(env)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p := &process{cmd: cmd, log: logFile, gone: make(chan struct{}), dir: dir, env: env}
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

// awaitReady asks the ready URL until it answers 200.
func (p *process) awaitReady(ctx context.Context, url string, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	client := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, Proxy: nil}}
	last := errors.New("it did not answer")
	for {
		if last = answers(ctx, client, url); last == nil {
			return nil
		}
		select {
		case <-p.gone:
			return fmt.Errorf("service: it ended before it was ready (%v): its log ends with: %s", p.err, p.lastLine())
		case <-ctx.Done():
			return fmt.Errorf("service: not ready within %v: %s: %w: its log ends with: %s", within, url, last, p.lastLine())
		case <-time.After(25 * time.Millisecond):
		}
	}
}

func answers(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("it answered %d", resp.StatusCode)
	}
	return nil
}

// end stops the service: by its stop command or SIGTERM, then SIGKILL. It tells
// whether the service went by itself.
func (p *process) end(within time.Duration) (gracefully bool) {
	group := -p.cmd.Process.Pid
	defer func() { _ = syscall.Kill(group, syscall.SIGKILL) }() // whatever is left of the group
	if p.stop != "" {
		stop := exec.Command("sh", "-c", p.stop)
		stop.Dir, stop.Env = p.dir, command.Environ(p.env)
		_ = stop.Start()
		go func() { _ = stop.Wait() }()
	} else {
		_ = syscall.Kill(group, syscall.SIGTERM)
	}
	select {
	case <-p.gone:
		return true
	case <-time.After(within):
		_ = syscall.Kill(group, syscall.SIGKILL)
		<-p.gone
		return false
	}
}

// tail reads the end of the service's log.
func (p *process) tail() ([]byte, error) {
	f, err := os.Open(p.log)
	if err != nil {
		return nil, fmt.Errorf("service: its log: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > MaxLog {
		if _, err := f.Seek(-MaxLog, io.SeekEnd); err != nil {
			return nil, err
		}
	}
	return io.ReadAll(io.LimitReader(f, MaxLog))
}

func (p *process) lastLine() string {
	b, _ := p.tail()
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	last := lines[len(lines)-1]
	if last == "" {
		return "(nothing)"
	}
	return last[:min(len(last), 400)]
}

// freePort asks the kernel for a port that is free now.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("service: no free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
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
