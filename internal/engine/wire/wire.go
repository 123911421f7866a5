// Package wire talks HTTP/1.1 on a bare socket: exactly these bytes out, at
// exactly these moments, and every byte that comes back with its time.
//
// It knows connections (open, closed, reset) and how an answer is framed (RFC
// 9112, section 6). It never repairs, repeats or follows anything, so that a
// client that no library would let one be can be played: one that stops in the
// middle of a header, sends a byte a second, or contradicts itself. It does not
// know what an answer should be.
//
// Everything is bounded: the time of a conversation, the bytes that are kept,
// the answers that are read.
package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// Bounds that hold whatever a script asks for.
const (
	dialTimeout  = 5 * time.Second
	mostReceived = 8 << 20 // bytes of one conversation
	mostArrivals = 4096    // moments that are told apart; later ones count to the last
	mostAnswers  = 10_000
)

// Origin is where a conversation goes.
type Origin struct {
	Address string // host:port
	// TLS is how the connection is secured; nil is plain TCP.
	TLS *tls.Config
}

// OriginOf reads a base URL such as http://127.0.0.1:8080.
func OriginOf(base string) (Origin, error) {
	u, err := url.Parse(base)
	if err != nil || u.Hostname() == "" {
		return Origin{}, errors.New("wire: the service has no address: it is not running")
	}
	switch port := u.Port(); {
	case u.Scheme == "http":
		return Origin{Address: net.JoinHostPort(u.Hostname(), orElse(port, "80"))}, nil
	case u.Scheme == "https":
		return Origin{Address: net.JoinHostPort(u.Hostname(), orElse(port, "443")), TLS: &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}}, nil
	}
	return Origin{}, fmt.Errorf("wire: the scheme %q is not http or https: correct service.url", u.Scheme)
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// dial opens the connection; from is the address of this machine that it comes
// from, the zero one being the kernel's choice.
func (o Origin) dial(ctx context.Context, from netip.Addr) (net.Conn, error) {
	d := net.Dialer{Timeout: dialTimeout, KeepAlive: -1}
	if from.IsValid() {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))
	}
	if o.TLS != nil {
		return (&tls.Dialer{NetDialer: &d, Config: o.TLS}).DialContext(ctx, "tcp", o.Address)
	}
	return d.DialContext(ctx, "tcp", o.Address)
}

// State is what became of a connection.
type State string

// The states of a connection, from the side of the caller.
const (
	Unopened State = ""       // it could not be opened
	Open     State = "open"   // still open when the watching ended
	Closed   State = "closed" // the other side ended it in order
	Reset    State = "reset"  // the other side tore it down
)

// stateOf tells what an error of reading means for the connection.
func stateOf(err error) State {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return Closed // over TLS a close without its alert is still a close
	}
	if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNABORTED) {
		return Reset
	}
	return Open // our own deadline, or the end of the context
}
