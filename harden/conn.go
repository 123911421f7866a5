package harden

import (
	"cmp"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
)

// gatekeeper counts connections, all and those of one client.
type gatekeeper struct {
	most, perClient int
	trusted         []netip.Prefix
	lingers         atomic.Int64

	mu  sync.Mutex
	all int
	of  map[netip.Prefix]int
}

func newGatekeeper(c Config) *gatekeeper {
	return &gatekeeper{
		most: cmp.Or(c.Conns.Most, 10_000), perClient: cmp.Or(c.Conns.PerClient, 200),
		trusted: c.Proxies.Trusted, of: map[netip.Prefix]int{},
	}
}

// enter lets one more connection in, or says no. The client is what leave wants back.
func (g *gatekeeper) enter(peer net.Addr) (client netip.Prefix, ok bool) {
	addr := peerAddr(peer.String())
	if addr.IsValid() && !among(g.trusted, addr) {
		client = network(addr)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.all >= g.most || client.IsValid() && g.of[client] >= g.perClient {
		return client, false
	}
	g.all++
	if client.IsValid() {
		g.of[client]++
	}
	return client, true
}

func (g *gatekeeper) leave(client netip.Prefix) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all--
	if !client.IsValid() {
		return
	}
	if g.of[client]--; g.of[client] == 0 {
		delete(g.of, client)
	}
}

// network is what counts as one client: an IPv4 address, or the /64 that is one household's in IPv6.
func network(a netip.Addr) netip.Prefix {
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits)
	return p
}
