package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"

	"github.com/jackc/pgx/v5"

	"listo/harden"
)

// errStopping makes /readyz say no while connections are still served: whoever balances the load goes elsewhere before the door closes.
var errStopping = errors.New("gateway: it is stopping")

// readiness is what /readyz asks.
func (s *Server) readiness(c Config, u *upstream) harden.Health {
	h := c.Harden.Health
	h.Ready = maps.Clone(h.Ready)
	if h.Ready == nil {
		h.Ready = map[string]func(context.Context) error{}
	}
	h.Ready["gateway"] = func(context.Context) error {
		if s.stopping.Load() {
			return errStopping
		}
		return nil
	}
	h.Ready["upstream"] = func(ctx context.Context) error { return u.alive(ctx, c.Ready.Path) }
	if c.Ready.Database != "" {
		h.Ready["database"] = func(ctx context.Context) error { return database(ctx, c.Ready.Database) }
	}
	return h
}

// alive asks the service itself, past the breaker: whether it is back is what /readyz is asked for.
func (u *upstream) alive(ctx context.Context, path string) error {
	if path == "" {
		port := u.target.Port()
		if port == "" {
			port = u.target.Scheme
		}
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(u.target.Hostname(), port))
		if err != nil {
			return fmt.Errorf("upstream: it takes no connection: %w", err)
		}
		return conn.Close()
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.target.String()+path, nil)
	if err != nil {
		return err
	}
	res, err := u.bare.RoundTrip(r)
	if err != nil {
		return fmt.Errorf("upstream: it does not answer: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.CopyN(io.Discard, res.Body, mostOfAnError)
	if res.StatusCode >= 400 {
		return fmt.Errorf("upstream: %s answers %d", path, res.StatusCode)
	}
	return nil
}

// database asks one question on a connection of its own: a pool that is exhausted, or none, must not decide whether the database is there.
func database(ctx context.Context, address string) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return errors.New("database: it takes no connection") // the library's error holds parts of the address
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var one int
	if err := conn.QueryRow(ctx, "select 1").Scan(&one); err != nil {
		return fmt.Errorf("database: it does not answer: %w", err)
	}
	return nil
}
