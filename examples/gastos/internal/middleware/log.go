package middleware

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"regexp"
	"time"

	"gastos/internal/trace"
)

// RequestID names each request, in the header X-Request-Id and in the log. A
// caller's own id is kept when it is plain; anything else could forge log lines.
func RequestID() Middleware {
	plain := regexp.MustCompile(`^[A-Za-z0-9._-]{8,128}$`)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id := r.Header.Get("X-Request-Id")
			if len(r.Header.Values("X-Request-Id")) != 1 || !plain.MatchString(id) {
				id = rand.Text()
			}
			w.Header().Set("X-Request-Id", id)
			next.ServeHTTP(w, r.WithContext(trace.With(r.Context(), &trace.Request{ID: id})))
		})
	}
}

// AccessLog writes one line per request: who, what, the answer and how long. No
// query, header or body goes into it: that is where secrets travel.
func AccessLog(log *slog.Logger) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			rec := &recorder{ResponseWriter: w}
			defer func() {
				t := trace.From(r.Context())
				log.LogAttrs(r.Context(), level(rec.status), "request",
					slog.String("requestId", t.ID),
					slog.String("method", truncate(r.Method, 32)),
					slog.String("path", truncate(r.URL.Path, 256)),
					slog.String("route", t.Route),
					slog.Int("status", rec.status),
					slog.Float64("durationMs", float64(time.Since(start).Microseconds())/1000),
					slog.Int64("bytes", rec.bytes),
					slog.Int64("usuarioId", t.UsuarioID),
					slog.String("client", ClientAddress(r)))
			}()
			next.ServeHTTP(rec, r)
		})
	}
}

func level(status int) slog.Level {
	if status >= 500 {
		return slog.LevelError
	}
	return slog.LevelInfo
}

func truncate(s string, most int) string {
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}
