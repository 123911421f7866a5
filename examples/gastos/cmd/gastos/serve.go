package main

import (
	"context"
	"crypto/tls"
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
	secured, err := secure(listener, c)
	if err != nil {
		return errors.Join(configError{err}, listener.Close())
	}
	return s.Serve(ctx, secured)
}

// secure makes the listener speak TLS when a certificate is configured. HTTP/2 is
// left out: every limit of ours is tried and proved on HTTP/1.1.
func secure(listener net.Listener, c config.Serve) (net.Listener, error) {
	if c.CertificateFile == "" {
		return listener, nil
	}
	certificate, err := tls.LoadX509KeyPair(c.CertificateFile, c.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("TLS_CERT_FILE, TLS_KEY_FILE: %w: point to a certificate and its key in PEM form", err)
	}
	return tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}), nil
}

func listen(ctx context.Context, name, host string, port uint16) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(int(port))))
	if err != nil {
		return nil, fmt.Errorf("gastos: %s: %w", name, err)
	}
	return l, nil
}
