package service

import (
	"context"
	"log/slog"
	"net"
	"net/http"

	"github.com/jackc/pgx/v5/pgxpool"
	"listo/harden"

	"gastos/internal/config"
	"gastos/internal/httpapi"
	"gastos/internal/store"
)

// Ready tells whether requests can be served now; nil is yes.
type Ready func(context.Context) error

// Seams are the places where a build may put something of its own between two parts
// of the service. A nil seam changes nothing; a release leaves all of them nil.
type Seams struct {
	// Pool sees the configuration of the pool before it is used.
	Pool func(*pgxpool.Config)
	// Source stands between the store and its pool.
	Source func(*pgxpool.Pool) store.Source
	// Tokens stands between the API and its tokens.
	Tokens func(httpapi.Tokens) httpapi.Tokens
	// Harden sees the configuration of the hardening before it is used.
	Harden func(*harden.Config)
	// Log stands between the service and its log.
	Log func(slog.Handler) slog.Handler
	// Ready stands between the API and its readiness.
	Ready func(Ready) Ready
	// Handler stands before everything else.
	Handler func(http.Handler) http.Handler
	// Admin stands between the operator and the metrics.
	Admin func(http.Handler) http.Handler
	// Server sees the server before it is used.
	Server func(*http.Server)
	// Listener stands between the clients and the server, where they speak in the clear.
	Listener func(net.Listener) net.Listener
	// Start runs once, before the first request.
	Start func(context.Context, config.Serve, *slog.Logger) error
}

func (s Seams) pool(c *pgxpool.Config) {
	if s.Pool != nil {
		s.Pool(c)
	}
}

func (s Seams) listener(l net.Listener) net.Listener {
	if s.Listener == nil {
		return l
	}
	return s.Listener(l)
}

func (s Seams) source(pool *pgxpool.Pool) store.Source {
	if s.Source != nil {
		return s.Source(pool)
	}
	return store.Pooled(pool)
}

func (s Seams) tokens(tokens httpapi.Tokens) httpapi.Tokens {
	if s.Tokens != nil {
		return s.Tokens(tokens)
	}
	return tokens
}

func (s Seams) hardening(c *harden.Config) {
	if s.Harden != nil {
		s.Harden(c)
	}
}

func (s Seams) adminOf(h http.Handler) http.Handler {
	if s.Admin != nil {
		return s.Admin(h)
	}
	return h
}

func (s Seams) log(log *slog.Logger) *slog.Logger {
	if s.Log != nil {
		return slog.New(s.Log(log.Handler()))
	}
	return log
}

func (s Seams) ready(r Ready) Ready {
	if s.Ready != nil {
		return s.Ready(r)
	}
	return r
}

func (s Seams) handler(h http.Handler) http.Handler {
	if s.Handler != nil {
		return s.Handler(h)
	}
	return h
}

func (s Seams) server(server *http.Server) {
	if s.Server != nil {
		s.Server(server)
	}
}

func (s Seams) start(ctx context.Context, c config.Serve, log *slog.Logger) error {
	if s.Start != nil {
		return s.Start(ctx, c, log)
	}
	return nil
}
