//go:build disease

package disease_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// paritySymptoms shows, from the outside, that each disease of parity does what it says.
func paritySymptoms() map[string]func(*patient) {
	return map[string]func(*patient){
		"compression-absent":   codes("/openapi.json", "gzip", false, true),
		"compression-stale":    both(codes("/openapi.json", "gzip", true, true), codes("/openapi.json", "identity", false, true)),
		"compression-no-vary":  codes("/openapi.json", "gzip", true, false),
		"compression-needless": codes("/healthz", "gzip", true, true),
		"proxy-anybody":        knows("127.0.0.2", "198.51.100.1, 203.0.113.7", "198.51.100.1"),
		"proxy-leftmost":       both(knows("127.0.0.1", "198.51.100.1, 203.0.113.7", "198.51.100.1"), knows("127.0.0.2", "198.51.100.1", "127.0.0.2")),
		"proxy-ignored":        knows("127.0.0.1", "203.0.113.7", "127.0.0.1"),
		"proxy-proto-anybody": func(p *patient) {
			if r := p.ask(p.t.Context(), "GET", "/healthz", "", "", "X-Forwarded-Proto", "https"); r.header.Get("Strict-Transport-Security") == "" {
				p.t.Errorf("%v", r.header)
			}
		},
		"header-timeout-absent": ends("GET / HTTP/1.1\r\n", 0),
		"header-timeout-late":   ends("GET / HTTP/1.1\r\n", 1500*time.Millisecond),
		"body-timeout-absent":   ends("POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{", 0),
		"idle-before-balancer":  ends("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 500*time.Millisecond),
		"keep-alive-disabled":   reuses(1), "keep-alive-short": reuses(5),
		"body-limit-larger": takesBody(70_000, 422), "body-limit-smaller": takesBody(40_000, 413),
	}
}

func codes(path, accept string, coded, varies bool) func(*patient) {
	return func(p *patient) {
		r := p.ask(p.t.Context(), "GET", path, "", "", "Accept-Encoding", accept)
		gotVary := strings.Contains(strings.Join(r.header.Values("Vary"), ","), "Accept-Encoding")
		if r.status != 200 || (r.header.Get("Content-Encoding") == "gzip") != coded || gotVary != varies {
			p.t.Errorf("%s: %d %v", path, r.status, r.header)
		}
	}
}

// dialled opens a connection from an address of this machine.
func (p *patient) dialled(from string) net.Conn {
	p.t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := d.DialContext(p.t.Context(), "tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { conn.Close() })
	return conn
}

// knows tells whom the service's log takes for the client.
func knows(from, header, want string) func(*patient) {
	return func(p *patient) {
		conn := p.dialled(from)
		fmt.Fprintf(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-For: %s\r\n\r\n", header)
		if _, err := io.ReadAll(conn); err != nil {
			p.t.Error(err)
		}
		if want := fmt.Sprintf("%q:%q", "client", want); !strings.Contains(p.log.String(), want) {
			p.t.Errorf("no %s in %s", want, p.log)
		}
	}
}

// ends tells whether the service closes a connection behind these bytes no sooner
// than after a time, 0 being never: not while we look.
func ends(sent string, least time.Duration) func(*patient) {
	return func(p *patient) {
		conn := p.dialled("127.0.0.1")
		fmt.Fprint(conn, sent)
		began, look := time.Now(), 20*time.Second
		if least == 0 {
			look = 4 * time.Second // the healthy service closes after two at most
		}
		_ = conn.SetReadDeadline(began.Add(look))
		_, err := io.Copy(io.Discard, conn)
		if lasted := time.Since(began); (err == nil) != (least > 0) || lasted < least {
			p.t.Errorf("it lasted %s: %v", lasted, err)
		}
	}
}

// reuses tells how many of ten requests one connection serves.
func reuses(want int) func(*patient) {
	return func(p *patient) {
		conn := p.dialled("127.0.0.1")
		answers, served := bufio.NewReader(conn), 0
		for range 10 {
			fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
			r, err := http.ReadResponse(answers, nil)
			if err != nil {
				break
			}
			_, _ = io.Copy(io.Discard, r.Body)
			served++
		}
		if served != want {
			p.t.Errorf("%d requests were served, want %d", served, want)
		}
	}
}

func takesBody(size, want int) func(*patient) {
	return func(p *patient) {
		if r := p.ask(p.t.Context(), "POST", "/api/auth/login", "", `{"a":"`+strings.Repeat("a", size-8)+`"}`); r.status != want {
			p.t.Errorf("%d bytes: %d, want %d", size, r.status, want)
		}
	}
}
