package harden

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// phase is where on a connection the next byte stands.
type phase int

const (
	inHead phase = iota
	inLength
	inChunks
	over // a fault was seen: nothing more is read
)

// checkedConn stands between a connection and net/http. It gives out only bytes that the checks of heads and chunks accept, a head
// when it is complete and never a byte of the next request with it. Of a faulty request net/http sees none: in its place it
// reads a request whose method no client can know, and the handler answers that with what is wrong (see refusal). So an answer
// to bytes that no parser took has the same headers, log line and request-id as any other.
type checkedConn struct {
	net.Conn
	link *link
	set  *wireSettings

	phase  phase
	head   head
	chunks chunks
	left   int64  // of a body with a length
	last   bool   // what is ready is the end of the body in chunks
	buf    []byte // has come and was not yet given out
	ready  int    // so many bytes of buf are good
	given  int    // 1: the first byte of the head was given out alone
	began  time.Time
	hurry  bool // the deadline of the head is set
	broken error

	host    string   // the header Host, when the target of the last head names a host itself
	refused *refusal // what the handler is to answer to the method set.marker
	waiting bool     // a head was given out and no handler has begun: what is written now, net/http writes by itself
	tunnel  atomic.Bool

	mu    sync.Mutex
	until time.Time // the deadline for reading that net/http asked for
}

// wireSettings is what all checked connections of a listener share.
type wireSettings struct {
	limits headLimits
	header time.Duration
	marker string
	alone  func(p Problem, secure bool) []byte // a whole answer for what no handler sees
	heads  sync.Pool                           // of *[headRoom]byte
}

// headRoom is the memory for a head that does not come in one piece, bytes; it grows where it must.
const headRoom = 4096

func newCheckedConn(c net.Conn, l *link, set *wireSettings) *checkedConn {
	return &checkedConn{Conn: c, link: l, set: set, head: head{limits: set.limits}}
}

// hold begins to hold bytes.
func (c *checkedConn) hold() {
	if room, ok := c.set.heads.Get().(*[headRoom]byte); ok {
		c.buf = room[:0]
		return
	}
	c.buf = make([]byte, 0, headRoom)
}

// checkedTLS tells net/http that the bytes below are encrypted.
type checkedTLS struct {
	*checkedConn
	state tls.ConnectionState
}

// ConnectionState gives what net/http puts into Request.TLS.
func (c *checkedTLS) ConnectionState() tls.ConnectionState { return c.state }

// Read gives out what is good.
func (c *checkedConn) Read(p []byte) (int, error) {
	switch {
	case len(p) == 0:
		return 0, nil
	case c.tunnel.Load():
		return c.readRaw(p)
	case c.ready > 0:
		return c.giveOut(p), nil
	case c.broken != nil:
		return 0, c.broken
	case c.phase == inHead && len(p) == 1 && c.given == 0:
		return c.peek(p)
	case c.phase == inHead:
		return c.readHead(p)
	case c.phase == inLength:
		return c.readLength(p)
	}
	return c.readChunks(p)
}

func (c *checkedConn) giveOut(p []byte) int {
	n := copy(p, c.buf[:c.ready])
	c.ready -= n
	c.drop(n)
	if c.ready == 0 && c.last {
		c.last, c.phase = false, inHead
	}
	return n
}

// drop takes n bytes away from the front; an idle connection holds no memory.
func (c *checkedConn) drop(n int) {
	if rest := copy(c.buf, c.buf[n:]); rest > 0 {
		c.buf = c.buf[:rest]
		return
	}
	if cap(c.buf) == headRoom {
		c.set.heads.Put((*[headRoom]byte)(c.buf[:headRoom]))
	}
	c.buf = nil
}

// readRaw passes on what has been upgraded to another protocol.
func (c *checkedConn) readRaw(p []byte) (int, error) {
	if c.given > 0 { // was given out before the upgrade
		c.drop(c.given)
		c.given = 0
	}
	if len(c.buf) > 0 {
		n := copy(p, c.buf)
		c.drop(n)
		return n, nil
	}
	return c.Conn.Read(p)
}

