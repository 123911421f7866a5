package harden

import (
	"crypto/rand"
	"net/http"
)

// requestIDHeader carries the request-id, in answers and from trusted proxies.
const requestIDHeader = "X-Request-Id"

// requestID names a request. A trusted proxy's own name is kept when it is plain; a client's could forge log lines or join its
// requests to another's.
func requestID(r *http.Request, trusted bool) string {
	given := r.Header[requestIDHeader]
	delete(r.Header, requestIDHeader)
	if trusted && len(given) == 1 && plainID(given[0]) {
		return given[0]
	}
	return rand.Text()
}

// plainID says whether s is 8 to 128 letters, digits, dots, dashes and underscores.
func plainID(s string) bool {
	if len(s) < 8 || len(s) > 128 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !digit(c) && (c|0x20 < 'a' || 'z' < c|0x20) && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return true
}
