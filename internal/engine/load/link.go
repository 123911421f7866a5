package load

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// ending is why a connection ended without a failure.
type ending uint8

const (
	asked     ending = iota // the server announced it
	whileIdle               // the server closed it between two requests
	unasked                 // bytes arrived that no request had asked for
)

// link is a user's connection. Only its user touches it, except for cut.
type link struct {
	mu       sync.Mutex // guards conn against cut
	conn     net.Conn   // nil: none
	raw      syscall.RawConn
	prompt   *prompt // nil: not over TLS
	uses     int
	deadline time.Duration // as set, since the run began
	idle     time.Duration // since then, since the run began
}

func (l *link) open(conn, raw net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conn, l.raw, l.prompt, l.uses, l.deadline = conn, nil, nil, 0, 0
	if c, ok := raw.(syscall.Conn); ok {
		l.raw, _ = c.SyscallConn()
	}
	if l.raw != nil && !l.secure() {
		l.prompt = newPrompt(l.raw)
	}
}

// send sends a request, idle after the last answer.
func (l *link) send(request []byte, idle time.Duration) error {
	if l.prompt != nil && idle < promptly {
		rest, err := l.prompt.send(request)
		if err != nil || len(rest) == 0 {
			return err
		}
		request = rest
	}
	_, err := l.conn.Write(request)
	return err
}

// allow makes sure that the coming exchange ends. Setting a deadline costs as
// much as a tenth of a request, so one serves for many: it is between one and
// one and a half timeouts away. Whether an answer was in time is decided by its
// latency, not by this.
func (l *link) allow(r *run, now time.Duration) {
	t := r.profile.Timeout
	if l.deadline < now+t {
		l.deadline = now + t + t/2
		// A connection that refuses a deadline is closed; the exchange shows it.
		_ = l.conn.SetDeadline(r.began.Add(l.deadline))
	}
}

// drop ends the user's connection.
func (u *user) drop() {
	l := &u.link
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		l.conn.Close()
		l.conn = nil
	}
}

// cut closes the connection under the user's hands.
func (u *user) cut() {
	l := &u.link
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		l.conn.Close()
	}
}

// peeked is what an idle connection shows.
type peeked uint8

const (
	sawNothing peeked = iota
	sawEnd
	sawBytes
)

// peek looks at an idle connection without taking anything from it.
func (l *link) peek() peeked {
	if l.raw == nil {
		return sawNothing
	}
	seen := sawNothing
	err := l.raw.Control(func(fd uintptr) {
		var b [1]byte
		n, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		switch {
		case n > 0:
			seen = sawBytes
		case err == nil, err != syscall.EAGAIN && err != syscall.EINTR:
			seen = sawEnd
		}
	})
	if err != nil {
		return sawEnd
	}
	return seen
}

func (l *link) secure() bool {
	_, ok := l.conn.(*tls.Conn)
	return ok
}

// drain reads what TLS has to say between two requests, such as session tickets,
// and says whether the connection is still good.
func (l *link) drain() bool {
	var b [1]byte
	l.deadline = 0
	if l.conn.SetReadDeadline(time.Now().Add(freshIdle)) != nil {
		return false
	}
	_, err := l.conn.Read(b[:])
	return errors.Is(err, os.ErrDeadlineExceeded)
}
