package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

//go:embed conf
var conf embed.FS

// lab is the folder in which everything runs, and the service behind.
type lab struct {
	folder, self, backend string
	service               *process
	running               []*process
}

// process is a program under measurement.
type process struct {
	*exec.Cmd
	ended chan struct{} // closed when it has ended
	err   error         // with what, then
}

// proxy is what is measured, with all that was seen of it.
type proxy struct {
	name    string
	address string // where requests go
	start   func(context.Context) (*process, error)
	process *process
	seen    figures
}

func newLab(ctx context.Context) (*lab, error) {
	for _, program := range []string{"go", "wrk", "nginx", "caddy"} {
		if _, err := exec.LookPath(program); err != nil {
			return nil, fmt.Errorf("%w: apt-get install wrk nginx caddy", err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "listo-bench-gateway-")
	if err != nil {
		return nil, err
	}
	l := &lab{folder: folder, self: self, backend: freeAddress()}
	build := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(folder, "listo"), "./cmd/listo")
	if text, err := build.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("go build: %w: %s", err, text), os.RemoveAll(folder))
	}
	if l.service, err = l.run(ctx, l.backend, "backend", self, "backend", l.backend); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return l, nil
}

// close ends everything.
func (l *lab) close() error {
	var errs []error
	for _, p := range l.running {
		errs = append(errs, p.stop())
	}
	return errors.Join(append(errs, os.RemoveAll(l.folder))...)
}

// freeAddress gives an address of the loopback that nobody listens at.
func freeAddress() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err) // no free port of the loopback: nothing can be measured here
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// run starts a program and waits until it takes connections. What it prints goes into a file, as a service's log does.
func (l *lab) run(ctx context.Context, address, name string, args ...string) (*process, error) {
	out, err := os.Create(filepath.Join(l.folder, name+".out"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }()
	p := &process{Cmd: exec.CommandContext(ctx, args[0], args[1:]...), ended: make(chan struct{})}
	p.Stdout, p.Stderr = out, out
	p.Env = append(os.Environ(), "XDG_DATA_HOME="+l.folder, "XDG_CONFIG_HOME="+l.folder)
	if err := p.Start(); err != nil {
		return nil, err
	}
	go func() { p.err = p.Wait(); close(p.ended) }()
	l.running = append(l.running, p)
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		select {
		case <-p.ended:
			text, _ := os.ReadFile(out.Name())
			return nil, fmt.Errorf("%s ended (%v): %s", name, p.err, text)
		default:
		}
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			return p, nil
		}
	}
	return nil, fmt.Errorf("%s takes no connection", name)
}

// stop ends a program and waits for it. Ending a second time does nothing.
func (p *process) stop() error {
	_ = p.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
		return nil // with which code a stopped program ends is its own affair
	case <-time.After(10 * time.Second):
		err := p.Process.Kill()
		<-p.ended
		return err
	}
}

// written fills in a file of conf.
func (l *lab) written(name string, address string) (string, error) {
	text, err := conf.ReadFile("conf/" + name)
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	_, admin, err := net.SplitHostPort(freeAddress())
	if err != nil {
		return "", err
	}
	filled := strings.NewReplacer("{PORT}", port, "{ADMIN}", admin, "{BACKEND}", l.backend, "{FOLDER}", l.folder).Replace(string(text))
	to := filepath.Join(l.folder, name)
	return to, os.WriteFile(to, []byte(filled), 0o644)
}

const (
	direct = "none (the service itself)"
	stock  = "bare ReverseProxy"
	engine = "nginx"
	caddy  = "Caddy"
	ours   = "listo gateway"
)

// proxies starts all that are measured, or one of them.
func (l *lab) proxies(only string) ([]*proxy, error) {
	all := []*proxy{{name: direct, address: l.backend, process: l.service}}
	for _, p := range []*proxy{
		{name: stock}, {name: engine}, {name: caddy}, {name: ours},
	} {
		if only == "" || only == p.name {
			all = append(all, p)
		}
	}
	for _, p := range all[1:] {
		p.address = freeAddress()
		if err := l.prepare(p); err != nil {
			return nil, err
		}
		var err error
		if p.process, err = p.start(context.Background()); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// prepare says how a proxy is started.
func (l *lab) prepare(p *proxy) error {
	var args []string
	switch p.name {
	case stock:
		args = []string{l.self, "bare", p.address, l.backend}
	case engine:
		file, err := l.written("nginx.conf", p.address)
		if err != nil {
			return err
		}
		args = []string{"nginx", "-e", filepath.Join(l.folder, "nginx.early.log"), "-p", l.folder, "-c", file}
	case caddy:
		file, err := l.written("Caddyfile", p.address)
		if err != nil {
			return err
		}
		args = []string{"caddy", "run", "--adapter", "caddyfile", "--config", file}
	case ours:
		file, err := l.written("gateway.yaml", p.address)
		if err != nil {
			return err
		}
		args = []string{filepath.Join(l.folder, "listo"), "gateway", "--config", file}
	}
	p.start = func(ctx context.Context) (*process, error) {
		return l.run(ctx, p.address, strings.Fields(p.name)[0], args...)
	}
	return nil
}
