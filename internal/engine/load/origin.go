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
// one of them is served. When none does, the run itself will show it. A target
// that must be local is not dialled before its addresses are known to be.
func (t *target) resolve(ctx context.Context, patience time.Duration, local bool) error {
	host, port, err := net.SplitHostPort(t.address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); ip != nil {
		return t.stays(local, ip)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	found, err := net.DefaultResolver.LookupIPAddr(ctx, host)
	if err != nil {
		return fmt.Errorf("target: %s has no address: %w: correct the name or start its resolver", host, err)
	}
	for _, address := range found {
		if err := t.stays(local, address.IP); err != nil {
			return err
		}
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

// stays refuses an address of another machine where the target must be local.
func (t *target) stays(local bool, address net.IP) error {
	if local && !address.IsLoopback() {
		return fmt.Errorf("target: %s is %s, which is not this machine: only the loopback device may be loaded", t.name, address)
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
