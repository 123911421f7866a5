package gateway

import (
	"cmp"
	"crypto/tls"
	"net"
	"net/http"
	"reflect"
	"sync/atomic"
	"time"

	"listo/harden"
)

// generation is one configuration at work. New connections go to the newest. An older one keeps its connections until they end, but every
// request is answered by the newest: a reload is for the client who keeps his connection, too.
type generation struct {
	config    Config
	upstream  *upstream
	limiter   *harden.MemoryLimiter
	hardening *harden.Hardening
	handler   http.Handler
	admin     http.Handler
	server    *http.Server
	feed      *feed
	open      atomic.Int64 // connections
}

// generation makes ready what c says. It takes over from before what did not change; before is nil for the first.
func (s *Server) generation(c Config, before *generation) (*generation, error) {
	g := &generation{config: c}
	if g.upstream = s.keptUpstream(c, before); g.upstream == nil {
		g.upstream = newUpstream(c, s.options.Now)
	}
	if g.limiter = keptLimiter(c, before); g.limiter == nil {
		g.limiter = harden.NewLimiter(0, s.options.Now())
	}
	cures := c.Harden
	cures.Rate.Limiter, cures.Health = g.limiter, s.readiness(c, g.upstream)
	cures.Identify, cures.Now = credential, s.options.Now
	if c.Log != "none" {
		cures.AccessLog = s.options.AccessLog
	}
	routes := newRoutes(c.Routes)
	if len(c.Routes) > 0 {
		cures.Metrics.Route = routes.name
	}
	var err error
	if g.hardening, err = harden.New(cures); err != nil {
		return nil, err
	}
	if err := g.upstream.register(g.hardening.Registry()); err != nil {
		return nil, err
	}
	g.handler = g.hardening.Handler(routes.wrap(newProxy(c, g.upstream, s.options.Log)))
	g.admin = g.hardening.Admin()
	g.server = g.hardening.Server(http.NotFoundHandler())
	g.server.Handler = http.HandlerFunc(s.serve)
	g.server.ConnState = g.count
	return g, nil
}

// keptUpstream gives the service of before if it is the same.
func (s *Server) keptUpstream(c Config, before *generation) *upstream {
	if before == nil || c.Upstream != before.upstream.config || string(c.ca) != string(before.upstream.ca) {
		return nil
	}
	return before.upstream
}

// keptLimiter gives the counts of before if the quotas are the same: nobody gets a second quota by a reload.
func keptLimiter(c Config, before *generation) *harden.MemoryLimiter {
	if before == nil || !reflect.DeepEqual(c.Harden.Rate, before.config.Harden.Rate) {
		return nil
	}
	return before.limiter
}

func (g *generation) count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		g.open.Add(1)
	case http.StateHijacked, http.StateClosed:
		g.open.Add(-1)
	case http.StateActive, http.StateIdle:
	}
}

// start serves the connections that the feed brings.
func (g *generation) start(addr net.Addr) {
	g.feed = newFeed(addr)
	listener := g.hardening.Listener(g.feed)
	if g.config.pair != nil {
		listener = g.hardening.ListenerTLS(g.feed, &tls.Config{Certificates: []tls.Certificate{*g.config.pair}, MinVersion: tls.VersionTLS12})
	}
	go func() { _ = g.server.Serve(listener) }() // until the feed ends, which is no error
}

// handshakes is how long a connection may be on its way from the socket to the server.
func (g *generation) handshakes() time.Duration {
	return cmp.Or(g.config.Harden.Timeouts.Header, 5*time.Second) + time.Second
}
