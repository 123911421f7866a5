package harden

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// refusal is a request that was refused for its bytes, as far as it could be read.
type refusal struct {
	fault
	method, target, host string
	origin               string // the only Origin that came; "" for none or several
}

// refuse puts a request with the marker in the place of what has come.
func (c *checkedConn) refuse(f *fault) {
	r := &refusal{fault: *f, method: "-", target: "-"}
	if h := &c.head; h.method.to > 0 {
		r.method, r.target, r.host = h.method.of(c.buf), h.target.of(c.buf), h.host.of(c.buf)
	}
	if f.status == http.StatusRequestURITooLong || f.status == http.StatusRequestHeaderFieldsTooLarge {
		c.toEnd()
	}
	r.origin = onlyOrigin(c.buf)
	c.refused, c.waiting, c.phase, c.broken = r, true, over, errRefused()
	c.buf = append(c.buf[:0], c.set.marker...)
	c.buf = append(c.buf, " / HTTP/1.1\r\nHost: refused\r\nConnection: close\r\n\r\n"...)
	c.ready, c.given = len(c.buf), 0
	c.link.linger.Store(true)
}

// What is still read of a head that is too long, to find its Origin: a script must be told why it failed.
const (
	tailBytes = 64 << 10
	tailTime  = 200 * time.Millisecond
)

// toEnd reads on to the end of a head that is refused for its size.
func (c *checkedConn) toEnd() {
	_ = c.Conn.SetReadDeadline(time.Now().Add(tailTime))
	defer func() { _ = c.Conn.SetReadDeadline(c.asked()) }()
	for len(c.buf) < tailBytes && !bytes.Contains(c.buf, []byte("\r\n\r\n")) {
		if len(c.buf) == cap(c.buf) {
			c.buf = append(c.buf, 0)[:len(c.buf)]
		}
		n, err := c.Conn.Read(c.buf[len(c.buf):cap(c.buf)])
		if c.buf = c.buf[:len(c.buf)+n]; err != nil {
			return
		}
	}
}

// errRefused ends reading. net/http writes nothing about an error of this type.
func errRefused() error { return &net.OpError{Op: "read", Net: "tcp", Err: net.ErrClosed} }

// onlyOrigin finds the Origin in what has come of a faulty head, so that scripts of an allowed origin can read the answer.
func onlyOrigin(b []byte) string {
	found, count := "", 0
	for line := range bytes.Lines(b) {
		if hasPrefixFold(line, "origin:") {
			found, count = strings.Trim(string(line[len("origin:"):]), " \t\r\n"), count+1
		}
	}
	if count != 1 {
		return ""
	}
	return found
}

// refusalOf gives the refusal that r stands for; nil when r is what the client sent.
func refusalOf(r *http.Request) *refusal {
	c := checkedOf(r)
	if c == nil || r.ProtoMajor != 1 {
		return nil
	}
	c.waiting = false
	if c.refused == nil || !strings.HasSuffix(r.Method, c.set.marker) {
		return nil
	}
	return c.refused
}

type connKey struct{}

// ConnContext makes the connections of Listener and ListenerTLS known to the handler. Server sets it; whoever makes a http.Server of
// his own must.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	switch c := c.(type) {
	case *checkedConn:
		return context.WithValue(ctx, connKey{}, c)
	case *checkedTLS:
		return context.WithValue(ctx, connKey{}, c.checkedConn)
	}
	return ctx
}

func checkedOf(r *http.Request) *checkedConn {
	c, _ := r.Context().Value(connKey{}).(*checkedConn)
	return c
}

// selfWritten is how net/http ends the head of the errors that it writes by itself.
const selfWritten = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"

// Write passes on answers. An error that net/http writes by itself, before any handler, becomes what a handler would have answered:
// the checks leave it nothing to refuse, but it may learn to refuse more.
func (c *checkedConn) Write(b []byte) (int, error) {
	if !c.waiting {
		return c.Conn.Write(b)
	}
	c.waiting = false
	const proto = "HTTP/1.1 "
	if !bytes.HasPrefix(b, []byte(proto)) || !bytes.Contains(b, []byte(selfWritten)) {
		return c.Conn.Write(b)
	}
	status, err := strconv.Atoi(string(b[len(proto):min(len(b), len(proto)+3)]))
	if err != nil || status < 400 {
		return c.Conn.Write(b)
	}
	p := Problem{Status: status, Detail: "the request is malformed", Cure: "framing", Close: true}
	_, secure := c.Conn.(*tls.Conn)
	if _, err := c.Conn.Write(c.set.alone(p, secure)); err != nil {
		return 0, err
	}
	return len(b), nil
}
