//go:build disease

package disease

import (
	"context"
	"errors"
	"log/slog"
)

func idLoggedTwice() Disease {
	return Disease{
		ID: "id-logged-twice", Check: "observability.request_id", Consequences: []string{},
		Summary: "two middlewares write the access line",
		infect: relogged(func(next slog.Handler, r slog.Record, took func(string)) error {
			took("an access line is written twice")
			return errors.Join(next.Handle(context.Background(), r), next.Handle(context.Background(), r.Clone()))
		}),
	}
}
