package security

import (
	"context"
	"net"
	nethttp "net/http"
	"sync"

	"listo/internal/engine/abuse"
	"listo/internal/lab"
)

// takesBothEnds: a request that tells its end twice is taken for two.
func takesBothEnds(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return bare(b, &abuse.Sick{BothEnds: true, Patience: silence / 2})
}

// grantsTunnels: CONNECT is granted, wherever it leads.
func grantsTunnels(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return bare(b, &abuse.Sick{Tunnels: true, Patience: silence / 2})
}

// fewHands: each connection keeps one of a few hands until it ends, as servers with
// a process for each do.
func fewHands(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return bare(b, &abuse.Sick{Hands: 4})
}

// repeatsHosts: links are made of the name by which the client says it came.
func repeatsHosts(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(t *twin) { t.named = func(r *nethttp.Request) string { return r.Header.Get("X-Forwarded-Host") } })
}

// bare is a healthy twin on a bare server that is sick.
func bare(b *lab.Bench, server *abuse.Sick) (*lab.Bench, func(), error) {
	t, err := healthy(b.Rand)
	if err != nil {
		return nil, func() {}, err
	}
	twin, away, err := t.start(b)
	if err != nil {
		return nil, away, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		away()
		return nil, func() {}, err
	}
	go server.Serve(listener, t)
	target := twin.Target
	target.Base = "http://" + listener.Addr().String()
	return twin.At(target), func() {
		_ = listener.Close() // nothing of it is of interest any more
		away()
	}, nil
}

// diary is the log of a twin: a line for each request.
type diary struct {
	mu   sync.Mutex
	text []byte
}

func (d *diary) add(line []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.text = append(append(d.text, line...), '\n')
}

func (d *diary) read() ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]byte(nil), d.text...), nil
}
