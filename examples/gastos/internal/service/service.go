// Package service puts the parts together and runs them until it is told to stop.
//
// It knows which part needs which, the limits of the server and how to stop it. It
// does not know what any part does.
package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"gastos"
	"gastos/internal/auth"
	"gastos/internal/config"
	"gastos/internal/frontend"
	"gastos/internal/httpapi"
	"gastos/internal/metrics"
	"gastos/internal/middleware"
	"gastos/internal/ratelimit"
	"gastos/internal/store"
)

const (
	requestDeadline = 10 * time.Second
	stopTimeout     = 10 * time.Second
	closeTimeout    = 2 * time.Second

	// One bucket per user, and one per address for logins: 60 logins in a row
	// from one office are fine, a dictionary is not.
	ratePerSecond = 50
	rateBurst     = 200
	rateKeys      = 10_000
)

// Service is the service, put together. Nothing runs yet and no connection is open.
type Service struct {
	seams   Seams
	handler http.Handler
	admin   http.Handler
	pool    *pgxpool.Pool
	ready   *store.Readiness
	server  *http.Server
	log     *slog.Logger
}

// New puts the parts together.
func New(ctx context.Context, c config.Serve, log *slog.Logger, seams Seams) (*Service, error) {
	log = seams.log(log)
	site, err := frontend.Load(c.FrontendDir)
	if err != nil {
		return nil, err
	}
	poolConfig, err := store.PoolConfig(c.DatabaseURL.Reveal(), c.PoolSize)
	if err != nil {
		return nil, err
	}
	seams.pool(poolConfig)
	// The context ends the pool's background work only when the pool is closed: a
	// stopping service still finishes its requests.
	pool, err := pgxpool.NewWithConfig(context.WithoutCancel(ctx), poolConfig)
	if err != nil {
		return nil, fmt.Errorf("service: create the pool: %w", err)
	}
	counted := metrics.New(pool.Stat)
	s := &Service{seams: seams, pool: pool, admin: counted.Handler(), ready: store.NewReadiness(c.DatabaseURL.Reveal()), log: log}
	api := &httpapi.API{
		Store:     store.New(seams.source(pool)),
		Ready:     seams.ready(s.ready.Check),
		Tokens:    seams.tokens(auth.NewTokens([]byte(c.JWTSecret.Reveal()), time.Now)),
		Passwords: auth.NewPasswords(),
		Site:      site,
		Limiter:   seams.limiter(ratelimit.New(ratePerSecond, rateBurst, rateKeys)),
		OpenAPI:   gastos.OpenAPI,
		Log:       log,
	}
	s.handler = seams.handler(middleware.Chain(api.Handler(),
		middleware.CloseAfterChunks(),
		middleware.Proxies(c.HTTP.Proxies),
		middleware.RequestID(),
		middleware.AccessLog(log),
		middleware.Observe(seams.observer(func(r *http.Request, route string, status int, took time.Duration) {
			counted.Observe(r.Method, route, status, took)
		})),
		middleware.SecurityHeaders(),
		middleware.CORS(c.FrontendOrigin),
		middleware.Compress(),
		middleware.Recover(log),
		middleware.BodyLimit(c.HTTP.BodyLimit),
		middleware.Deadline(requestDeadline),
	))
	s.server = seams.server(serverOf(s.handler, c.HTTP, log))
	if err := seams.start(ctx, c, log); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// serverOf gives the server with its limits.
func serverOf(handler http.Handler, limits config.HTTP, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:                      handler,
		ReadHeaderTimeout:            limits.HeaderTimeout,
		ReadTimeout:                  limits.ReadTimeout,
		WriteTimeout:                 limits.WriteTimeout,
		IdleTimeout:                  limits.IdleTimeout,
		MaxHeaderBytes:               16 << 10,
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// Handler serves the requests.
func (s *Service) Handler() http.Handler { return s.handler }

// Admin serves what is for the operator and for nobody else: the metrics. It stands
// on a listener of its own, which no gateway leads to.
func (s *Service) Admin() http.Handler { return s.admin }

// ServeAdmin answers the operator on listener until ctx ends.
func (s *Service) ServeAdmin(ctx context.Context, listener net.Listener) {
	server := &http.Server{
		Handler:           s.admin,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       5 * time.Second,
		WriteTimeout:      10 * time.Second,
		IdleTimeout:       65 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	s.log.Info("listening for the operator", "address", listener.Addr().String())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		s.log.Error("the operator's listener ended", "error", err.Error())
	}
}

// Server is the server that Serve runs.
func (s *Service) Server() *http.Server { return s.server }

// Before is the listener as the server sees it.
func (s *Service) Before(listener net.Listener) net.Listener { return s.seams.listener(listener) }

// Serve answers on listener until ctx ends, then lets the requests under way finish.
func (s *Service) Serve(ctx context.Context, listener net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- s.server.Serve(s.Before(listener)) }()
	s.log.Info("listening", "address", listener.Addr().String())
	select {
	case err := <-failed:
		return fmt.Errorf("service: %w", err)
	case <-ctx.Done():
	}
	s.log.Info("stopping")
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := s.server.Shutdown(stop); err != nil {
		return errors.Join(fmt.Errorf("service: requests did not finish in %s: %w", stopTimeout, err), s.server.Close())
	}
	s.log.Info("stopped")
	return nil
}

// Close closes the connections. A connection that never comes home does not keep
// the process alive: after a while Close gives up waiting.
func (s *Service) Close() {
	closed := make(chan struct{})
	go func() {
		s.pool.Close()
		s.ready.Close()
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(closeTimeout):
		s.log.Warn("connections still in use at the end")
	}
}
