package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"

	"gastos/internal/config"
	"gastos/internal/service"
)

func serve(ctx context.Context, env config.Lookup, log *slog.Logger) error {
	c, err := config.ReadServe(env)
	if err != nil {
		return configError{err}
	}
	between, err := seams(env)
	if err != nil {
		return configError{err}
	}
	s, err := service.New(ctx, c, log, between)
	if err != nil {
		return configError{err}
	}
	defer s.Close()
	listener, err := listen(ctx, "PORT", c.ListenHost, c.Port)
	if err != nil {
		return err
	}
	if c.AdminPort != 0 {
		admin, err := listen(ctx, "ADMIN_PORT", c.ListenHost, c.AdminPort)
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		go s.ServeAdmin(ctx, admin)
	}
	return s.Serve(ctx, listener)
}

func listen(ctx context.Context, name, host string, port uint16) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(int(port))))
	if err != nil {
		return nil, fmt.Errorf("gastos: %s: %w", name, err)
	}
	return l, nil
}
