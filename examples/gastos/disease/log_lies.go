//go:build disease

package disease

import (
	"context"
	"log/slog"
)

func logLies() Disease {
	return Disease{
		ID: "log-lies", Check: "observability.logs", Consequences: []string{},
		Summary: "the access line says 200 whatever was answered",
		infect: relogged(func(next slog.Handler, r slog.Record, took func(string)) error {
			return next.Handle(context.Background(), changed(r, func(a slog.Attr) (slog.Attr, bool) {
				if a.Key == "status" && a.Value.Int64() != 200 {
					took("a line says 200 of another answer")
					a = slog.Int("status", 200)
				}
				return a, true
			}))
		}),
	}
}
