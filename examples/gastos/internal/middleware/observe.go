package middleware

import (
	"net/http"
	"time"

	"gastos/internal/trace"
)

// Observer is told of every answered request: its route is the pattern that matched,
// "" when none did.
type Observer func(r *http.Request, route string, status int, took time.Duration)

// Observe tells the observer of every request, errors and panics included.
func Observe(observe Observer) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			rec := &recorder{ResponseWriter: w}
			// What panics here has begun its answer already: see Recover.
			defer func() { observe(r, trace.From(r.Context()).Route, max(rec.status, http.StatusOK), time.Since(start)) }()
			next.ServeHTTP(rec, r)
		})
	}
}
