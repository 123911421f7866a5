package gateway

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"

	"listo/harden"
)

// proxy passes requests on that all cures have let through, and answers back.
type proxy struct {
	target  *url.URL
	host    string // what the service reads in Host; "" is what the client asked for
	secrets []string
	errors  Errors
	log     *slog.Logger
	next    *httputil.ReverseProxy
}

func newProxy(c Config, u *upstream, log *slog.Logger) *proxy {
	p := &proxy{target: u.target, host: c.Upstream.Host, secrets: c.Harden.Compress.Secrets, errors: c.Errors, log: log}
	if p.host == "" && len(c.Harden.Hosts) == 0 {
		p.host = u.target.Host
	}
	p.next = &httputil.ReverseProxy{
		Rewrite: p.rewrite, Transport: u.trip, ModifyResponse: p.answer, ErrorHandler: p.fail, BufferPool: &buffers{},
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	return p
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.next.ServeHTTP(w, r) }

// rewrite turns a request of a client into ours. What proxies say of a client is gone already (see package harden); what we know of him is
// written anew, so that each such field has one value and one author.
func (p *proxy) rewrite(pr *httputil.ProxyRequest) {
	in, out := pr.In, pr.Out
	e := harden.Of(in)
	out.URL.Scheme, out.URL.Host = p.target.Scheme, p.target.Host
	out.URL.Path, out.URL.RawPath = in.URL.Path, in.URL.RawPath
	out.URL.RawQuery, out.URL.ForceQuery = in.URL.RawQuery, in.URL.ForceQuery // net/http drops a query with a semicolon
	if out.Host = in.Host; p.host != "" {
		out.Host = p.host
	} else {
		out.Header["X-Forwarded-Host"] = []string{in.Host}
	}
	scheme := "http"
	if e.TLS {
		scheme = "https"
	}
	out.Header["X-Forwarded-For"] = []string{e.Client.String()}
	out.Header["X-Forwarded-Proto"] = []string{scheme}
	delete(out.Header, "Expect") // the body is here
	for _, prefix := range p.secrets {
		if strings.HasPrefix(in.URL.Path, prefix) {
			delete(out.Header, "Accept-Encoding")
		}
	}
}

// wordless are fields of an answer that speak of the connection behind us.
var wordless = [...]string{"Alt-Svc", "Via", "Alternate-Protocol"}

// mostOfAnError is how much of an error's body is passed on, bytes. An error without end would be read to none.
const mostOfAnError = 1 << 20

func (p *proxy) answer(res *http.Response) error {
	if res.StatusCode < 200 && res.StatusCode != http.StatusSwitchingProtocols || res.StatusCode > 599 {
		return errAnswer
	}
	for _, name := range wordless {
		delete(res.Header, name)
	}
	p.relocate(res.Header)
	if res.StatusCode >= 400 {
		res.Body = &bounded{res.Body, mostOfAnError}
	}
	return p.errors.restate(res)
}

// relocate makes a redirect to the service's own address one to ours: nobody else can follow it, and the address is nobody's business.
func (p *proxy) relocate(h http.Header) {
	location := h.Get("Location")
	if location == "" || location[0] == '/' {
		return
	}
	to, err := url.Parse(location)
	if err != nil || !strings.EqualFold(to.Host, p.target.Host) {
		return
	}
	to.Scheme, to.Host, to.User = "", "", nil
	if to.Path == "" {
		to.Path = "/"
	}
	h.Set("Location", to.String())
}

// bounded ends a body that has no end.
type bounded struct {
	io.ReadCloser
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// buffers lends the memory through which answers are copied.
type buffers struct{ pool sync.Pool }

const bufferSize = 32 << 10

func (b *buffers) Get() []byte {
	if held, ok := b.pool.Get().(*[bufferSize]byte); ok {
		return held[:]
	}
	return make([]byte, bufferSize)
}

func (b *buffers) Put(p []byte) {
	if len(p) == bufferSize {
		b.pool.Put((*[bufferSize]byte)(p))
	}
}
