package gateway

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// service is a service behind that does as it is told with each connection.
func service(t *testing.T, each func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer func() { _ = c.Close() }(); each(c) }()
		}
	}()
	return "http://" + l.Addr().String()
}

// after reads a request, then does what it is told.
func after(then func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			then(c)
		}
	}
}

func saying(text string) func(net.Conn) {
	return after(func(c net.Conn) { _, _ = io.WriteString(c, text) })
}

const patience = "upstream: {url: \"{URL}\", connect: 2s, answer: 200ms, silence: 400ms, header_bytes: 16KiB}\n"

func TestServicesThatFail(t *testing.T) {
	hold := make(chan struct{})
	t.Cleanup(func() { close(hold) })
	for _, c := range []struct {
		name   string
		each   func(net.Conn)
		status int
	}{
		{"closes at once", func(net.Conn) {}, 502},
		{"closes after the request", saying(""), 502},
		{"resets", after(func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) }), 502},
		{"says no HTTP", saying("220 mail.example ESMTP\r\n"), 502},
		{"says half a head", saying("HTTP/1.1 200 OK\r\nContent-"), 502},
		{"says a status that is none", saying("HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n"), 502},
		{"says two lengths", saying("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"), 502},
		{"says headers without end", after(func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			for range 10_000 {
				if _, err := io.WriteString(c, "X-More: "+strings.Repeat("a", 100)+"\r\n"); err != nil {
					return
				}
			}
		}), 502},
		{"says nothing", after(func(net.Conn) { <-hold }), 504},
		{"says half a head and nothing", after(func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200"); <-hold }), 504},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := before(t, service(t, c.each), patience)
			r.say(get("/api/x")).problem(t, c.status)
			r.say(asks("POST", "/page", "Content-Length: 2\r\n", "{}")).problem(t, c.status)
		})
	}
}

// TestHalfAnAnswer: a body that stops is not passed on as if it were whole.
func TestHalfAnAnswer(t *testing.T) {
	hold := make(chan struct{})
	t.Cleanup(func() { close(hold) })
	for name, each := range map[string]func(net.Conn){
		"closed":  saying("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nhalf"),
		"chunked": saying("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"),
		"silent": after(func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nhalf")
			<-hold
		}),
	} {
		t.Run(name, func(t *testing.T) {
			r := before(t, service(t, each), patience)
			c := r.dial()
			_, _ = io.WriteString(c, get("/page"))
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				return // cut before the head left: no half either
			}
			if body, err := io.ReadAll(res.Body); err == nil {
				t.Errorf("%q came as a whole answer", body)
			}
		})
	}
}

func TestServiceThatIsDown(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String()
	_ = l.Close()
	r := before(t, url, "upstream: {url: \"{URL}\", breaker: {failures: 3, open: 1h}}\n")
	for range 3 {
		r.say(get("/api/x")).problem(t, 502)
	}
	a := r.say(get("/api/x"))
	a.problem(t, http.StatusServiceUnavailable)
	if after := a.Header.Get("Retry-After"); after != "3600" {
		t.Errorf("Retry-After is %q", after)
	}
}

// TestRecovery: a service that comes back is found by one request, and then by all.
func TestRecovery(t *testing.T) {
	var up atomic.Bool
	answers := saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	r := before(t, service(t, func(c net.Conn) {
		if up.Load() {
			answers(c)
		}
	}), "upstream: {url: \"{URL}\", breaker: {failures: 1, open: 50ms}}\n")
	r.say(get("/api/x")).problem(t, 502)
	up.Store(true)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		a := r.say(get("/api/x"))
		if a.StatusCode == http.StatusOK {
			break
		}
		if a.problem(t, http.StatusServiceUnavailable); time.Now().After(deadline) {
			t.Fatal("it never came back")
		}
	}
	for range 3 {
		if a := r.say(get("/api/x")); a.StatusCode != http.StatusOK {
			t.Errorf("it is back, and %d comes", a.StatusCode)
		}
	}
}
