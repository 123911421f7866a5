package load

import (
	"context"
	"crypto/tls"
	"errors"
	"os"
	"syscall"
	"time"
)

// exchange sends one request and reads its answer; now is the time since the run
// began. The class is Answered when an answer was read, right or wrong.
func (u *user) exchange(ctx context.Context, request int, now time.Duration) (answer, Class) {
	if u.link.conn != nil && !u.usable(now) {
		u.drop()
	}
	if u.link.conn == nil {
		if c := u.connect(ctx); c != Answered {
			return answer{}, c
		}
		now = u.run.now()
	}
	l := &u.link
	l.uses++
	l.allow(u.run, now)
	writing := l.send(u.wire[request], now-l.idle)
	// A server may answer and close before it has read the whole request: what
	// counts is whether an answer is there.
	head := u.run.scenario.Requests[request].Method == "HEAD"
	a, err := u.reader.read(l.conn, head, u.valid.wants(request))
	if err == nil && writing != nil {
		a.close = true
	}
	if err != nil {
		c := u.blame(err)
		u.drop()
		return answer{}, c
	}
	switch {
	case a.close:
		u.run.closed(asked)
		u.drop()
	case u.reader.left():
		u.run.closed(unasked)
		u.drop()
	}
	return a, Answered
}

// blame gives the class of an exchange without a complete answer.
func (u *user) blame(err error) Class {
	c := ResetMidResponse
	switch {
	case u.run.stopped.Load():
		c = Interrupted
	case errors.Is(err, errMalformed):
		c = Malformed
	case errors.Is(err, errTooLarge):
		c = TooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		c = Timeout
	case u.reader.got > 0:
	case u.link.uses == 1:
		c = ResetFirstUse
	default:
		c = ResetReused
	}
	u.run.example(c, err)
	return c
}

// connect makes the user's connection. A request that has to wait for it is
// charged with the wait, as a person is.
func (u *user) connect(ctx context.Context) Class {
	r := u.run
	ctx, cancel := context.WithTimeout(ctx, r.profile.Timeout)
	defer cancel()
	before := r.now()
	raw, err := r.machine.dial(ctx, "tcp", r.target.address)
	if err != nil {
		return r.refused(err)
	}
	conn := raw
	if r.target.tls {
		secure := tls.Client(raw, r.target.config(r.scenario.TLS))
		if err := secure.HandshakeContext(ctx); err != nil {
			raw.Close()
			return r.refused(err)
		}
		conn = secure
	}
	r.connected(r.now() - before)
	u.link.open(conn, raw)
	if r.stopped.Load() {
		u.cut()
	}
	return Answered
}

// refused gives the class of a connection that was not made.
func (r *run) refused(err error) Class {
	c := Connect
	if r.stopped.Load() {
		c = Interrupted
	}
	for _, ours := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.EADDRNOTAVAIL, syscall.ENOBUFS, syscall.ENOMEM} {
		if errors.Is(err, ours) {
			c = Generator
		}
	}
	r.example(c, err)
	return c
}

// freshIdle is the idle time up to which a connection is used again unseen.
const freshIdle = time.Millisecond

// usable says whether an idle connection may be used again. A server may close
// an idle connection at any time, and a client that has seen it connects anew:
// no user notices. Only a close that crosses the request is a failure.
func (u *user) usable(now time.Duration) bool {
	l := &u.link
	if now-l.idle < freshIdle {
		return true
	}
	switch l.peek() {
	case sawEnd:
		u.run.closed(whileIdle)
		return false
	case sawBytes:
		if l.secure() && l.drain() {
			return true
		}
		u.run.closed(unasked)
		return false
	}
	return true
}
