//go:build disease

package disease

import (
	"context"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgxpool"

	"gastos/internal/config"
	"gastos/internal/service"
	"gastos/internal/store"
)

// sporadic is one in how many requests leaks.
const sporadic = 20

func leakSporadic() Disease {
	return Disease{
		ID: "leak-sporadic", Check: "pool.leaks", Consequences: []string{"pool.effective", "pool.answered", "pool.sampling"},
		Summary: "every 20th request succeeds without ending its transaction",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			return service.Seams{
				Pool: patient,
				Source: func(pool *pgxpool.Pool) store.Source {
					var count atomic.Int64
					return leaky{pool, took, func(context.Context) func(bool) bool {
						hit := count.Add(1)%sporadic == 0
						return func(failed bool) bool { return hit && !failed }
					}}
				},
			}
		},
	}
}
