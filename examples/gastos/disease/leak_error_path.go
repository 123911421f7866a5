//go:build disease

package disease

import (
	"context"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"gastos/internal/config"
	"gastos/internal/service"
	"gastos/internal/store"
)

func leakErrorPath() Disease {
	return Disease{
		ID: "leak-error-path", Check: "pool.leaks", Consequences: []string{"pool.effective", "pool.answered", "pool.sampling"},
		Summary: "a request that ends in an error (400 of GET /api/gastos, any 403 or 404 from the data) never ends its transaction",
		infect: func(_ config.Serve, took func(string)) service.Seams {
			var sick leaky
			return service.Seams{
				Pool: patient,
				Source: func(pool *pgxpool.Pool) store.Source {
					sick = leaky{pool, took, func(context.Context) func(bool) bool {
						return func(failed bool) bool { return failed }
					}}
					return sick
				},
				Handler: func(next http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						seen := &witness{ResponseWriter: w}
						next.ServeHTTP(seen, r)
						if seen.status == http.StatusBadRequest && r.Method == http.MethodGet && r.URL.Path == "/api/gastos" {
							sick.strand(r.Context())
						}
					})
				},
			}
		},
	}
}

// strand is what a handler does that begins before it has looked at the query: the
// healthy one finds the fault before it takes a connection.
func (l leaky) strand(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	conn, err := l.Acquire(ctx)
	if err != nil {
		return
	}
	if tx, err := conn.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly}); err == nil {
		_ = tx.Rollback(ctx)
	}
	conn.Release()
}
