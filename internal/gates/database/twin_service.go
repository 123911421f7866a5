package database

import (
	"context"
	"net"
	nethttp "net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"listo/internal/lab"
)

// twinServing gives a function that starts the twin's service: one connection,
// and an answer that counts the accounts.
func twinServing(address string) func(context.Context, lab.Variant) (lab.Target, func() error, error) {
	return func(ctx context.Context, v lab.Variant) (lab.Target, func() error, error) {
		to, err := v.Database(address)
		if err != nil {
			return lab.Target{}, nil, err
		}
		conn, err := pgx.Connect(ctx, to)
		if err != nil {
			return lab.Target{}, nil, err
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			_ = conn.Close(ctx)
			return lab.Target{}, nil, err
		}
		server := &nethttp.Server{ReadHeaderTimeout: 10 * time.Second, Handler: nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
			if _, err := conn.Exec(r.Context(), "select count(*) from cuentas"); err != nil {
				w.WriteHeader(nethttp.StatusServiceUnavailable)
			}
		})}
		go func() { _ = server.Serve(listener) }() // it ends when stop closes it
		stop := func() error {
			_ = server.Close()
			return conn.Close(context.WithoutCancel(ctx))
		}
		return lab.Target{Base: "http://" + listener.Addr().String(), DatabaseURL: to}, stop, nil
	}
}
