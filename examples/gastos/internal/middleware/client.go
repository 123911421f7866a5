package middleware

import (
	"net"
	"net/http"
)

// ClientAddress is the address of the client, without its port: the peer's, or what
// Proxies has put in its place. X-Forwarded-For and its kin are not looked at here:
// anyone can write them.
func ClientAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
