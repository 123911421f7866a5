package middleware

import (
	"net"
	"net/http"
)

// ClientAddress is the address of the peer, without its port. X-Forwarded-For and
// its kin are not believed: anyone can write them.
func ClientAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
