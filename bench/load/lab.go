package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// lab is the folder in which everything runs, with the two servers.
type lab struct {
	folder, self, listo, tools string
	known, fast                *process
	running                    []*process
	without                    string   // generators that are not wanted
	missing                    []string // those that are left out, with the reason
}

// process is a server or a disturber: something that runs beside a generator.
type process struct {
	*exec.Cmd
	address string
	ended   chan struct{} // closed when it has ended
}

// The generator has a core of its own, the server another one.
const serverCore, generatorCore = "0", "1"

func newLab(ctx context.Context, o options) (l *lab, err error) {
	for _, program := range []string{"go", "wrk", "taskset", "chrt", "sh"} {
		if _, err := exec.LookPath(program); err != nil {
			return nil, fmt.Errorf("%w: apt-get install wrk util-linux", err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "listo-bench-load-")
	if err != nil {
		return nil, err
	}
	l = &lab{folder: folder, self: self, listo: filepath.Join(folder, "listo"), tools: o.tools, without: o.without}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.close())
		}
	}()
	if text, err := exec.CommandContext(ctx, "go", "build", "-o", l.listo, "./cmd/listo").CombinedOutput(); err != nil {
		return l, fmt.Errorf("go build: %w: %s", err, text)
	}
	if err := l.install(ctx, o); err != nil {
		return l, err
	}
	if l.known, err = l.serve(ctx, "known"); err != nil {
		return l, err
	}
	l.fast, err = l.serve(ctx, "fast")
	return l, err
}

// install builds the generators that come as Go modules, outside this one: neither is a dependency of listo. One that does not build is left
// out, and the page says so.
func (l *lab) install(ctx context.Context, o options) error {
	for _, tool := range []struct{ name, module string }{{"vegeta", "github.com/tsenart/vegeta/v12@latest"}, {"k6", "go.k6.io/k6@latest"}} {
		if names(o.without, tool.name) {
			l.missing = append(l.missing, tool.name+": left out by -without")
			continue
		}
		if o.tools == "" {
			l.tools = l.folder
			fmt.Fprintln(os.Stderr, "building", tool.name)
			cmd := exec.CommandContext(ctx, "go", "install", tool.module)
			cmd.Dir, cmd.Env = l.folder, append(os.Environ(), "GOBIN="+l.folder)
			if text, err := cmd.CombinedOutput(); err != nil {
				l.missing = append(l.missing, fmt.Sprintf("%s: it does not build here (%v)", tool.name, err))
				fmt.Fprintf(os.Stderr, "%s\n", text)
			}
		} else if _, err := exec.LookPath(l.tool(tool.name)); err != nil {
			return fmt.Errorf("-tools: %w: build it there, or leave it out with -without %s", err, tool.name)
		}
	}
	return ctx.Err()
}

func (l *lab) tool(name string) string { return filepath.Join(l.tools, name) }

// has tells that a generator can be run.
func (l *lab) has(name string) bool {
	_, err := exec.LookPath(l.tool(name))
	return err == nil && !names(l.without, name)
}

// close ends everything.
func (l *lab) close() error {
	for _, p := range l.running {
		p.stop()
	}
	return os.RemoveAll(l.folder)
}

// serve starts one of the servers on the servers' core and waits until it takes connections.
func (l *lab) serve(ctx context.Context, role string) (*process, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	p, err := l.start(ctx, "taskset", "-c", serverCore, l.self, role, address)
	if err != nil {
		return nil, err
	}
	p.address = address
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil {
			return p, c.Close()
		}
	}
	return nil, fmt.Errorf("the server %q takes no connection", role)
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// start begins a program that runs until it is stopped.
func (l *lab) start(ctx context.Context, args ...string) (*process, error) {
	p := &process{Cmd: exec.CommandContext(ctx, args[0], args[1:]...), ended: make(chan struct{})}
	p.Stderr = os.Stderr
	if err := p.Start(); err != nil {
		return nil, err
	}
	go func() { _ = p.Wait(); close(p.ended) }() // with which code a stopped program ends is its own affair
	l.running = append(l.running, p)
	return p, nil
}

// stop ends a program and waits for it. Ending a second time does nothing.
func (p *process) stop() {
	_ = p.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(10 * time.Second):
		_ = p.Process.Kill()
		<-p.ended
	}
}

// seen asks the server what it has done since it was last asked.
func (p *process) seen(ctx context.Context) (s seen, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+"/seen", nil)
	if err != nil {
		return s, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return s, err
	}
	defer func() { _ = answer.Body.Close() }()
	return s, json.NewDecoder(answer.Body).Decode(&s)
}
