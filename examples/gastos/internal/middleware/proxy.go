package middleware

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// mostHops bounds how many entries of X-Forwarded-For are looked at.
const mostHops = 20

// Proxies believes what trusted proxies say of the client, and nobody else: the
// client is the first address from the right that is not a trusted proxy, since
// each proxy adds on the right whom it saw and a client may write anything on the
// left. Whoever comes after this sees that address as r.RemoteAddr, and https as
// r.URL.Scheme when the trusted proxy was asked over TLS. Other headers of the
// kind (Forwarded, X-Real-IP) are not believed at all.
func Proxies(trusted []netip.Prefix) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen, target := *r, *r.URL
			target.Scheme = "" // of an absolute request target: the caller's own words
			seen.URL = &target
			if peer, ok := address(ClientAddress(r)); ok && among(trusted, peer) {
				if client := clientBehind(trusted, peer, r.Header.Values("X-Forwarded-For")); client != peer {
					seen.RemoteAddr = net.JoinHostPort(client.String(), "0")
				}
				if last(r.Header.Values("X-Forwarded-Proto")) == "https" {
					target.Scheme = "https"
				}
			}
			next.ServeHTTP(w, &seen)
		})
	}
}

// clientBehind walks from the proxy that is our peer towards the client. It stops
// at what is no address: the last proxy that spoke sense is then all we know.
func clientBehind(trusted []netip.Prefix, peer netip.Addr, headers []string) netip.Addr {
	entries := strings.Split(strings.Join(headers, ","), ",")
	slices.Reverse(entries)
	client := peer
	for _, entry := range entries[:min(len(entries), mostHops)] {
		hop, ok := address(strings.TrimSpace(entry))
		if !ok {
			break
		}
		if client = hop; !among(trusted, hop) {
			break
		}
	}
	return client
}

func address(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	return a.Unmap().WithZone(""), err == nil
}

func among(all []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(all, func(p netip.Prefix) bool { return p.Contains(a) })
}

// last gives the entry that the nearest proxy wrote.
func last(headers []string) string {
	all := strings.Join(headers, ",")
	return strings.ToLower(strings.TrimSpace(all[strings.LastIndexByte(all, ',')+1:]))
}
