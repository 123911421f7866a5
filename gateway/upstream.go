package gateway

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"time"

	"listo/gateway/roundtrip"
)

// upstream is the service behind, with what is known of its health. It outlives a reload that does not change it, so that connections are
// kept and a breaker does not forget.
type upstream struct {
	config  Upstream
	ca      []byte
	target  *url.URL
	trip    http.RoundTripper // with the breaker
	bare    *http.Transport
	lean    *roundtrip.Transport // nil where bare does everything
	breaker *breaker
	counts  *counts
}

func newUpstream(c Config, now func() time.Time) *upstream {
	u := &upstream{config: c.Upstream, ca: c.ca, target: c.Upstream.target(), counts: newCounts()}
	settings := c.Upstream.filled()
	u.bare = transport(settings, c.ca)
	u.breaker = newBreaker(settings.Breaker, now)
	u.trip = &guardedTrip{next: u.quick(settings), breaker: u.breaker, counts: u.counts}
	return u
}

// quick asks a service in plain text on the goroutine of its request. TLS, upgrades and large bodies stay with net/http.
func (u *upstream) quick(c Upstream) http.RoundTripper {
	if u.target.Scheme != "http" {
		return u.bare
	}
	address := u.target.Host
	if u.target.Port() == "" {
		address = net.JoinHostPort(u.target.Hostname(), "80")
	}
	u.lean = roundtrip.New(roundtrip.Config{
		Address: address, Other: u.bare, Connect: c.Connect, Answer: c.Answer, Silence: c.Silence, Idle: c.Idle, HeaderBytes: c.HeaderBytes,
	})
	return u.lean
}

// transport is net/http's, with a bound on everything that a service may get wrong.
func transport(c Upstream, ca []byte) *http.Transport {
	dialer := &net.Dialer{Timeout: c.Connect}
	t := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &heardConn{Conn: conn, silence: c.Silence}, nil
		},
		TLSHandshakeTimeout:    c.Connect,
		ResponseHeaderTimeout:  c.Answer,
		IdleConnTimeout:        c.Idle,
		MaxIdleConns:           1024,
		MaxIdleConnsPerHost:    1024,
		MaxResponseHeaderBytes: int64(c.HeaderBytes),
		DisableCompression:     true, // the client's Accept-Encoding is passed on; nothing is unpacked
		ReadBufferSize:         8 << 10,
		WriteBufferSize:        8 << 10,
	}
	if ca != nil {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(ca)
		t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return t
}

// heardConn ends a connection on which nothing has been heard for too long: half an answer must not hold a place for ever.
type heardConn struct {
	net.Conn
	silence time.Duration
}

func (c *heardConn) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.silence)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// close lets idle connections go; requests under way keep theirs.
func (u *upstream) close() {
	u.bare.CloseIdleConnections()
	if u.lean != nil {
		u.lean.CloseIdleConnections()
	}
}
