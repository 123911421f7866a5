package harden

import (
	"bufio"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// passage is one request on its way through the cures, and the writer of its answer. It is the outermost writer: what every answer
// must have is put in at one place, at the last moment, whoever answers.
type passage struct {
	Exchange
	http.ResponseWriter
	h       *Hardening
	request *http.Request
	refusal *refusal

	origin    []string // the allowed origin that asks; nil: none does
	preflight bool     // answers a preflight that is allowed
	wrote     bool
	hijacked  bool
	replaced  bool      // the application's error became a problem: its own bytes are dropped
	read      bool      // the body was read to its end, or there is none
	until     time.Time // when the time of the body is over
	id        [1]string
}

// drainTime is how long net/http may read the rest of a body that nobody wanted.
const drainTime = 250 * time.Millisecond

// pass takes a request through the cures before inner.
func (h *Hardening) pass(w http.ResponseWriter, r *http.Request, inner http.Handler, admin bool) {
	p := &passage{ResponseWriter: w, h: h, refusal: refusalOf(r), read: r.Body == nil || r.Body == http.NoBody}
	p.passage = p
	if p.refusal != nil {
		p.refusal.restore(r)
	}
	trusted := h.believe(r, &p.Exchange)
	p.ID = requestID(r, trusted)
	p.id[0] = p.ID
	r.Header[requestIDHeader] = p.id[:]
	if p.API = admin || h.isAPI(r.URL.Path); !admin {
		h.origins.mark(p, r)
	}
	if !p.read {
		p.deadline(h.bodies.within)
	}
	r = p.with(r)
	p.request = r
	inner.ServeHTTP(p, r)
	p.end()
}

// restore gives r what is known of the request that was refused.
func (f *refusal) restore(r *http.Request) {
	r.Method, r.RequestURI, r.Host = f.method, f.target, f.host
	path, _, _ := strings.Cut(f.target, "?")
	r.URL = &url.URL{Path: path}
	if f.origin != "" {
		r.Header["Origin"] = []string{f.origin}
	}
}

// isAPI says whether a path belongs to the API; so does a prefix without its last slash.
func (h *Hardening) isAPI(path string) bool {
	for _, prefix := range h.api {
		if underPrefix(path, prefix) {
			return true
		}
	}
	return false
}

// underPrefix ignores case and the last slash of prefix: many routers do (Express by default), and a policy must not see less than they.
func underPrefix(path, prefix string) bool {
	if len(path) >= len(prefix) {
		return strings.EqualFold(path[:len(prefix)], prefix)
	}
	return len(path) == len(prefix)-1 && prefix[len(path)] == '/' && strings.EqualFold(path, prefix[:len(path)])
}

// passageOf gives the passage of a request inside of a hardened handler.
func passageOf(r *http.Request) *passage { return Of(r).passage }

// deadline bounds the reading of the body from now on; 0 lifts the bound.
func (p *passage) deadline(d time.Duration) {
	if p.until = (time.Time{}); d > 0 {
		p.until = time.Now().Add(d)
	}
	if w, ok := p.ResponseWriter.(interface{ SetReadDeadline(time.Time) error }); ok {
		_ = w.SetReadDeadline(p.until)
	}
}

func (p *passage) end() {
	if p.hijacked {
		return
	}
	if !p.wrote {
		p.WriteHeader(http.StatusOK)
	}
	if !p.read {
		p.deadline(drainTime)
	}
	if p.request.ProtoMajor == 2 {
		_ = p.SetWriteDeadline(time.Now().Add(p.h.timeouts.Write))
	}
}

// WriteHeader puts in what every answer has, once.
func (p *passage) WriteHeader(status int) {
	switch {
	case p.wrote || p.hijacked:
		return
	case status < 200 && status != http.StatusSwitchingProtocols:
		p.ResponseWriter.WriteHeader(status)
		return
	case p.foreign(status):
		p.replace(status)
		return
	}
	p.wrote = true
	p.h.finish(p)
	p.ResponseWriter.WriteHeader(status)
}

func (p *passage) Write(b []byte) (int, error) {
	if !p.wrote {
		p.WriteHeader(http.StatusOK)
	}
	switch {
	case p.replaced:
		return len(b), nil
	case p.request.ProtoMajor != 2:
		return p.ResponseWriter.Write(b)
	}
	return p.writeStream(b)
}

// writeStream gives each part of an answer over HTTP/2 its own time: the flow control of one stream may stop while its connection lives.
func (p *passage) writeStream(b []byte) (int, error) {
	defer func() { _ = p.SetWriteDeadline(time.Time{}) }()
	for done := 0; ; {
		_ = p.SetWriteDeadline(time.Now().Add(p.h.timeouts.Write))
		n, err := p.ResponseWriter.Write(b[done:min(len(b), done+linkWrite)])
		if done += n; err != nil || done == len(b) {
			return done, err
		}
	}
}

// SetWriteDeadline reaches the writer below.
func (p *passage) SetWriteDeadline(t time.Time) error {
	if w, ok := p.ResponseWriter.(interface{ SetWriteDeadline(time.Time) error }); ok {
		return w.SetWriteDeadline(t)
	}
	return http.ErrNotSupported
}

// FlushError sends what is written, for server-sent events.
func (p *passage) FlushError() error {
	if !p.wrote {
		p.WriteHeader(http.StatusOK)
	}
	return http.NewResponseController(p.ResponseWriter).Flush()
}

// Flush is FlushError for who does not ask.
func (p *passage) Flush() { _ = p.FlushError() }

// Hijack gives the connection away, for WebSockets: what comes on it is no longer HTTP.
func (p *passage) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c := checkedOf(p.request)
	if c != nil {
		c.tunnel.Store(true)
	}
	conn, rw, err := http.NewResponseController(p.ResponseWriter).Hijack()
	if err != nil && c != nil {
		c.tunnel.Store(false)
	}
	p.hijacked = err == nil
	return conn, rw, err
}

// Unwrap lets http.ResponseController reach the writer below.
func (p *passage) Unwrap() http.ResponseWriter { return p.ResponseWriter }
