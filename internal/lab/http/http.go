// Package http is the instrument that sends requests to the patient and keeps
// the raw exchanges.
//
// It never retries, never follows a redirect and never reuses a connection, so
// that what is recorded is what one request met. Every answer has a deadline
// and a size bound. It does not know what an answer should be.
package http

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"listo/internal/engine/shell"
	"listo/internal/lab"
)

// Bounds of one exchange: the patient may send anything, for ever.
const (
	DefaultTimeout = 10 * time.Second
	MaxBody        = 8 << 20 // bytes
	maxHeader      = 256 << 10
)

// Client sends requests to one target.
type Client struct {
	bench *lab.Bench
	// A bare transport: http.Client would read Location, and fail on a bad one.
	transport *http.Transport
	origin    string // the variable that stands for the target's address in replay lines
	trusted   string // file with the certificates that answers over TLS must chain to
}

// On gives a client for the bench's target.
func On(b *lab.Bench) *Client {
	transport := &http.Transport{
		// A reused connection lets net/http retry silently; see the package comment.
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxHeader,
		DialContext:            dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		Proxy:                  nil,
	}
	return &Client{bench: b, transport: transport, origin: "BASE"}
}

// As gives the client with another variable for the target's address in its replay
// lines, when it is not the service's own: $ADMIN.
func (c *Client) As(variable string) *Client {
	other := *c
	other.origin = variable
	return &other
}

// source is the key of a context that says which address a request comes from.
type source struct{}

// network is the key of a context that says where connections come from.
type network struct{}

// Through gives a context for tests: what is sent in it goes over connections that dial
// makes, such as those of a network in memory.
func Through(ctx context.Context, dial func(ctx context.Context, network, address string) (net.Conn, error)) context.Context {
	return context.WithValue(ctx, network{}, dial)
}

func dial(ctx context.Context, over, address string) (net.Conn, error) {
	if through, ok := ctx.Value(network{}).(func(context.Context, string, string) (net.Conn, error)); ok {
		return through(ctx, over, address)
	}
	d := net.Dialer{Timeout: 5 * time.Second}
	if from, ok := ctx.Value(source{}).(string); ok {
		d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(from)}
	}
	return d.DialContext(ctx, over, address)
}

// Request is one request to the target. Path begins with "/".
type Request struct {
	Method string
	Path   string
	Header http.Header
	Body   []byte
	Token  Token
	// TokenName is the variable of the token in the replay line; TOKEN when empty.
	TokenName string
	Timeout   time.Duration // DefaultTimeout when zero
	// Shown is how the body stands in the replay line, when it holds a secret.
	Shown *shell.Word
	// Printed is a shell command that prints the body, for the replay line of a
	// long one.
	Printed string
	// Chunked sends the body without saying how long it is (RFC 9112, section 7.1).
	Chunked bool
	// From is the address of this machine that the request comes from, an IP of
	// the loopback; "" leaves it to the system.
	From string
	// Before is a shell command that the replay line needs before it; listo's own.
	Before string
	// Secretive tells that the answer may hold a token: whatever calls itself one
	// there is hidden from the record.
	Secretive bool
	// Note stands behind the replay line as a comment; it is listo's own text.
	Note string
}

// Token is a bearer token and the user it stands for; it never reaches the disk.
type Token struct{ User, Value string }

// Answer is what came back. Err is set when no whole answer came: Status may be
// set all the same.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // at most MaxBody; in a burst at most the first keptOfBurst
	Size   int    // bytes of the body that were read
	TooBig bool   // the body was longer than MaxBody and its rest was left unread
	Took   time.Duration
	At     time.Duration // in a burst: when it was sent, since the burst began
	Err    error

	head []byte // the raw head of the answer, for the record
}

// Get sends a GET and records it as a step.
func (c *Client) Get(ctx context.Context, path string) Answer {
	return c.Do(ctx, Request{Method: http.MethodGet, Path: path})
}

// Do sends one request and records it as a step. It never fails otherwise than
// in Answer.Err, which names the target.
func (c *Client) Do(ctx context.Context, r Request) Answer {
	touch := c.bench.Touch("http", c.Replay(r))
	a := c.send(ctx, r, MaxBody)
	if r.Secretive {
		c.learnAnswer(a)
	}
	keep(touch, a)
	return a
}

// Line is the curl line of a request, as it stands in the record.
func (c *Client) Line(r Request) string { return c.bench.Redact(c.Replay(r)) }

