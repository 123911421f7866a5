//go:build disease

package disease

import (
	"context"
	"log/slog"
)

func idLostOnErrors() Disease {
	return Disease{
		ID: "id-lost-on-errors", Check: "observability.request_id", Consequences: []string{},
		Summary: "the access line of a 5xx has no id",
		infect: relogged(func(next slog.Handler, r slog.Record, took func(string)) error {
			if r.Level < slog.LevelError {
				return next.Handle(context.Background(), r)
			}
			took("an error is logged without its id")
			return next.Handle(context.Background(), changed(r, func(a slog.Attr) (slog.Attr, bool) { return a, a.Key != "requestId" }))
		}),
	}
}
