package main

import (
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/signal"
	"runtime/pprof"
	"sync"
	"syscall"
	"time"

	"listo/gateway"
)

// bare serves net/http's reverse proxy with nothing around it but what every guide advises: memory to copy through, and a Transport that
// keeps enough connections.
func bare(address, service string) error {
	server := &http.Server{Addr: address, Handler: bareProxy(service), ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

func bareProxy(service string) *httputil.ReverseProxy {
	target := &url.URL{Scheme: "http", Host: service}
	return &httputil.ReverseProxy{
		Rewrite:    func(r *httputil.ProxyRequest) { r.SetURL(target); r.SetXForwarded() },
		Transport:  &http.Transport{MaxIdleConns: 1024, MaxIdleConnsPerHost: 1024, IdleConnTimeout: 4 * time.Second, DisableCompression: true},
		BufferPool: &buffers{}, ErrorLog: log.New(os.Stderr, "", 0),
	}
}

// buffers lends the memory through which answers are copied.
type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte {
	if held, ok := b.pool.Get().(*[32 << 10]byte); ok {
		return held[:]
	}
	return make([]byte, 32<<10)
}

func (b *buffers) Put(p []byte) { b.pool.Put((*[32 << 10]byte)(p)) }

// profiled serves the gateway as listo gateway does, and writes where its processor time went, until it is told to end.
func profiled(config, profile string) error {
	c, err := gateway.Load(config, os.LookupEnv)
	if err != nil {
		return err
	}
	s, err := gateway.New(c, gateway.Options{AccessLog: jsonLog(os.Stdout), Log: jsonLog(os.Stderr)})
	if err != nil {
		return err
	}
	if err := s.Listen(); err != nil {
		return err
	}
	out, err := os.Create(profile)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(out); err != nil {
		return err
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, os.Interrupt)
	go func() { _ = s.Serve() }()
	<-ended
	pprof.StopCPUProfile()
	return out.Close()
}
