package harden

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
)

// recoverer answers a panic with 500 and writes its stack into the log. It stands inside of the access log, so that what is logged and
// counted is what was answered. An answer already begun cannot be taken back: its connection is cut, so that nobody takes half of it
// for the whole.
func recoverer(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler { //nolint:errorlint // it is a value of panic, not an error that somebody wrapped
				panic(v)
			}
			p := passageOf(r)
			log.ErrorContext(r.Context(), "panic", "requestId", p.ID, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			if p.wrote || p.hijacked {
				panic(http.ErrAbortHandler)
			}
			clear(w.Header())
			Problem{Status: http.StatusInternalServerError, Detail: generic(http.StatusInternalServerError), Cure: "recover"}.Write(w, r)
		}()
		next.ServeHTTP(w, r)
	})
}
