//go:build disease

package disease

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgxpool"

	"gastos/internal/config"
	"gastos/internal/service"
	"gastos/internal/store"
)

func leakOnAbort() Disease {
	return Disease{
		ID: "leak-on-abort", Check: "pool.leaks", Consequences: []string{"pool.effective", "pool.answered", "pool.sampling"},
		Summary: "when the caller hangs up, the transaction is neither ended nor its connection given back",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{
				Pool: patient,
				Source: func(pool *pgxpool.Pool) store.Source {
					return leaky{pool, took, func(ctx context.Context) func(bool) bool {
						return func(bool) bool { return errors.Is(ctx.Err(), context.Canceled) }
					}}
				},
			}
		},
	}
}
