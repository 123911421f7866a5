package roundtrip

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"sync/atomic"
	"time"
)

// readBuffer is what is read of an answer at a time, bytes. Most answers of an API fit.
const readBuffer = 4 << 10

// conn is one connection to the service. At any time one request has it, or the pool.
type conn struct {
	net.Conn
	t     *Transport
	from  *bufio.Reader
	stale func() bool
	abort func() // Close, made once
	since time.Time

	// Of the exchange under way:
	stop   func() bool // ends the watch over the request's context
	heard  bool        // a byte of an answer came
	inHead bool
	budget int  // bytes that may still come before the head must end
	spoilt bool // not to be used again
}

func newConn(t *Transport, n net.Conn) *conn {
	c := &conn{Conn: n, t: t, stale: staleness(n)}
	c.abort = func() { _ = n.Close() }
	c.from = bufio.NewReaderSize(c, readBuffer)
	return c
}

// Read bounds the head in bytes, and each wait for a part of the body in time.
func (c *conn) Read(p []byte) (int, error) {
	if c.inHead {
		if c.budget <= 0 {
			return 0, garbled("has too long a head")
		}
		p = p[:min(len(p), c.budget)]
	} else if err := c.Conn.SetReadDeadline(time.Now().Add(c.t.config.Silence)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(p)
	c.budget -= n
	c.heard = c.heard || n > 0
	return n, err
}

// exchange sends a request and gives its answer, whose body then has the connection. On an error the connection is closed.
func (c *conn) exchange(r *http.Request, raw []byte) (*http.Response, error) {
	c.heard, c.spoilt, c.stop = false, false, nil
	ctx := r.Context()
	if ctx.Done() != nil {
		c.stop = context.AfterFunc(ctx, c.abort)
	}
	res, err := c.ask(r, raw)
	if err != nil {
		c.end(false)
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	c.spoilt = c.spoilt || res.Close
	if res.Body == http.NoBody {
		c.end(true)
	} else {
		res.Body = &body{from: res.Body, conn: c, ctx: ctx}
	}
	return res, nil
}

// ask writes, then reads. A service may refuse a request before it has read all of it, and close: what it said is worth more than how our
// writing ended.
func (c *conn) ask(r *http.Request, raw []byte) (*http.Response, error) {
	if err := c.SetDeadline(time.Now().Add(c.t.config.Answer)); err != nil {
		return nil, err
	}
	_, broken := c.Conn.Write(raw)
	if broken != nil && !died(broken) {
		return nil, broken
	}
	c.inHead, c.budget = true, c.t.config.HeaderBytes
	res, err := c.final(r)
	c.inHead = false
	switch {
	case broken != nil && err != nil:
		return nil, broken
	case broken != nil:
		c.spoilt = true
	}
	return res, err
}

// final reads answers until one is final. All of them share the bytes of one head.
func (c *conn) final(r *http.Request) (*http.Response, error) {
	for {
		head, err := c.head()
		if err != nil {
			return nil, err
		}
		if err := honest(head); err != nil {
			return nil, err
		}
		res, err := http.ReadResponse(c.from, r)
		switch {
		case err != nil:
			return nil, errors.Join(garbled("is malformed"), err)
		case res.StatusCode == http.StatusSwitchingProtocols:
			return nil, garbled("switches to a protocol that nobody asked for")
		case res.StatusCode >= 200:
			return res, nil
		case res.StatusCode < 100:
			return nil, garbled("has a status that is none")
		}
		if err := informed(httptrace.ContextClientTrace(r.Context()), res); err != nil {
			return nil, err
		}
	}
}

// informed tells who wants to know of an informational answer (RFC 9110, section 15.2).
func informed(trace *httptrace.ClientTrace, res *http.Response) error {
	if trace == nil {
		return nil
	}
	if res.StatusCode == http.StatusContinue && trace.Got100Continue != nil {
		trace.Got100Continue()
	}
	if trace.Got1xxResponse == nil {
		return nil
	}
	return trace.Got1xxResponse(res.StatusCode, textproto.MIMEHeader(res.Header))
}

// end gives the connection back, or closes it: unless the answer is over, nothing follows it and nobody asked to close, its next answer
// could be taken for another request's.
func (c *conn) end(whole bool) {
	if c.stop != nil && !c.stop() || !whole || c.spoilt || c.from.Buffered() > 0 {
		_ = c.Conn.Close()
		return
	}
	c.t.pool.put(c)
}

// body is that of an answer. At its end the connection is free.
type body struct {
	from interface {
		Read(p []byte) (int, error)
		Close() error
	}
	conn *conn
	ctx  context.Context //nolint:containedctx // it is the request's, and a body lives as long as it
	over atomic.Bool
	err  error
}

// Read reads; after the first error it gives that error again.
func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.from.Read(p)
	if err != nil {
		b.err = err
		b.finish(isEnd(err))
		if !isEnd(err) && b.ctx.Err() != nil {
			b.err = context.Cause(b.ctx)
		}
	}
	return n, b.err
}

// Close lets the connection go. What was not read of the answer is not read any more.
func (b *body) Close() error {
	b.finish(false)
	return nil
}

func (b *body) finish(whole bool) {
	if b.over.CompareAndSwap(false, true) {
		b.conn.end(whole)
	}
}
