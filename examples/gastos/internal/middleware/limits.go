package middleware

import (
	"context"
	"net/http"
	"time"

	"gastos/internal/problem"
)

// BodyLimit refuses a body of more than most bytes: at once when its length is
// announced, else when that many have been read.
func BodyLimit(most int64) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength > most {
				// The body is not read: the connection cannot be used again.
				w.Header().Set("Connection", "close")
				problem.Write(w, r, problem.New(http.StatusRequestEntityTooLarge, "the body is too large"))
				return
			}
			r.Body = http.MaxBytesReader(w, r.Body, most)
			next.ServeHTTP(w, r)
		})
	}
}

// Deadline bounds the work done for one request: waiting for a connection, every
// query, everything.
func Deadline(limit time.Duration) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), limit)
			defer cancel()
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}
