package performance

import (
	"context"
	"crypto/rand"
	"net"
	nethttp "net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"listo/internal/config"
	"listo/internal/engine/load"
	"listo/internal/engine/redact"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// benchWith gives a bench without a target.
func benchWith(t *testing.T, s Settings) *lab.Bench {
	t.Helper()
	blobs, err := lab.OpenBlobs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &lab.Bench{
		Config:   &config.Config{Language: "en", Service: config.Service{Mode: config.Managed}, Sections: map[string]any{"performance": &s}},
		Gate:     "performance",
		Recorder: lab.NewRecorder(blobs, redact.New(nil), time.Now),
		Ledger:   func() evidence.Ledger { return evidence.Ledger{} },
		Scratch:  t.TempDir(),
		Rand:     rand.Reader,
		Progress: func(int, int) {},
	}
}

// quick are settings for a small server: many short requests of few users.
func quick() Settings {
	return Settings{Users: 8, PeakUsers: 12, P95MS: 200, Think: 10 * time.Millisecond, Timeout: 2 * time.Second, Mix: []Mixed{{Request: "GET /gastos?page=1", Weight: 1}}}
}

// place is a bench, and the context of what it is used for.
type place struct {
	*lab.Bench
	ctx context.Context
}

// serving gives a place at a server of its own, over a network in memory. In a bubble
// of testing/synctest nothing there takes time but what the server sleeps, whatever
// else the machine does.
func serving(t *testing.T, s Settings, h nethttp.HandlerFunc) place {
	t.Helper()
	return servedBy(t, s, &nethttp.Server{Handler: h})
}

func servedBy(t *testing.T, s Settings, server *nethttp.Server) place {
	t.Helper()
	l := newInMemory()
	go func() { _ = server.Serve(l) }() // it ends when the server is closed
	t.Cleanup(func() { _ = server.Close() })
	ctx := load.Simulate(http.Through(t.Context(), l.dial), l.dial)
	return place{benchWith(t, s).At(lab.Target{Base: "http://192.0.2.1"}), ctx} // RFC 5737: nobody's
}

// inMemory is a listener on a network in memory.
type inMemory struct {
	fresh  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newInMemory() *inMemory {
	return &inMemory{fresh: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *inMemory) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.fresh <- server:
		return client, nil
	case <-l.closed:
		return nil, syscall.ECONNREFUSED
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *inMemory) Accept() (net.Conn, error) {
	select {
	case c := <-l.fresh:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *inMemory) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *inMemory) Addr() net.Addr { return &net.TCPAddr{} }

// preset are a check's own limits, some of them changed.
func preset(c evidence.Check, changed evidence.Limits) evidence.Limits {
	all := evidence.Limits{}
	for _, l := range c.Limits {
		all[l.Name] = l.Default
	}
	for name, value := range changed {
		all[name] = value
	}
	return all
}

// tried runs a check as an audit does, through JSON, and judges it.
func tried(t *testing.T, p place, c evidence.Check, limits evidence.Limits) (evidence.Finding, any) {
	t.Helper()
	own := *p.Bench
	own.Limits = preset(c, limits)
	raw, err := c.Run(p.ctx, &own)
	if err != nil {
		t.Fatalf("%s: %v", c.ID, err)
	}
	f, err := c.Judge(raw, own.Limits)
	if err != nil {
		t.Fatalf("%s: %v", c.ID, err)
	}
	o, err := c.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return f, o
}
