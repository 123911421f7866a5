package main

import (
	"context"
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
	address := net.JoinHostPort(c.ListenHost, strconv.Itoa(int(c.Port)))
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("gastos: PORT: %w", err)
	}
	return s.Serve(ctx, listener)
}
