package harden

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// Listener puts the caps of connections and the checks of HTTP/1.1 before a server: what l accepts is for Server(...).Serve.
func (h *Hardening) Listener(l net.Listener) net.Listener { return &plainListener{Listener: l, h: h} }

type plainListener struct {
	net.Listener
	h *Hardening
}

// Accept gives the next connection that there is room for.
func (l *plainListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if admitted, ok := l.h.admit(c); ok {
			return newCheckedConn(admitted, admitted, l.h.wire), nil
		}
	}
}

// admit counts a connection, or answers it with 503 and closes it.
func (h *Hardening) admit(c net.Conn) (*link, bool) {
	client, ok := h.gate.enter(c.RemoteAddr())
	if ok {
		return &link{Conn: c, gate: h.gate, client: client, write: h.timeouts.Write}, true
	}
	h.turnAway(c)
	return nil, false
}

// turnAway says why, if that costs nothing. Over TLS nothing is said: a handshake is dear.
func (h *Hardening) turnAway(c net.Conn) {
	if h.gate.lingers.Add(1) > mostLingers {
		h.gate.lingers.Add(-1)
		_ = c.Close()
		return
	}
	go func() {
		defer h.gate.lingers.Add(-1)
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(lingerTime))
		p := Problem{
			Status: http.StatusServiceUnavailable, Detail: "there are too many connections", Cure: "connections", RetryAfter: time.Second, Close: true,
		}
		if _, err := c.Write(h.wire.alone(p, false)); err != nil {
			return
		}
		dry(c)
	}()
}

// ListenerTLS is Listener over TLS: it does the handshakes, each within Timeouts.Header, so that none holds up another. HTTP/2 is
// offered when config.NextProtos says so or is empty. Versions below TLS 1.2 are refused.
func (h *Hardening) ListenerTLS(l net.Listener, config *tls.Config) net.Listener {
	config = config.Clone()
	if len(config.NextProtos) == 0 {
		config.NextProtos = []string{"h2", "http/1.1"}
	}
	config.MinVersion = max(config.MinVersion, tls.VersionTLS12)
	return &tlsListener{Listener: l, h: h, config: config, ready: make(chan accepted), done: make(chan struct{})}
}

type accepted struct {
	conn net.Conn
	err  error
}

type tlsListener struct {
	net.Listener
	h      *Hardening
	config *tls.Config
	start  sync.Once
	stop   sync.Once
	ready  chan accepted
	done   chan struct{}
}

// Accept gives the next connection whose handshake is done: HTTP/2 as it is, since net/http wants to know its own; HTTP/1.1 checked.
func (l *tlsListener) Accept() (net.Conn, error) {
	l.start.Do(func() { go l.accept() })
	select {
	case a := <-l.ready:
		return a.conn, a.err
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close stops accepting; a handshake under way ends unheard.
func (l *tlsListener) Close() error {
	l.stop.Do(func() { close(l.done) })
	return l.Listener.Close()
}

func (l *tlsListener) accept() {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			l.give(accepted{err: err})
			if errors.Is(err, net.ErrClosed) {
				return
			}
			continue
		}
		client, ok := l.h.gate.enter(c.RemoteAddr())
		if !ok {
			_ = c.Close()
			continue
		}
		go l.handshake(&link{Conn: c, gate: l.h.gate, client: client, write: l.h.timeouts.Write})
	}
}

func (l *tlsListener) give(a accepted) {
	select {
	case l.ready <- a:
	case <-l.done:
		if a.conn != nil {
			_ = a.conn.Close()
		}
	}
}

func (l *tlsListener) handshake(raw *link) {
	conn := tls.Server(raw, l.config)
	ctx, cancel := context.WithTimeout(context.Background(), l.h.timeouts.Header)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		l.plainText(raw, err)
		_ = raw.Close()
		return
	}
	state := conn.ConnectionState()
	if state.NegotiatedProtocol == "h2" {
		l.give(accepted{conn: conn})
		return
	}
	l.give(accepted{conn: &checkedTLS{newCheckedConn(conn, raw, l.h.wire), state}})
}

// plainText answers whoever speaks HTTP without TLS here.
func (l *tlsListener) plainText(raw *link, err error) {
	var header tls.RecordHeaderError
	if !errors.As(err, &header) || !token[header.RecordHeader[0]] {
		return
	}
	raw.linger.Store(true)
	_, _ = raw.Write(l.h.wire.alone(Problem{
		Status: http.StatusBadRequest, Detail: "only HTTP over TLS is spoken here", Cure: "framing", Close: true,
	}, false))
}
