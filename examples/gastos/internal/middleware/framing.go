package middleware

import "net/http"

// CloseAfterChunks ends the connection after a body in chunks. net/http takes the
// chunks where a request tells its end twice, and goes on (golang/go#80942); the
// connection must be closed then (RFC 9112, section 6.1), and a handler cannot see
// any more whether there was a length, too.
func CloseAfterChunks() Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if len(r.TransferEncoding) > 0 {
				w.Header().Set("Connection", "close")
			}
			next.ServeHTTP(w, r)
		})
	}
}
