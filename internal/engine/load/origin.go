package load

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"
)

// resolve looks the name up once, before anything is measured, and settles on
// the first address that takes a connection: localhost often has two, and only
// one of them is served. When none does, the run itself will show it.
func (t *target) resolve(ctx context.Context, patience time.Duration) error {
	host, port, err := net.SplitHostPort(t.address)
	if err != nil || net.ParseIP(host) != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	found, err := net.DefaultResolver.LookupIPAddr(ctx, host)
	if err != nil {
		return fmt.Errorf("target: %s has no address: %w: correct the name or start its resolver", host, err)
	}
	t.address = net.JoinHostPort(found[0].String(), port)
	if len(found) == 1 {
		return nil
	}
	for _, address := range found {
		candidate := net.JoinHostPort(address.String(), port)
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", candidate)
		if err == nil {
			t.address = candidate
			return conn.Close()
		}
	}
	return nil
}

// config is the TLS configuration of one connection. Only HTTP/1.1 is offered.
func (t *target) config(given *tls.Config) *tls.Config {
	c := given.Clone()
	if c == nil {
		c = &tls.Config{}
	}
	if c.ServerName == "" {
		c.ServerName = t.name
	}
	c.NextProtos = []string{"http/1.1"}
	return c
}
