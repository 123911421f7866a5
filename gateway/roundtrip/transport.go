// Package roundtrip asks an HTTP/1.1 service in plain text and reads its answer, both on the goroutine of who asks.
//
// It knows: which connections can be used again, how a request is written in one piece, how the head of an answer is kept honest, when a
// request may be sent a second time. Answers are parsed by net/http.
//
// It does not know: TLS, upgrades, trailers of requests, bodies that are not at hand. Such requests it hands to another RoundTripper.
package roundtrip

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// Config says where the service is and how long it may take. What is 0 has the value that its comment names.
type Config struct {
	// Address is host and port of the service. Every request goes there, whatever its URL names.
	Address string
	// Other sends what this package does not; it must not be nil.
	Other http.RoundTripper

	Connect     time.Duration // to open a connection; 0: 2 s
	Answer      time.Duration // from the request to the end of the answer's head; 0: 30 s
	Silence     time.Duration // between two bytes of a body; 0: 5 min
	Idle        time.Duration // an unused connection is kept; 0: 4 s. Node ends one after 5 s.
	HeaderBytes int           // of an answer's head, those of informational answers before it included; 0: 64 KiB
	MostIdle    int           // unused connections; 0: 1024
	// Now is the clock by which unused connections age; nil is time.Now.
	Now func() time.Time
}

// Transport is an http.RoundTripper. It is safe for concurrent use.
type Transport struct {
	config Config
	dialer net.Dialer
	pool   pool
	memory sync.Pool // of *[]byte, in which requests are written
}

// New makes a Transport. It opens no connection.
func New(c Config) *Transport {
	c.Connect, c.Answer = cmp.Or(c.Connect, 2*time.Second), cmp.Or(c.Answer, 30*time.Second)
	c.Silence, c.Idle = cmp.Or(c.Silence, 5*time.Minute), cmp.Or(c.Idle, 4*time.Second)
	c.HeaderBytes, c.MostIdle = cmp.Or(c.HeaderBytes, 64<<10), cmp.Or(c.MostIdle, 1024)
	if c.Now == nil {
		c.Now = time.Now
	}
	t := &Transport{config: c, dialer: net.Dialer{Timeout: c.Connect}}
	t.pool = pool{most: c.MostIdle, lasting: c.Idle, now: c.Now}
	return t
}

// CloseIdleConnections closes what is not in use.
func (t *Transport) CloseIdleConnections() { t.pool.clear() }

// RoundTrip sends one request and reads the head of its answer; the body comes as it is read. The request's body is closed in any case.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if !plain(r) {
		return t.config.Other.RoundTrip(r)
	}
	held, ok := t.memory.Get().(*[]byte)
	if !ok {
		held = new([]byte)
	}
	defer t.memory.Put(held)
	raw, err := write((*held)[:0], r)
	*held = raw
	if err != nil {
		return nil, err
	}
	if c := t.pool.take(); c != nil {
		res, err := c.exchange(r, raw)
		if err == nil || !again(r, c, err) {
			return res, err
		}
	}
	// A connection of its own: if this one dies, too, it is not because it was old.
	c, err := t.dial(r.Context())
	if err != nil {
		return nil, err
	}
	return c.exchange(r, raw)
}

func (t *Transport) dial(ctx context.Context) (*conn, error) {
	n, err := t.dialer.DialContext(ctx, "tcp", t.config.Address)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	return newConn(t, n), nil
}

// again says whether a request may be sent a second time: its connection had been used before and died before a byte of an answer came, so
// that most likely the service closed it while the request was on its way; and to do it twice is as good as once. RFC 9110, section 9.2.2,
// calls PUT and DELETE idempotent, too; here they are not sent again, for many services treat them otherwise (net/http does the same).
func again(r *http.Request, c *conn, err error) bool {
	if c.heard || r.Context().Err() != nil || !died(err) {
		return false
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return true
	}
	return r.Header["Idempotency-Key"] != nil || r.Header["X-Idempotency-Key"] != nil
}

// died says whether an error is the end of a connection and not of somebody's patience.
func died(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, net.ErrClosed)
}

// garbled is an answer that is not passed on.
func garbled(what string) error { return fmt.Errorf("roundtrip: the service's answer %s", what) }
