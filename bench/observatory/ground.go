package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"listo/internal/config"
	"listo/internal/engine/pgserver"
)

const (
	database = "gastos"
	owner    = "gastos_owner"
	app      = "gastos_app"
	binary   = "build/demo/gastos"
)

// ground is what both services stand on: a database with the demo data, their
// variables and a certificate for localhost.
type ground struct {
	server           *pgserver.Server
	env              map[string]string
	certificate, key string
	ends             []func() error
}

func lay(ctx context.Context, scratch string) (*ground, error) {
	text, err := os.ReadFile(filepath.Join(folder, "gastos.env"))
	if err != nil {
		return nil, err
	}
	g := &ground{certificate: filepath.Join(scratch, "cert.pem"), key: filepath.Join(scratch, "key.pem")}
	if g.env, err = config.ParseEnv("gastos.env", text); err != nil {
		return nil, err
	}
	if err := certify(time.Now(), g.certificate, g.key); err != nil {
		return nil, err
	}
	if g.server, err = pgserver.Start(ctx, pgserver.Options{}); err != nil {
		return nil, err
	}
	g.ends = append(g.ends, g.server.Stop)
	if err := g.prepare(ctx); err != nil {
		return nil, errors.Join(err, g.stop())
	}
	return g, nil
}

func (g *ground) prepare(ctx context.Context) error {
	if err := errors.Join(g.server.CreateRole(ctx, owner), g.server.CreateRole(ctx, app)); err != nil {
		return err
	}
	if err := g.server.CreateDatabase(ctx, database, owner); err != nil {
		return err
	}
	for _, args := range [][]string{{"migrate", "up"}, {"seed"}} {
		cmd := exec.CommandContext(ctx, at(binary), args...)
		cmd.Env = g.environment(map[string]string{"DATABASE_URL": g.server.URL(database, owner)})
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("gastos %v: %w\n%s", args, err, out)
		}
	}
	return nil
}

func (g *ground) environment(more map[string]string) []string {
	all := os.Environ()
	for _, vars := range []map[string]string{g.env, {"DATABASE_URL": g.server.URL(database, app)}, more} {
		for name, value := range vars {
			all = append(all, name+"="+value)
		}
	}
	return all
}

// stop ends what was started, the last first.
func (g *ground) stop() (err error) {
	for _, end := range slices.Backward(g.ends) {
		err = errors.Join(err, end())
	}
	return err
}

// patient starts the patient over TLS; it then speaks no plain http.
func (g *ground) patient(ctx context.Context) (site, error) {
	ports, err := free(2)
	if err != nil {
		return site{}, err
	}
	cmd := exec.CommandContext(ctx, at(binary), "serve")
	cmd.Dir = "examples/gastos"
	cmd.Env = g.environment(map[string]string{"PORT": strconv.Itoa(ports[0]), "TLS_CERT_FILE": g.certificate, "TLS_KEY_FILE": g.key, "FRONTEND_DIR": "frontend/dist"})
	return site{plain: ports[1], secured: ports[0], ca: g.certificate}, g.start(ctx, cmd, ports[0])
}

// bare starts the bare service on plain http, as it comes, and a listener beside it
// that ends TLS and adds nothing: what the Observatory lacks there the service lacks.
func (g *ground) bare(ctx context.Context) (site, error) {
	ports, err := free(1)
	if err != nil {
		return site{}, err
	}
	cmd := exec.CommandContext(ctx, "node", "server.js")
	cmd.Dir = "examples/gastos-express"
	cmd.Env = g.environment(map[string]string{"PORT": strconv.Itoa(ports[0]), "NODE_ENV": "production"})
	if err := g.start(ctx, cmd, ports[0]); err != nil {
		return site{}, err
	}
	secured, err := g.terminate(ports[0])
	return site{plain: ports[0], secured: secured, ca: g.certificate}, err
}

// start runs a service and waits until it listens.
func (g *ground) start(ctx context.Context, cmd *exec.Cmd, port int) error {
	log, err := os.Create(filepath.Join(filepath.Dir(g.certificate), strconv.Itoa(port)+".log"))
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = cmd.Wait() }()
	g.ends = append(g.ends, func() error {
		_ = cmd.Process.Signal(syscall.SIGTERM) // one that is gone already is as well
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
		}
		return log.Close()
	})
	for {
		c, err := net.Dial("tcp", address(port))
		if err == nil {
			return c.Close()
		}
		select {
		case <-ended:
			text, _ := os.ReadFile(log.Name())
			return fmt.Errorf("%s ended before it listened: %s", filepath.Base(cmd.Path), text)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// terminate ends TLS in front of a port, byte by byte.
func (g *ground) terminate(port int) (int, error) {
	certificate, err := tls.LoadX509KeyPair(g.certificate, g.key)
	if err != nil {
		return 0, err
	}
	l, err := tls.Listen("tcp", address(0), &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	if err != nil {
		return 0, err
	}
	g.ends = append(g.ends, l.Close)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go pipe(c, port)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func pipe(client net.Conn, port int) {
	defer client.Close()
	service, err := net.Dial("tcp", address(port))
	if err != nil {
		return
	}
	defer service.Close()
	go func() {
		_, _ = io.Copy(service, client) // whoever breaks off is seen by the other
		_ = service.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(client, service)
}

// free finds ports that nobody listens on now.
func free(n int) ([]int, error) {
	var ports []int
	for range n {
		l, err := net.Listen("tcp", address(0))
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
