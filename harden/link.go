package harden

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// linkWrite is how much of an answer must leave within Timeouts.Write. A client that takes less makes no progress.
const linkWrite = 16 << 10

// Lingering: after a refusal the client may still be sending. Closing at once would make its system throw our answer away (RFC
// 9112, section 9.6), so a bounded number of connections is read dry for a moment.
const (
	lingerTime  = time.Second
	lingerBytes = 4 << 20
	mostLingers = 64
)

// link is a client's connection as accepted, below TLS: counted, and cut when nothing is taken from it.
type link struct {
	net.Conn
	gate   *gatekeeper
	client netip.Prefix
	write  time.Duration
	once   sync.Once
	linger atomic.Bool

	mu    sync.Mutex
	until time.Time // the deadline for writing that net/http asked for
}

// Write gives each part of b its own time.
func (l *link) Write(b []byte) (int, error) {
	done := 0
	for {
		part := b[done:min(len(b), done+linkWrite)]
		_ = l.Conn.SetWriteDeadline(l.deadline())
		n, err := l.Conn.Write(part)
		if done += n; err != nil || done == len(b) {
			return done, err
		}
	}
}

func (l *link) deadline() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	until := time.Now().Add(l.write)
	if !l.until.IsZero() && l.until.Before(until) {
		return l.until
	}
	return until
}

// SetWriteDeadline bounds the write under way too.
func (l *link) SetWriteDeadline(t time.Time) error {
	l.mu.Lock()
	l.until = t
	l.mu.Unlock()
	return l.Conn.SetWriteDeadline(t)
}

// SetDeadline sets both.
func (l *link) SetDeadline(t time.Time) error {
	return errors.Join(l.Conn.SetReadDeadline(t), l.SetWriteDeadline(t))
}

// CloseWrite ends our direction; the connection is then read dry before it is closed.
func (l *link) CloseWrite() error {
	l.linger.Store(true)
	if half, ok := l.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Close closes, after a moment when the client may still be sending what was refused.
func (l *link) Close() error {
	err := error(nil)
	l.once.Do(func() {
		if l.linger.Load() && l.gate.lingers.Add(1) <= mostLingers {
			go l.dry()
			return
		}
		if l.linger.Load() {
			l.gate.lingers.Add(-1)
		}
		err = l.Conn.Close()
		l.gate.leave(l.client)
	})
	return err
}

func (l *link) dry() {
	defer l.gate.leave(l.client)
	defer l.gate.lingers.Add(-1)
	defer l.Conn.Close()
	dry(l.Conn)
}

func dry(c net.Conn) {
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	_ = c.SetReadDeadline(time.Now().Add(lingerTime))
	_, _ = io.CopyN(io.Discard, c, lingerBytes)
}
