package middleware

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"gastos/internal/problem"
	"gastos/internal/trace"
)

// Recover answers a panic with a 500 and writes its stack into the log, in one
// line. An answer already begun cannot be taken back: its connection is cut.
func Recover(log *slog.Logger) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := &recorder{ResponseWriter: w}
			defer func() {
				v := recover()
				if v == nil {
					return
				}
				if v == http.ErrAbortHandler {
					panic(v)
				}
				log.ErrorContext(r.Context(), "panic", "requestId", trace.From(r.Context()).ID,
					"panic", fmt.Sprint(v), "stack", string(debug.Stack()))
				if rec.status != 0 {
					panic(http.ErrAbortHandler)
				}
				problem.Write(w, r, problem.New(http.StatusInternalServerError, "something went wrong on our side"))
			}()
			next.ServeHTTP(rec, r)
		})
	}
}
