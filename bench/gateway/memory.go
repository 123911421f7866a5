package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"bufio"

	"listo/gateway"
)

// idle is how many connections are held open for the figure of memory.
const idle = 500

// memories starts each proxy afresh, opens connections that ask once a second, and reads its resident memory after a while.
func (l *lab) memories(ctx context.Context, all []*proxy) error {
	for _, p := range all[1:] {
		if err := p.process.stop(); err != nil {
			return err
		}
		var err error
		if p.process, err = p.start(ctx); err != nil {
			return err
		}
		if p.seen.rss, err = held(p); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

func held(p *proxy) (int64, error) {
	var conns []net.Conn
	defer func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}()
	for range idle {
		c, err := net.Dial("tcp", p.address)
		if err != nil {
			return 0, err
		}
		conns = append(conns, c)
	}
	raw := request(p.address)
	for range 4 {
		for _, c := range conns {
			if err := asks(c, bufio.NewReaderSize(c, 1<<10), raw); err != nil {
				return 0, err
			}
		}
		time.Sleep(time.Second)
	}
	return p.process.memory()
}

func request(host string) string {
	var raw strings.Builder
	raw.WriteString("GET " + target + " HTTP/1.1\r\n")
	for _, f := range fields(host) {
		raw.WriteString(f.Name + ": " + f.Value + "\r\n")
	}
	raw.WriteString("\r\n")
	return raw.String()
}

// asks sends one request and reads its answer.
func asks(c net.Conn, from *bufio.Reader, raw string) error {
	if _, err := io.WriteString(c, raw); err != nil {
		return err
	}
	res, err := http.ReadResponse(from, nil)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the answer is %s", res.Status)
	}
	return nil
}

// allocations are counted in this process, per request: those of a whole bare ReverseProxy and those of the whole gateway.
type allocations struct{ bare, gateway, bareBytes, gatewayBytes float64 }

// allocations serves requests in this process and counts what the runtime allocated meanwhile. The client allocates nothing: what is left
// is the proxy's, net/http's server included.
func (l *lab) allocations(ctx context.Context) (a allocations, err error) {
	plain := httptest.NewServer(bareProxy(l.backend))
	defer plain.Close()
	if a.bare, a.bareBytes, err = counted(plain.Listener.Addr().String()); err != nil {
		return a, err
	}
	address := freeAddress()
	file, err := l.written("gateway.yaml", address)
	if err != nil {
		return a, err
	}
	c, err := gateway.Load(file, os.LookupEnv)
	if err != nil {
		return a, err
	}
	c.Drain = time.Millisecond
	s, err := gateway.New(c, gateway.Options{AccessLog: jsonLog(io.Discard), Log: jsonLog(io.Discard)})
	if err != nil {
		return a, err
	}
	if err := s.Listen(); err != nil {
		return a, err
	}
	go func() { _ = s.Serve() }() // until Stop
	defer func() { err = errors.Join(err, s.Stop()) }()
	a.gateway, a.gatewayBytes, err = counted(address)
	return a, err
}

// counted gives allocations and bytes per request.
func counted(address string) (number, bytes float64, err error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = c.Close() }()
	raw, room := []byte(request(address)), make([]byte, 8<<10)
	const requests = 20_000
	var before, after runtime.MemStats
	for i := range requests + 100 {
		if i == 100 {
			runtime.ReadMemStats(&before)
		}
		if _, err := c.Write(raw); err != nil {
			return 0, 0, err
		}
		for n := 0; !strings.HasSuffix(string(room[max(0, n-len(`null}`)):n]), `null}`); {
			more, err := c.Read(room[n:])
			if n += more; err != nil {
				return 0, 0, err
			}
		}
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / requests, float64(after.TotalAlloc-before.TotalAlloc) / requests, nil
}

// profile says where the gateway's processor time goes while it answers as much as it can.
func (l *lab) profile(ctx context.Context, lasting time.Duration) (string, error) {
	address := freeAddress()
	file, err := l.written("gateway.yaml", address)
	if err != nil {
		return "", err
	}
	to := filepath.Join(l.folder, "cpu.prof")
	p, err := l.run(ctx, address, "profiled", l.self, "profiled", file, to)
	if err != nil {
		return "", err
	}
	if _, _, err := wrk(ctx, address, lasting); err != nil {
		return "", err
	}
	if err := p.stop(); err != nil {
		return "", err
	}
	text, err := exec.CommandContext(ctx, "go", "tool", "pprof", "-top", "-nodecount=25", l.self, to).Output()
	_, table, _ := strings.Cut(string(text), "flat  flat%")
	return "      flat  flat%" + table, err
}
