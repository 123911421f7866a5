package parity

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"strings"
	"sync"
	"time"

	"listo/internal/config"
	"listo/internal/lab"
)

// The paths of the small service that listo brings along.
const (
	twinGet  = "GET /twin"
	twinPost = "POST /twin"
)

// serving starts a service in this process and gives a bench that points at it,
// which expects what e says. The function it gives stops the service.
func serving(ctx context.Context, b *lab.Bench, server *nethttp.Server, e Expect) (*lab.Bench, func(), error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, func() {}, fmt.Errorf("parity: the twin: %w", err)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = server.Serve(listener) // it ends by being closed
	}()
	s := twinSettings()
	s.Expect = e
	twin := with(b, "", s)
	twin.Config.Login = config.Login{}
	twin = twin.At(lab.Target{Base: "http://" + listener.Addr().String()})
	return twin, func() { _ = server.Close(); <-over }, nil
}

// answering gives a service that answers everything with a page of text, having
// read the body.
func answering() *nethttp.Server {
	page := strings.Repeat("a page of the twin, as dull as it is long\n", 200)
	return &nethttp.Server{Handler: nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if _, err := io.Copy(io.Discard, io.LimitReader(r.Body, 2*mostLimit)); err != nil {
			return
		}
		_, _ = io.WriteString(w, page)
	})}
}

// uncompressed is a service that does not compress.
func uncompressed(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return serving(ctx, b, answering(), Expect{Compression: Compression{Coding: "gzip", Large: []string{twinGet}}})
}

// unsociable is a service that closes the connection behind each answer.
func unsociable(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	server := answering()
	server.SetKeepAlivesEnabled(false)
	return serving(ctx, b, server, Expect{KeepAlive: twinGet})
}

// unlimited is a service that takes bodies of any size.
func unlimited(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return serving(ctx, b, answering(), Expect{BodyLimit: 1000, BodyRequest: twinPost})
}

// twinTimeout is what the twin declares: short, since the control is to be.
const twinTimeout = 300 * time.Millisecond

// patient is a service that waits for a slow client as long as it likes.
func patient(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	server := answering()
	server.IdleTimeout = twinTimeout
	twin, away, err := serving(ctx, b, server, Expect{HeaderTimeout: twinTimeout, BodyTimeout: twinTimeout, IdleTimeout: twinTimeout,
		BalancerIdle: twinTimeout / 3, KeepAlive: twinGet, BodyRequest: twinPost})
	if err != nil {
		return nil, away, err
	}
	twin.Limits = map[string]float64{"tolerance": lab.Milliseconds(twinTimeout), "lag": b.Limit("lag")}
	return twin, away, nil
}

// journal is a log in memory.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) line(v any) {
	text, err := json.Marshal(v)
	if err != nil {
		return // maps of text always marshal
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.text.Write(append(text, '\n'))
}

func (j *journal) read() ([]byte, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return bytes.Clone(j.text.Bytes()), nil
}

// gullible is a service that takes the first entry of X-Forwarded-For for the
// client, whoever sends it.
func gullible(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	var log journal
	server := &nethttp.Server{Handler: nethttp.HandlerFunc(func(_ nethttp.ResponseWriter, r *nethttp.Request) {
		client, _, _ := strings.Cut(r.Header.Get("X-Forwarded-For"), ",")
		if client == "" {
			client, _, _ = net.SplitHostPort(r.RemoteAddr)
		}
		log.line(map[string]string{"url": r.URL.String(), "client": strings.TrimSpace(client)})
	})}
	twin, away, err := serving(ctx, b, server, Expect{TrustProxy: TrustProxy{Request: twinGet, Trusted: "127.0.0.1", Untrusted: "127.0.0.2", LogField: "client"}})
	if err != nil {
		return nil, away, err
	}
	twin.Target.Log = log.read
	return twin, away, nil
}