// peek serves net/http's wait for a byte while a handler runs: the first byte of the next head, unchecked. If the head turns out
// faulty, the method of the request in its place begins with that byte.
func (c *checkedConn) peek(p []byte) (int, error) {
	if len(c.buf) == 0 {
		n, err := c.Conn.Read(p)
		if n == 0 {
			return n, err
		}
		c.hold()
		c.buf = append(c.buf, p[0])
	}
	p[0], c.given = c.buf[0], 1 // its time begins when the handler has ended
	return 1, nil
}

// readHead waits for a whole head. The common one, which comes in one piece with nothing behind, is checked where net/http wants it.
func (c *checkedConn) readHead(p []byte) (int, error) {
	if len(c.buf) == 0 && len(p) > 1 {
		n, err := c.Conn.Read(p)
		if n == 0 {
			return n, err
		}
		end, f := c.head.feed(p[:n])
		if f == nil && end > 0 && (end == n || !c.head.chunked && int64(n-end) <= c.head.length) {
			c.headDone(p)
			c.bodyGiven(n - end)
			return n, nil
		}
		c.hold()
		c.buf = append(c.buf, p[:n]...)
		if end > 0 || f != nil {
			return c.headEnds(p, end, f)
		}
	}
	if c.began.IsZero() {
		c.began = time.Now()
	}
	for {
		if end, f := c.head.feed(c.buf); end > 0 || f != nil {
			return c.headEnds(p, end, f)
		}
		if f := c.more(true); f != nil {
			return c.headEnds(p, 0, f)
		}
		if c.broken != nil {
			return 0, c.broken
		}
	}
}

func (c *checkedConn) headEnds(p []byte, end int, f *fault) (int, error) {
	if c.hurry {
		c.hurry = false
		_ = c.Conn.SetReadDeadline(c.asked())
	}
	if f != nil {
		c.refuse(f)
		return c.giveOut(p), nil
	}
	c.headDone(c.buf)
	c.drop(c.given)
	c.ready = end - c.given
	c.given = 0
	return c.giveOut(p), nil
}

func (c *checkedConn) headDone(b []byte) {
	c.waiting, c.host = true, ""
	if b[c.head.target.from] != '/' { // net/http forgets Host when the target names one
		c.host = c.head.host.of(b)
	}
	switch {
	case c.head.chunked:
		c.phase, c.chunks = inChunks, chunks{limits: c.set.limits}
	case c.head.length > 0:
		c.phase, c.left = inLength, c.head.length
	}
	c.head, c.began = head{limits: c.set.limits}, time.Time{}
}

func (c *checkedConn) bodyGiven(n int) {
	if c.phase != inLength {
		return
	}
	if c.left -= int64(n); c.left == 0 {
		c.phase = inHead
	}
}

// more reads more bytes behind those that are held. A client that stops in the middle is a fault of a head, an error of a body.
func (c *checkedConn) more(ofHead bool) *fault {
	if ofHead && !c.hurry {
		c.hurry = true
		until := c.began.Add(c.set.header)
		if asked := c.asked(); !asked.IsZero() && asked.Before(until) {
			until = asked
		}
		_ = c.Conn.SetReadDeadline(until)
	}
	if c.buf == nil {
		c.hold()
	}
	if len(c.buf) == cap(c.buf) {
		c.buf = append(c.buf, 0)[:len(c.buf)]
	}
	n, err := c.Conn.Read(c.buf[len(c.buf):cap(c.buf)])
	c.buf = c.buf[:len(c.buf)+n]
	switch {
	case n > 0 || err == nil:
		return nil
	case !ofHead || len(c.buf) == 0:
		c.broken = err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &fault{http.StatusRequestTimeout, "the request's head took too long"}
	case errors.Is(err, io.EOF):
		return malformed("the request ends in its head")
	default:
		c.broken = err
	}
	return nil
}

// SetReadDeadline is heard by the connection below, and kept for when a head with an earlier one has come.
func (c *checkedConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	c.until = t
	c.mu.Unlock()
	return c.Conn.SetReadDeadline(t)
}

// SetDeadline sets both.
func (c *checkedConn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.Conn.SetWriteDeadline(t))
}

func (c *checkedConn) asked() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.until
}

// CloseWrite ends the answer and leaves the other direction open, so that the client can read it.
func (c *checkedConn) CloseWrite() error {
	c.link.linger.Store(true)
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
