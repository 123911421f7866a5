package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Options is the world around a Server.
type Options struct {
	AccessLog *slog.Logger     // nil writes none
	Log       *slog.Logger     // of the gateway itself; nil is slog.Default
	Now       func() time.Time // nil is time.Now
}

// Server is a gateway at work. New makes one, Listen opens its sockets, Serve works until Stop.
type Server struct {
	options Options
	current atomic.Pointer[generation]

	stopping atomic.Bool
	stopped  chan struct{}
	once     sync.Once

	public, private net.Listener
	admin           *http.Server

	mu  sync.Mutex // of reloads
	all []*generation
}

// New makes a configuration ready. It opens no socket.
func New(c Config, o Options) (*Server, error) {
	o.Log = cmp.Or(o.Log, slog.Default())
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{options: o, stopped: make(chan struct{})}
	g, err := s.generation(c, nil)
	if err != nil {
		return nil, err
	}
	s.current.Store(g)
	s.all = []*generation{g}
	return s, nil
}

// Listen opens both sockets.
func (s *Server) Listen() error {
	c := s.current.Load().config
	var config net.ListenConfig
	var err error
	if s.public, err = config.Listen(context.Background(), "tcp", c.Listen); err != nil {
		return fmt.Errorf("listen: %w: choose another address, or end what uses this one", err)
	}
	if s.private, err = config.Listen(context.Background(), "tcp", c.Admin); err != nil {
		return errors.Join(fmt.Errorf("admin: %w: choose another address, or end what uses this one", err), s.public.Close())
	}
	s.admin = &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.current.Load().admin.ServeHTTP(w, r) }),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: 75 * time.Second,
		ErrorLog: slog.NewLogLogger(s.options.Log.Handler(), slog.LevelWarn),
	}
	s.current.Load().start(s.public.Addr())
	return nil
}

// Addr is the public address, for who listened on port 0.
func (s *Server) Addr() net.Addr { return s.public.Addr() }

// AdminAddr is the address of metrics and health.
func (s *Server) AdminAddr() net.Addr { return s.private.Addr() }

// Serve takes connections until Stop has ended.
func (s *Server) Serve() error {
	go func() { _ = s.admin.Serve(s.private) }() // until Stop closes it
	err := s.accept()
	if s.stopping.Load() {
		<-s.stopped
		return nil
	}
	return err
}

// accept hands each connection to the newest generation.
func (s *Server) accept() error {
	for wait := time.Duration(0); ; {
		c, err := s.public.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return err
		case err != nil: // out of descriptors: it passes
			wait = min(max(2*wait, 5*time.Millisecond), time.Second)
			s.options.Log.Warn("accept", "error", err.Error(), "again", wait)
			time.Sleep(wait)
			continue
		}
		wait = 0
		s.hand(c)
	}
}

func (s *Server) hand(c net.Conn) {
	for {
		g := s.current.Load()
		switch {
		case g.feed.give(c):
			return
		case g == s.current.Load(): // it was not replaced: this is the end
			_ = c.Close()
			return
		}
	}
}

// serve answers by the newest generation, on whatever connection.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	// While stopping each answer asks its client to come on a new connection, which will lead elsewhere: none is cut under a client.
	if s.stopping.Load() && r.Header["Upgrade"] == nil {
		w.Header()["Connection"] = []string{"close"}
	}
	s.current.Load().handler.ServeHTTP(w, r)
}

// Stop ends the gateway without dropping a request: /readyz says no, connections are still taken for the drain time and asked to end,
// then no more are taken and requests under way get Timeouts.Stop. The error is that of requests that did not end.
func (s *Server) Stop() error {
	var err error
	s.once.Do(func() {
		defer close(s.stopped)
		s.stopping.Store(true)
		time.Sleep(cmp.Or(s.current.Load().config.Drain, time.Second))
		s.mu.Lock()
		defer s.mu.Unlock()
		_ = s.public.Close()
		errs := make(chan error, len(s.all))
		for _, g := range s.all {
			go func() { errs <- g.hardening.Stop(g.server) }()
		}
		for range s.all {
			err = errors.Join(err, <-errs)
		}
		_ = s.admin.Close()
		s.current.Load().upstream.close()
	})
	return err
}