// keep writes an answer down and ends the step.
func keep(touch *lab.Touch, a Answer) {
	keepAs(touch, "answer", a)
	touch.End(a.Status, a.Err)
}

// keepAs keeps an answer as one blob, as curl -i shows it: the head, an empty line
// and the body.
func keepAs(touch *lab.Touch, name string, a Answer) {
	whole := slices.Concat(a.head, a.Body)
	switch {
	case len(whole) == 0:
	case len(a.Body) > 0 && a.Err != nil:
		touch.CaptureCut(name, a.media(), whole, -1, true)
	case a.Size > len(a.Body):
		touch.CaptureCut(name, a.media(), whole, int64(a.Size-len(a.Body)), true)
	default:
		touch.Capture(name, a.media(), whole, true)
	}
}

// media is that of the whole answer; of one whose body nobody can read as text it
// is the body's, so that no page shows it.
func (a Answer) media() string {
	body, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
	for _, unreadable := range []string{"image/", "audio/", "video/", "font/"} {
		if strings.HasPrefix(body, unreadable) {
			return body
		}
	}
	return "message/http"
}

// send makes one exchange, keeps the first bytes of the body, and writes nothing
// down.
func (c *Client) send(ctx context.Context, r Request, kept int64) Answer {
	timeout := r.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if r.From != "" {
		ctx = context.WithValue(ctx, source{}, r.From)
	}
	began := time.Now()
	a := c.exchange(ctx, r, kept)
	a.Took = time.Since(began)
	return a
}

func (c *Client) exchange(ctx context.Context, r Request, kept int64) Answer {
	if c.bench.Target.Base == "" {
		return Answer{Err: errors.New("service: it has no address: it is not running")}
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, c.bench.Target.Base+r.Path, bytes.NewReader(r.Body))
	if err != nil {
		return Answer{Err: fmt.Errorf("http: %s %s: %w", r.Method, r.Path, err)}
	}
	if r.Chunked {
		req.ContentLength, req.GetBody = -1, nil
	}
	for name, values := range r.Header {
		req.Header[name] = values
	}
	if r.Token.Value != "" {
		req.Header.Set("Authorization", "Bearer "+r.Token.Value)
	}
	roundTrip := c.transport.RoundTrip
	if len(r.Body) >= largeBody {
		roundTrip = func(req *http.Request) (*http.Response, error) { return c.openly(ctx, req) }
	}
	resp, err := roundTrip(req)
	if err != nil {
		return Answer{Err: lab.Unreachable{What: "http: " + r.Method + " " + r.Path, Err: err}}
	}
	defer resp.Body.Close()
	a := Answer{Status: resp.StatusCode}
	a.head, _ = httputil.DumpResponse(resp, false) // the raw one, before it is made readable
	a.Header = readable(resp.Header)
	if err := a.read(resp.Body, kept); err != nil {
		a.Err = fmt.Errorf("http: %s %s: reading the answer: %w", r.Method, r.Path, err)
	}
	return a
}

// readable gives a header as text: what is no UTF-8 in a name or a value (HTTP
// allows it, RFC 9110, section 5.5) is replaced, since an observation that holds it
// would not survive being written and read.
func readable(h http.Header) http.Header {
	if clean(h) {
		return h
	}
	text := make(http.Header, len(h))
	for name, values := range h {
		name = strings.ToValidUTF8(name, "\uFFFD")
		for _, v := range values {
			text[name] = append(text[name], strings.ToValidUTF8(v, "\uFFFD"))
		}
	}
	return text
}

func clean(h http.Header) bool {
	for name, values := range h {
		if !utf8.ValidString(name) || slices.ContainsFunc(values, func(v string) bool { return !utf8.ValidString(v) }) {
			return false
		}
	}
	return true
}

// read takes the first bytes of a body and counts the others, up to MaxBody.
func (a *Answer) read(body io.Reader, kept int64) (err error) {
	if a.Body, err = io.ReadAll(io.LimitReader(body, kept)); err != nil {
		a.Size = len(a.Body)
		return err
	}
	more, err := io.Copy(io.Discard, io.LimitReader(body, MaxBody+1-int64(len(a.Body))))
	a.Size = len(a.Body) + int(more)
	if a.TooBig = a.Size > MaxBody; a.TooBig {
		a.Size = MaxBody
		return fmt.Errorf("the body is longer than %d bytes", MaxBody)
	}
	return err
}
