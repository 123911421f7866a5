package harden

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
)

// networkBits is how much of an IPv6 address names a subscriber: the rest is his to choose (RFC 6177, RFC 7084).
const networkBits = 64

// clientKey appends to key what a client is called by a limiter: an IPv4 address, whether mapped into IPv6 or not, or an IPv6
// network. A client without an address is one of all those without.
func clientKey(key []byte, class string, client netip.Addr) []byte {
	key = append(append(key, class...), ':')
	client = client.Unmap().WithZone("")
	switch {
	case !client.IsValid():
		return append(key, "unknown"...)
	case client.Is6():
		network, _ := client.Prefix(networkBits) // a valid address has one
		return network.AppendTo(key)
	}
	return client.AppendTo(key)
}

// principalKey appends to key what a principal is called by a limiter. A shared limiter need not know its users.
func principalKey(key []byte, class, principal string) []byte {
	key = append(append(key, class...), ':')
	sum := sha256.Sum256([]byte(principal))
	return hex.AppendEncode(key, sum[:16])
}
