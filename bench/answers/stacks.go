package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// startup is how long a server may take until it listens.
const startup = 20 * time.Second

// stack is a server, or a proxy before one.
type stack struct {
	name, version string
	// command is how it is started, for the record: @PORT@ is filled in.
	command string
	folder  string
	behind  *stack // what stands behind a proxy
	conf    string // a proxy's configuration
}

func stacks(folder, goweb string) []stack {
	node := filepath.Join("node_modules", "node", "bin", "node")
	of := func(name, version, command string) stack {
		return stack{name: name, version: version, command: command, folder: folder}
	}
	installed := func(p string) string { return p + " " + versionOf(folder, p) + ", Node " + versionOf(folder, "node") }
	express, fastify := of("express5", installed("express5"), node+" express.cjs express5 @PORT@"), of("fastify", installed("fastify"), node+" fastify.cjs @PORT@")
	all := []stack{
		of("express4", installed("express4"), node+" express.cjs express4 @PORT@"), express, fastify,
		of("nestjs", installed("@nestjs/core"), node+" nest.cjs @PORT@"),
	}
	if goweb != "" {
		version := strings.TrimSpace(first("go", "env", "GOVERSION"))
		for _, name := range []string{"nethttp", "chi", "gin"} {
			all = append(all, of(name, version, goweb+" "+name+" @PORT@"))
		}
	}
	nginx := of("nginx", "nginx "+first("dpkg-query", "-W", "-f=${Version}", "nginx"), "nginx -p . -c nginx.conf")
	nginx.conf, nginx.behind = "nginx.conf", &fastify
	caddy := of("caddy", "Caddy "+first("dpkg-query", "-W", "-f=${Version}", "caddy"), "caddy run --adapter caddyfile --config Caddyfile")
	caddy.conf, caddy.behind = "Caddyfile", &express
	return append(all, nginx, caddy)
}

func first(name string, args ...string) string {
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		return "(not installed)"
	}
	return string(out)
}

func versionOf(folder, of string) string {
	raw, err := os.ReadFile(filepath.Join(folder, "node_modules", of, "package.json"))
	if err != nil {
		return "(not installed)"
	}
	_, rest, _ := strings.Cut(string(raw), `"version": "`)
	version, _, _ := strings.Cut(rest, `"`)
	return version
}

// running is a stack that listens.
type running struct {
	port int
	stop func()
}

func (s stack) start(ctx context.Context) (running, error) {
	port, err := free()
	if err != nil {
		return running{}, err
	}
	words := strings.Fields(strings.ReplaceAll(s.command, "@PORT@", strconv.Itoa(port)))
	folder, ended := s.folder, func() {}
	if s.behind != nil {
		back, err := s.behind.start(ctx)
		if err != nil {
			return running{}, err
		}
		temporary, err := s.configure(port, back.port)
		ended = func() { back.stop(); _ = os.RemoveAll(temporary) }
		if err != nil {
			ended()
			return running{}, err
		}
		folder = temporary
	}
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir, cmd.Stderr, cmd.Env = folder, os.Stderr, append(os.Environ(), "NODE_ENV=production")
	if strings.HasPrefix(words[0], "node_modules") {
		cmd.Path, err = filepath.Abs(filepath.Join(s.folder, words[0]))
	}
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		ended()
		return running{}, err
	}
	// Asked, not killed: nginx's workers would outlive their master.
	stop := func() { _ = cmd.Process.Signal(syscall.SIGTERM); _ = cmd.Wait(); ended() }
	for began := time.Now(); time.Since(began) < startup; time.Sleep(50 * time.Millisecond) {
		if conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			return running{port, stop}, conn.Close()
		}
	}
	stop()
	return running{}, fmt.Errorf("it does not listen after %s", startup)
}

// configure writes the proxy's configuration into a folder of its own.
func (s stack) configure(port, upstream int) (string, error) {
	text, err := os.ReadFile(filepath.Join(s.folder, s.conf))
	if err != nil {
		return "", err
	}
	dead, err := free()
	if err != nil {
		return "", err
	}
	folder, err := os.MkdirTemp("", "answers-")
	if err != nil {
		return "", err
	}
	filled := strings.NewReplacer("@PORT@", strconv.Itoa(port), "@UPSTREAM@", strconv.Itoa(upstream), "@DEAD@", strconv.Itoa(dead)).Replace(string(text))
	return folder, os.WriteFile(filepath.Join(folder, s.conf), []byte(filled), 0o600)
}
