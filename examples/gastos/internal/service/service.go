// Package service puts the parts together and runs them until it is told to stop.
//
// It knows which part needs which, the limits of the server and how to stop it. It
// does not know what any part does.
package service

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"listo/harden"

	"gastos"
	"gastos/internal/auth"
	"gastos/internal/config"
	"gastos/internal/frontend"
	"gastos/internal/httpapi"
	"gastos/internal/store"
)

const closeTimeout = 2 * time.Second

// Service is the service, put together. Nothing runs yet and no connection is open.
type Service struct {
	seams  Seams
	harden *harden.Hardening
	secure *tls.Config // nil without a certificate
	admin  http.Handler
	pool   *pgxpool.Pool
	ready  *store.Readiness
	server *http.Server
	log    *slog.Logger
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
	s := &Service{seams: seams, pool: pool, ready: store.NewReadiness(c.DatabaseURL.Reveal()), log: log}
	api := &httpapi.API{
		Store:     store.New(seams.source(pool)),
		Ready:     seams.ready(s.ready.Check),
		Tokens:    seams.tokens(auth.NewTokens([]byte(c.JWTSecret.Reveal()), time.Now)),
		Passwords: auth.NewPasswords(),
		Site:      site,
		OpenAPI:   gastos.OpenAPI,
		Log:       log,
	}
	if err := s.protect(c, api); err != nil {
		s.Close()
		return nil, err
	}
	if err := seams.start(ctx, c, log); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// protect puts the API behind harden.
func (s *Service) protect(c config.Serve, api *httpapi.API) error {
	wanted := hardening(c, api.Identify, s.log)
	s.seams.hardening(&wanted)
	var err error
	if s.harden, err = harden.New(wanted); err != nil {
		return fmt.Errorf("service: %w", err)
	}
	countPool(s.harden.Registry(), s.pool.Stat)
	s.admin = s.seams.adminOf(s.harden.Admin())
	s.server = s.harden.Server(deadline(api.Handler()))
	s.server.Handler = s.seams.handler(s.server.Handler)
	s.seams.server(s.server)
	s.secure, err = certificate(c)
	return err
}

// certificate is nil when none is configured.
func certificate(c config.Serve) (*tls.Config, error) {
	if c.CertificateFile == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(c.CertificateFile, c.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("TLS_CERT_FILE, TLS_KEY_FILE: %w: point to a certificate and its key in PEM form", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

// Handler serves the requests.
func (s *Service) Handler() http.Handler { return s.server.Handler }

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

// Before is the listener as the server sees it: with the caps and checks of harden, and with TLS when there is a certificate.
func (s *Service) Before(listener net.Listener) net.Listener {
	if s.secure != nil {
		return s.harden.ListenerTLS(listener, s.secure)
	}
	return s.harden.Listener(s.seams.listener(listener))
}

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
	if err := s.harden.Stop(s.server); err != nil {
		return fmt.Errorf("service: requests did not finish in %s: %w", stopTimeout, err)
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
